// The real server on a free port with a data folder of its own, and a signed-in person.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Cookies } from "./cookies.ts";
import { Running, freePort, root, run, temporaryFolder, waitFor, type Environment, type Finished } from "./process.ts";

export const email = "tester@longtake.test";
export const password = "a long enough password 42";

/** The program under test: LONGTAKE_BIN, set by scripts/test. */
export function binary(): string {
  const path = process.env.LONGTAKE_BIN ?? join(root, "build/debug/bin/longtake");
  if (!existsSync(path)) throw new Error(`no server at ${path}; run scripts/build debug or set LONGTAKE_BIN`);
  return path;
}

/** What the tests are told by their environment; the program would refuse it as unknown settings. */
export const ours = { LONGTAKE_BIN: undefined, LONGTAKE_SUPPORT_BIN: undefined, LONGTAKE_BUILD_ROOT: undefined, LONGTAKE_FUZZ_RUNS: undefined, LONGTAKE_FUZZ_SEED: undefined, LONGTAKE_SCREENSHOTS: undefined };

export type ServerOptions = {
  data?: string;
  port?: number;
  env?: Record<string, string>;
  args?: readonly string[];
};

export type Answer<T> = { readonly status: number; readonly headers: Headers; readonly body: T };

export class Server {
  private constructor(
    readonly data: string,
    readonly port: number,
    private readonly options: ServerOptions,
    private readonly remove: () => void,
  ) {}

  private running: Running | undefined;
  private readonly cookies = new Cookies();

  /** Makes the first person, starts the server, signs in. */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const folder = options.data ? { path: options.data, remove: () => undefined } : temporaryFolder();
    const server = new Server(folder.path, options.port ?? (await freePort()), options, folder.remove);
    const made = await server.command(["user", "add", email, "--role", "superadmin", "--password-stdin"], password);
    if (made.code !== 0 && !options.data) throw new Error(`user add failed: ${made.stderr}`);
    await server.resume();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get output(): string {
    return this.running?.output ?? "";
  }

  get pid(): number {
    return this.running?.pid ?? -1;
  }

  get exit(): Running["exit"] {
    return this.running?.exit;
  }

  /** Headers that carry the session, for ffprobe and other readers. */
  get session(): Record<string, string> {
    return { Cookie: this.cookies.header };
  }

  private get environment(): Environment {
    return { ...ours, LONGTAKE_INGEST_ALLOW_PRIVATE: "true", ...this.options.env };
  }

  /** Runs a command of the program on this server's data. */
  command(words: readonly string[], input = ""): Promise<Finished> {
    return run(binary(), [...words, "--data", this.data], { input: `${input}\n`, env: this.environment });
  }

  /** Starts the program (again) on the same data and signs in. */
  async resume(): Promise<void> {
    const words = ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.port}`, ...(this.options.args ?? [])];
    const running = new Running(binary(), words, this.environment);
    this.running = running;
    await waitFor(
      "the server to answer",
      async () => {
        if (running.exit) return true;
        const answer = await fetch(`${this.url}/api/v1/me`);
        await answer.arrayBuffer();
        return true;
      },
      { timeoutMs: 60_000 },
    );
    if (running.exit) throw new Error(`the server ended at once:\n${running.output}`);
    const answer = await this.call("POST", "/session", { email, password });
    if (answer.status >= 300) throw new Error(`sign-in failed: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.cookies.clear();
    this.cookies.keep(answer.headers);
  }

  /** Any request under /api/v1, with the session. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size) headers.set("Cookie", this.cookies.header);
    if (init.method && init.method !== "GET" && init.method !== "HEAD") headers.set("Origin", this.url);
    return fetch(`${this.url}/api/v1${path}`, { ...init, headers });
  }

  /** A JSON request; the caller looks at the status. */
  async call<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    const answer = await this.fetch(path, init);
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") ?? false;
    return { status: answer.status, headers: answer.headers, body: (isJson && text ? JSON.parse(text) : text) as T };
  }

  /** A JSON request that must succeed. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The bytes of a view, which must be there. */
  async bytes(path: string): Promise<Buffer> {
    const answer = await this.fetch(path);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${bytes.toString().slice(0, 500)}`);
    return bytes;
  }

  /** Asks the process to end and waits; "SIGKILL" is the crash test. The data stay. */
  async halt(signal: NodeJS.Signals = "SIGTERM"): Promise<Running["exit"]> {
    await this.running?.stop(signal);
    return this.running?.exit;
  }

  /** Ends everything; the data folder goes when it was ours. */
  async stop(): Promise<void> {
    await this.halt();
    this.remove();
  }
}

export type Channel = { id: string; name: string; state: string; source: { url: string; kind: string } };
export type Timeline = {
  from: string;
  to: string;
  spans: { from: string; to: string; runId: string }[];
  gaps: { from: string; to: string; cause: string; detail?: string }[];
};

export function addChannel(server: Server, name: string, url: string, more: object = {}): Promise<Channel> {
  return server.ask<Channel>("POST", "/channels", { name, source: { url }, ...more });
}

export function timelineOf(server: Server, channel: string, from: Date, to: Date): Promise<Timeline> {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  return server.ask<Timeline>("GET", `/channels/${channel}/timeline?${query.toString()}`);
}

/** Waits until the channel has recorded at least `seconds` without a break; gives that span. */
export function recorded(
  server: Server,
  channel: string,
  seconds: number,
  timeoutMs = 90_000,
): Promise<{ from: Date; to: Date }> {
  return waitFor(
    `${seconds} s of recording`,
    async () => {
      const now = Date.now();
      const line = await timelineOf(server, channel, new Date(now - 3_600_000), new Date(now + 60_000));
      const last = line.spans.at(-1);
      if (!last) return undefined;
      const span = { from: new Date(last.from), to: new Date(last.to) };
      return span.to.getTime() - span.from.getTime() >= seconds * 1000 ? span : undefined;
    },
    { timeoutMs, everyMs: 250 },
  );
}

/** Runs a command with the program alone, without a server. */
export function longtake(words: readonly string[], input = ""): Promise<Finished> {
  return run(binary(), words, { input, env: { ...ours, LONGTAKE_INGEST_ALLOW_PRIVATE: "true" } });
}

