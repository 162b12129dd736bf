// People beside the first one: each with a browser of their own.

import { Cookies } from "./cookies.ts";
import { type Answer, Server } from "./server.ts";
import { waitFor } from "./process.ts";

export type Me = {
  id: string;
  email: string;
  name: string;
  role: string;
  organization: { id: string; slug: string; name: string; kind: string; timeZone: string; language: string };
  organizations: { id: string; slug: string; name: string; role: string }[];
  permissions: string[];
  secondFactor: boolean;
  hasPassword: boolean;
};
export type Organization = { id: string; slug: string; name: string; kind: string; timeZone: string; members: number };
export type Problem = { type: string; status: number; detail?: string; errors?: { field: string; message: string }[] };
export type Event = { id: string; event: string; data: string };

export const password = "four words nobody chose";

/** A browser, or a program with a token: keeps its cookies as they are set. */
export class Browser {
  private readonly cookies = new Cookies();
  constructor(
    readonly server: Server,
    readonly token = "",
  ) {}

  /** Any request under /api/v1. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size) headers.set("Cookie", this.cookies.header);
    if (this.token) headers.set("Authorization", `Bearer ${this.token}`);
    if (init.method && init.method !== "GET" && init.method !== "HEAD" && !headers.has("Origin")) headers.set("Origin", this.server.url);
    const answer = await fetch(`${this.server.url}/api/v1${path}`, { ...init, headers, redirect: "manual" });
    this.cookies.keep(answer.headers);
    return answer;
  }

  /** What it sends as its Cookie header; another's may be taken over. */
  get cookie(): string {
    return this.cookies.header;
  }
  set cookie(header: string) {
    this.cookies.replace(header);
  }

  async call<T = unknown>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      init.headers = { "Content-Type": "application/json", ...headers };
      init.body = JSON.stringify(body);
    }
    const answer = await this.fetch(path, init);
    const text = await answer.text();
    const isJson = answer.headers.get("Content-Type")?.includes("json") ?? false;
    return { status: answer.status, headers: answer.headers, body: (isJson && text ? JSON.parse(text) : text) as T };
  }

  /** A request that must succeed. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  signIn(email: string, secret = password): Promise<Me> {
    return this.ask<Me>("POST", "/session", { email, password: secret });
  }
}

/** Adds a person by the program's own command, and signs them in. */
export async function addPerson(server: Server, name: string, role: string, organization = "main"): Promise<Browser> {
  const words = ["user", "add", `${name}@longtake.test`, "--role", role, "--organization", organization, "--password-stdin"];
  const made = await server.command(words, password);
  if (made.code !== 0) throw new Error(made.stderr);
  const browser = new Browser(server);
  await browser.signIn(`${name}@longtake.test`);
  return browser;
}

/** The first person of the server: a superadmin. */
export async function superadmin(server: Server): Promise<Browser> {
  const browser = new Browser(server);
  browser.cookie = server.session["Cookie"] ?? "";
  await browser.ask<Me>("GET", "/me");
  return browser;
}

/** An open stream of events. */
export class Listener {
  readonly events: Event[] = [];
  ended = false;
  status = 0;
  private readonly abort = new AbortController();

  static async open(browser: Browser, lastEventId = ""): Promise<Listener> {
    const listener = new Listener();
    const headers: Record<string, string> = lastEventId ? { "Last-Event-ID": lastEventId } : {};
    const answer = await browser.fetch("/events", { headers, signal: listener.abort.signal });
    listener.status = answer.status;
    if (answer.ok && answer.body) void listener.read(answer.body);
    return listener;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = "";
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) {
        text += decoder.decode(bytes, { stream: true });
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          this.take(text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
    } catch {
      // Cut by us, or by the server.
    }
    this.ended = true;
  }

  private take(block: string): void {
    const field = (name: string): string =>
      block
        .split("\n")
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2))
        .join("\n");
    if (field("event")) this.events.push({ id: field("id"), event: field("event"), data: field("data") });
  }

  get lastId(): string {
    return this.events.at(-1)?.id ?? "";
  }

  /** Waits until an event of that name has come. */
  async until(name: string): Promise<Event> {
    return waitFor(`event ${name}`, () => this.events.find((event) => event.event === name));
  }

  async untilEnded(): Promise<void> {
    await waitFor("the end of the stream", () => this.ended);
  }

  close(): void {
    this.abort.abort();
  }
}

/** A server with a club beside its first organization, on the other side of the world. */
export async function startWithClub(): Promise<{ server: Server; root: Browser; club: Organization }> {
  const server = await Server.start();
  const root = await superadmin(server);
  const club = await root.ask<Organization>("POST", "/organizations", {
    name: "Padel Sur", slug: "padel-sur", kind: "club", timeZone: "America/Argentina/Buenos_Aires", language: "es",
  });
  return { server, root, club };
}
