import { client, type Schemas, unwrap } from "./client";

export type Session = Schemas["SessionList"]["items"][number];
export type SecondFactorSecret = Schemas["SecondFactorSecret"];
export type SignInOptions = Schemas["SignInOptions"];
export type InvitationShown = Schemas["InvitationShown"];
export type InvitationAccept = Schemas["InvitationAccept"];
export type Privacy = Schemas["Privacy"];
export type Home = Schemas["Home"];

/** Address of everything that is kept about the caller; the server makes it a download. */
export const MY_DATA = "/api/v1/me/data";

export function openIdStart(provider: string, next: string): string {
  return `/api/v1/openid/${encodeURIComponent(provider)}/start?${new URLSearchParams({ next }).toString()}`;
}

/** The caller: who they are, how they prove it, where they are signed in. */
export const account = {
  me: () => unwrap(client.GET("/me")),
  rename: (name: string) => unwrap(client.PATCH("/me", { body: { name } })),
  home: () => unwrap(client.GET("/home")),
  privacy: () => unwrap(client.GET("/privacy")),

  signInOptions: () => unwrap(client.GET("/sign-in-options")),
  signIn: (email: string, password: string, code?: string) =>
    unwrap(client.POST("/session", { body: code === undefined ? { email, password } : { email, password, code } })),
  signOut: () => unwrap(client.DELETE("/session")),
  switchTo: (organizationId: string) => unwrap(client.POST("/session/organization", { body: { organizationId } })),

  requestReset: (email: string) => unwrap(client.POST("/password-resets", { body: { email } })),
  resetPassword: (token: string, password: string) =>
    unwrap(client.POST("/password-resets/{token}", { params: { path: { token } }, body: { password } })),
  changePassword: (present: string, password: string) =>
    unwrap(client.POST("/me/password", { body: { present, password } })),

  invitation: (token: string) => unwrap(client.GET("/invitations/{token}", { params: { path: { token } } })),
  acceptInvitation: (token: string, body: InvitationAccept) =>
    unwrap(client.POST("/invitations/{token}", { params: { path: { token } }, body })),

  sessions: async () => (await unwrap(client.GET("/me/sessions"))).items,
  endSession: (sessionId: string) =>
    unwrap(client.DELETE("/me/sessions/{sessionId}", { params: { path: { sessionId } } })),
  endSessions: () => unwrap(client.DELETE("/me/sessions")),

  secondFactor: () => unwrap(client.GET("/me/second-factor")),
  beginSecondFactor: (password: string) => unwrap(client.POST("/me/second-factor", { body: { password } })),
  confirmSecondFactor: async (code: string) => (await unwrap(client.PUT("/me/second-factor", { body: { code } }))).codes,
  renewRecoveryCodes: async (password: string) =>
    (await unwrap(client.POST("/me/second-factor/codes", { body: { password } }))).codes,
  endSecondFactor: (password: string) => unwrap(client.POST("/me/second-factor/off", { body: { password } })),
};
