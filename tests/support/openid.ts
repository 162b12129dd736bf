// A real OpenID provider (the npm package oidc-provider) on loopback, and a person who signs in there.

import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server as WebServer } from "node:http";
import Provider from "oidc-provider";
import { freePort } from "./process.ts";
import { Visitor } from "./visitor.ts";

export type Account = { email?: string; email_verified?: boolean };

export type OpenIdOptions = {
  /** Where the provider sends browsers back to. */
  redirect: string;
  /** Without: a public client, which proves itself by PKCE alone. */
  secret?: string;
  algorithm?: "RS256" | "ES256";
  /** The e-mail address stands in the ID token, not only at the userinfo endpoint. */
  emailInToken?: boolean;
};

export class OpenIdServer {
  /** By name, as typed in the sign-in form; it is the subject, too. */
  readonly accounts = new Map<string, Account>();
  private constructor(
    readonly issuer: string,
    private readonly web: WebServer,
  ) {}

  static async start(options: OpenIdOptions): Promise<OpenIdServer> {
    const port = await freePort();
    const issuer = `http://127.0.0.1:${port}`;
    const web = createServer();
    const server = new OpenIdServer(issuer, web);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: "longtake",
          redirect_uris: [options.redirect],
          grant_types: ["authorization_code"],
          response_types: ["code"],
          id_token_signed_response_alg: options.algorithm ?? "RS256",
          ...(options.secret ? { client_secret: options.secret } : { token_endpoint_auth_method: "none" }),
        },
      ],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      cookies: { keys: ["only for tests"] },
      jwks: { keys: [{ ...rsa, kid: "r", use: "sig", alg: "RS256" }, { ...ec, kid: "e", use: "sig", alg: "ES256" }] },
      conformIdTokenClaims: !options.emailInToken,
      findAccount: (_, id) => Promise.resolve({ accountId: id, claims: () => Promise.resolve({ ...server.accounts.get(id), sub: id }) }),
    });
    web.on("request", provider.callback());
    await new Promise<void>((ready) => web.listen(port, "127.0.0.1", ready));
    return server;
  }

  async stop(): Promise<void> {
    this.web.closeAllConnections();
    await new Promise((closed) => this.web.close(closed));
  }

  /** What a person does there: signs in as `name` and agrees, or gives up. Gives where the browser is sent. */
  async visit(address: string, name: string | "gives up"): Promise<URL> {
    const browser = new Visitor(this.issuer);
    let answer = await browser.fetch(address);
    for (let step = 0; step < 12; ++step) {
      const location = answer.headers.get("location");
      if (location) {
        const next = new URL(location, this.issuer);
        if (next.origin !== this.issuer) return next;
        answer = await browser.fetch(next.href);
        continue;
      }
      const page = await answer.text();
      const form = page.match(/<form[^>]*action="([^"]+)"/)?.[1];
      const prompt = page.match(/name="prompt" value="(\w+)"/)?.[1];
      if (answer.status !== 200 || !form || !prompt) throw new Error(`the provider says ${answer.status}: ${page.slice(0, 1000)}`);
      if (name === "gives up") {
        answer = await browser.fetch(`${form}/abort`);
        continue;
      }
      const body = new URLSearchParams({ prompt, ...(prompt === "login" ? { login: name, password: "x" } : {}) });
      answer = await browser.fetch(form, { method: "POST", body });
    }
    throw new Error("the provider sends the browser round in circles");
  }
}
