// What a browser does with sign-ins and no more: keeps cookies, names its page, follows nothing by itself.

import { createHmac } from "node:crypto";
import { Cookies } from "./cookies.ts";
import type { Answer, Server } from "./server.ts";

export type Problem = { type: string; status: number; detail?: string; errors?: { field: string; message: string }[] };

/** One browser: its cookies are its own. */
export class Visitor {
  readonly cookies = new Cookies();

  constructor(
    readonly url: string,
    /** The page that asks; null sends no Origin. */
    private readonly origin: string | null = url,
  ) {}

  static of(server: Server, origin?: string | null): Visitor {
    return new Visitor(server.url, origin === undefined ? server.url : origin);
  }

  /** Any request to the site, by its whole path; redirects come back as they are. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size) headers.set("Cookie", this.cookies.header);
    const write = init.method !== undefined && !["GET", "HEAD"].includes(init.method);
    if (write && this.origin !== null && !headers.has("Origin")) headers.set("Origin", this.origin);
    const answer = await fetch(new URL(path, this.url), { redirect: "manual", ...init, headers });
    this.cookies.keep(answer.headers);
    return answer;
  }

  /** A JSON request under /api/v1; the caller looks at the status. */
  async call<T = Problem>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const answer = await this.fetch(`/api/v1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") ?? false;
    return { status: answer.status, headers: answer.headers, body: (isJson && text ? JSON.parse(text) : text) as T };
  }

  signIn(email: string, password: string, code?: string): Promise<Answer<Problem>> {
    return this.call("POST", "/session", { email, password, ...(code === undefined ? {} : { code }) });
  }
}

/** "401 second-factor": what a refusal says, in short. */
export function said(answer: Answer<Problem>): string {
  const type = typeof answer.body === "object" ? (answer.body.type ?? "") : "";
  return `${answer.status}${type ? ` ${type.replace("urn:longtake:", "")}` : ""}`;
}

export function fromBase32(text: string): Buffer {
  const bits = [...text].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** The code an authenticator app shows at an instant (RFC 6238), made without the program under test. */
export function totp(base32: string, at = Date.now()): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", fromBase32(base32)).update(counter).digest();
  const number = digest.readUInt32BE((digest[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}
