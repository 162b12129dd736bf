// Child processes of tests: each keeps what it said, and is ended by its id.

import { spawn, type ChildProcess } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

export type Finished = { readonly code: number; readonly stdout: Buffer; readonly stderr: string };
/** Added to the own environment; undefined takes a name away. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Waits until `probe` gives something other than undefined or false; fails naming `what`. */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 30_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const why = last instanceof Error ? `; last failure: ${last.message}` : "";
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}${why}`);
    }
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
}

/** A TCP port on loopback that is free now. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? found(address.port) : failed(new Error("no port"))));
    });
  });
}

/** A UDP port on loopback that is free now, and so are the ones after it, `count` in all. */
export async function freeUdpPorts(count: number): Promise<number> {
  for (;;) {
    const probes: Socket[] = [];
    const bind = (port: number): Promise<number> =>
      new Promise((bound, failed) => {
        const probe = createSocket("udp4");
        probes.push(probe);
        probe.once("error", failed);
        probe.bind(port, "127.0.0.1", () => bound(probe.address().port));
      });
    try {
      const first = await bind(0);
      for (let i = 1; i < count; i++) await bind(first + i);
      return first;
    } catch (error) {
      if (!["EADDRINUSE", "EACCES", "ERR_SOCKET_BAD_PORT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    } finally {
      await Promise.all(probes.map((probe) => new Promise<void>((closed) => probe.close(closed))));
    }
  }
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "longtake-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a command to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { input?: string | Buffer; env?: Environment; timeoutMs?: number } = {},
): Promise<Finished> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 120_000,
      killSignal: "SIGKILL",
    });
    const out: Buffer[] = [];
    let err = "";
    child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
    child.on("error", failed);
    child.on("close", (code) => done({ code: code ?? -1, stdout: Buffer.concat(out), stderr: err }));
    child.stdin.on("error", () => undefined); // the command may not read its input
    child.stdin.end(options.input ?? "");
  });
}

/** Runs a command that must succeed; gives its standard output. */
export async function must(
  command: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<Buffer> {
  const finished = await run(command, args, options);
  if (finished.code !== 0) {
    throw new Error(`${command} ${args.join(" ")} failed (${finished.code}): ${finished.stderr.slice(-2000)}`);
  }
  return finished.stdout;
}

/** A process that goes on beside the test. */
export class Running {
  readonly child: ChildProcess;
  private said = "";
  private ended: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  private readonly gone: Promise<void>;

  constructor(command: string, args: readonly string[], env: Environment = {}) {
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const hear = (bytes: Buffer) => {
      this.said += bytes.toString();
    };
    this.child.stdout?.on("data", hear);
    this.child.stderr?.on("data", hear);
    this.gone = new Promise((left) => {
      this.child.on("error", (error) => {
        this.said += error.message;
        this.ended = { code: -1, signal: null };
        left();
      });
      this.child.on("close", (code, signal) => {
        this.ended = { code, signal };
        left();
      });
    });
  }

  /** Everything it printed so far, on both outputs. */
  get output(): string {
    return this.said;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get exit(): { code: number | null; signal: NodeJS.Signals | null } | undefined {
    return this.ended;
  }

  /** Waits for words in its output; fails at once when it ends without them. */
  async saying(words: RegExp, timeoutMs = 30_000): Promise<RegExpMatchArray> {
    const found = await waitFor(
      `${this.child.spawnfile} to say ${words}`,
      () => this.said.match(words) ?? (this.ended ? ("ended" as const) : undefined),
      { timeoutMs },
    ).catch((error: unknown) => String(error));
    if (typeof found === "string") throw new Error(`${found} without saying ${words}; it said:\n${this.said.slice(-3000)}`);
    return found;
  }

  /** Ends it politely; insists after `patienceMs`. */
  async stop(signal: NodeJS.Signals = "SIGTERM", patienceMs = 15_000): Promise<void> {
    if (this.ended) return;
    this.child.kill(signal);
    const insist = setTimeout(() => this.child.kill("SIGKILL"), patienceMs);
    await this.gone;
    clearTimeout(insist);
  }
}
