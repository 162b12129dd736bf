// A small mail server for tests: keeps what it is sent, offers TLS when told, refuses and stalls when told.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server as TcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket, createSecureContext } from "node:tls";
import { must, waitFor } from "./process.ts";

export type Letter = {
  readonly from: string;
  readonly to: readonly string[];
  /** The session was encrypted when it came. */
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly raw: string;
};

export type Certificate = { readonly certFile: string; readonly cert: Buffer; readonly key: Buffer; remove(): void };

/** A certificate for 127.0.0.1 that only who is told trusts. */
export async function makeCertificate(): Promise<Certificate> {
  const folder = mkdtempSync(join(tmpdir(), "longtake-cert-"));
  const [key, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await must("openssl", [...words, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certFile]);
  return { certFile, cert: readFileSync(certFile), key: readFileSync(key), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** RFC 2047 words of a header, as a reader shows them. */
function decodeWords(text: string): string {
  const joined = text.replace(/\?=\s+=\?/g, "?==?");
  return joined.replace(/=\?utf-8\?B\?([^?]*)\?=/gi, (_, word: string) => Buffer.from(word, "base64").toString("utf8"));
}

function parseLetter(raw: string, envelope: Pick<Letter, "from" | "to" | "tls" | "user">): Letter {
  const end = raw.indexOf("\r\n\r\n");
  const lines = raw.slice(0, end).replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), decodeWords(line.slice(line.indexOf(":") + 2))]));
  const body = raw.slice(end + 4);
  const base64 = headers.get("content-transfer-encoding") === "base64";
  return { ...envelope, headers, raw, text: (base64 ? Buffer.from(body, "base64").toString("utf8") : body).replaceAll("\r\n", "\n") };
}

export type MailServerOptions = {
  certificate?: Certificate;
  /** Who may send; without: anybody. */
  login?: { user: string; password: string };
};

export class MailServer {
  readonly letters: Letter[] = [];
  /** How to answer the next messages instead of taking them: a status, or no answer at all. */
  readonly troubles: (number | "silence")[] = [];
  connections = 0;
  private readonly open = new Set<Socket>();
  private constructor(
    private readonly tcp: TcpServer,
    private readonly options: MailServerOptions,
  ) {}

  static async start(options: MailServerOptions = {}): Promise<MailServer> {
    const tcp = createServer();
    const server = new MailServer(tcp, options);
    tcp.on("connection", (socket) => server.serve(socket));
    await new Promise<void>((ready) => tcp.listen(0, "127.0.0.1", ready));
    return server;
  }

  get port(): number {
    const address = this.tcp.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((closed) => this.tcp.close(closed));
  }

  /** Waits for the n-th letter (from 1). */
  letter(n: number, timeoutMs = 30_000): Promise<Letter> {
    return waitFor(`letter ${n}`, () => this.letters[n - 1], { timeoutMs });
  }

  private serve(socket: Socket): void {
    this.connections += 1;
    this.open.add(socket);
    socket.on("close", () => this.open.delete(socket)).on("error", () => undefined);
    this.talk(socket, false);
    socket.write("220 test ESMTP\r\n");
  }

  /** One client's words from here on; begins anew once the line is encrypted. */
  private talk(socket: Socket, tls: boolean): void {
    let pending = "";
    let state: { from: string; to: string[]; user: string | undefined; data: boolean } = { from: "", to: [], user: undefined, data: false };
    let proving = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    const prove = (base64: string) => {
      const [, user = "", password = ""] = Buffer.from(base64, "base64").toString().split("\0");
      const { login } = this.options;
      const right = login !== undefined && login.user === user && login.password === password;
      if (right) state.user = user;
      say(right ? "235 welcome" : "535 wrong credentials");
    };
    const hear = (bytes: Buffer) => {
      pending += bytes.toString("latin1");
      for (;;) {
        if (state.data) {
          const end = pending.indexOf("\r\n.\r\n");
          if (end < 0) return;
          const raw = pending.slice(0, end + 2).replace(/\r\n\.\./g, "\r\n.");
          pending = pending.slice(end + 5);
          this.letters.push(parseLetter(raw, { from: state.from, to: state.to, tls, user: state.user }));
          state = { from: "", to: [], user: state.user, data: false };
          say("250 taken");
          continue;
        }
        const end = pending.indexOf("\r\n");
        if (end < 0) return;
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        const verb = line.slice(0, 4).toUpperCase();
        if (proving) {
          proving = false;
          prove(line);
        } else if (verb === "EHLO") {
          say("250-test");
          if (this.options.certificate && !tls) say("250-STARTTLS");
          if (this.options.login) say("250-AUTH PLAIN");
          say("250 SIZE 1000000");
        } else if (line.toUpperCase() === "STARTTLS" && this.options.certificate) {
          say("220 go on");
          socket.off("data", hear);
          const { cert, key } = this.options.certificate;
          const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ cert, key }) });
          secure.on("error", () => undefined);
          this.talk(secure, true);
          return;
        } else if (verb === "AUTH") {
          proving = line.length <= 11;
          if (proving) say("334 ");
          else prove(line.slice(11));
        } else if (this.options.login && !state.user && verb === "MAIL") {
          say("530 log in first");
        } else if (verb === "MAIL") {
          const trouble = this.troubles.shift();
          if (trouble === "silence") return;
          if (trouble === undefined) state.from = line.slice(line.indexOf("<") + 1, line.indexOf(">"));
          say(trouble === undefined ? "250 fine" : `${trouble} no`);
        } else if (verb === "RCPT") {
          state.to.push(line.slice(line.indexOf("<") + 1, line.indexOf(">")));
          say("250 fine");
        } else if (verb === "DATA") {
          state.data = true;
          say("354 go on");
        } else if (verb === "QUIT") {
          say("221 bye");
          socket.end();
        } else {
          say("250 fine");
        }
      }
    };
    socket.on("data", hear);
  }
}
