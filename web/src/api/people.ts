import { client, everyPage, type Schemas, unwrap, unwrapWhole } from "./client";

export type Organization = Schemas["Organization"];
export type OrganizationCreate = Schemas["OrganizationCreate"];
export type OrganizationEdit = Schemas["OrganizationEdit"];
export type OrganizationKind = Schemas["OrganizationKind"];
export type Member = Schemas["Member"];
export type MembershipRole = Schemas["MembershipRole"];
export type Invitation = Schemas["Invitation"];
export type InvitationMade = Schemas["InvitationMade"];
export type Language = Schemas["Language"];
export type User = Schemas["User"];
export type UserEdit = Schemas["UserEdit"];
export type UserPage = Schemas["UserPage"];
export type Token = Schemas["Token"];
export type TokenCreate = Schemas["TokenCreate"];
export type TokenMade = Schemas["TokenMade"];
export type TokenScope = Schemas["TokenScope"];

/** An organization and the version of it that was read. */
export interface Versioned {
  organization: Organization;
  etag: string;
}

const at = (organizationId: string) => ({ path: { organizationId } });

export const organizations = {
  all: () => everyPage<Organization>((query) => unwrap(client.GET("/organizations", { params: { query } }))),
  async one(organizationId: string): Promise<Versioned> {
    const { data, response } = await unwrapWhole(
      client.GET("/organizations/{organizationId}", { params: at(organizationId) }),
    );
    return { organization: data, etag: response.headers.get("ETag") ?? "" };
  },
  create: (body: OrganizationCreate) => unwrap(client.POST("/organizations", { body })),
  edit: ({ organization, etag }: Versioned, body: OrganizationEdit) =>
    unwrap(
      client.PATCH("/organizations/{organizationId}", {
        params: { ...at(organization.id), header: { "If-Match": etag } },
        body,
      }),
    ),
  remove: (organizationId: string) =>
    unwrap(client.DELETE("/organizations/{organizationId}", { params: at(organizationId) })),

  members: (organizationId: string) =>
    everyPage<Member>((query) =>
      unwrap(client.GET("/organizations/{organizationId}/members", { params: { ...at(organizationId), query } })),
    ),
  setMember: (organizationId: string, userId: string, role: MembershipRole) =>
    unwrap(
      client.PUT("/organizations/{organizationId}/members/{userId}", {
        params: { path: { organizationId, userId } },
        body: { role },
      }),
    ),
  removeMember: (organizationId: string, userId: string) =>
    unwrap(
      client.DELETE("/organizations/{organizationId}/members/{userId}", { params: { path: { organizationId, userId } } }),
    ),

  invitations: async (organizationId: string) =>
    (await unwrap(client.GET("/organizations/{organizationId}/invitations", { params: at(organizationId) }))).items,
  /** Without `by` in a letter, where the site sends them. */
  invite: (organizationId: string, invited: Schemas["InvitationCreate"]) =>
    unwrap(client.POST("/organizations/{organizationId}/invitations", { params: at(organizationId), body: invited })),
  revokeInvitation: (organizationId: string, invitationId: string) =>
    unwrap(
      client.DELETE("/organizations/{organizationId}/invitations/{invitationId}", {
        params: { path: { organizationId, invitationId } },
      }),
    ),
};

const person = (userId: string) => ({ params: { path: { userId } } });

export const users = {
  page: (search: string, cursor: string | undefined) =>
    unwrap(
      client.GET("/users", {
        params: { query: { limit: 50, ...(search === "" ? {} : { search }), ...(cursor === undefined ? {} : { cursor }) } },
      }),
    ),
  one: (userId: string) => unwrap(client.GET("/users/{userId}", person(userId))),
  edit: (userId: string, body: UserEdit) => unwrap(client.PATCH("/users/{userId}", { ...person(userId), body })),
  erase: (userId: string) => unwrap(client.DELETE("/users/{userId}", person(userId))),
  sessions: async (userId: string) => (await unwrap(client.GET("/users/{userId}/sessions", person(userId)))).items,
  endSessions: (userId: string) => unwrap(client.DELETE("/users/{userId}/sessions", person(userId))),
  /** Address of everything that is kept about a person; the server makes it a download. */
  dataAddress: (userId: string) => `/api/v1/users/${encodeURIComponent(userId)}/data`,
};

export const tokens = {
  list: async (whose: "mine" | "all") =>
    (await unwrap(client.GET("/tokens", { params: { query: whose === "all" ? { all: 1 } : {} } }))).items,
  create: (body: TokenCreate) => unwrap(client.POST("/tokens", { body })),
  revoke: (tokenId: string) => unwrap(client.DELETE("/tokens/{tokenId}", { params: { path: { tokenId } } })),
};
