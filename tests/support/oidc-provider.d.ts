// As much of the npm package's face as tests use: it has no types of its own.
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export type Account = {
    accountId: string;
    claims(): Promise<Record<string, unknown> & { sub: string }>;
  };
  export type Configuration = {
    clients: Record<string, unknown>[];
    claims: Record<string, string[]>;
    cookies: { keys: string[] };
    jwks: { keys: Record<string, unknown>[] };
    conformIdTokenClaims: boolean;
    findAccount(context: unknown, id: string): Promise<Account | undefined>;
  };
  export default class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
}
