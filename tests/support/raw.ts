// Requests no HTTP library would send: bytes on a socket.

import { connect, type Socket } from "node:net";

export type RawAnswer = { readonly status: number; readonly head: string; readonly text: string; readonly closed: boolean };

/** Sends bytes and reads until the server closes; gives up on one that keeps the connection and is silent for so long. */
export function exchange(port: number, bytes: string | Buffer, { silenceMs = 10_000, host = "127.0.0.1" } = {}): Promise<RawAnswer> {
  return new Promise((done) => {
    const socket = connect(port, host);
    let heard = "";
    let closed = false;
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      const end = heard.indexOf("\r\n\r\n");
      const head = end < 0 ? heard : heard.slice(0, end);
      done({ status: Number(head.match(/^HTTP\/1\.1 (\d{3})/)?.[1] ?? 0), head, text: end < 0 ? "" : heard.slice(end + 4), closed });
    };
    let timer = setTimeout(finish, silenceMs);
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (piece: Buffer) => {
      heard += piece.toString("latin1");
      clearTimeout(timer);
      timer = setTimeout(finish, silenceMs);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      closed = true;
      finish();
    });
  });
}

/** An open connection that the test goes on with by itself. */
export function open(port: number): Promise<Socket> {
  return new Promise((ready, failed) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.off("error", failed);
      socket.on("error", () => undefined);
      ready(socket);
    });
    socket.once("error", failed);
  });
}

/** What it answers until it closes. */
export function untilClosed(socket: Socket): Promise<string> {
  return new Promise((done) => {
    let heard = "";
    socket.on("data", (piece: Buffer) => (heard += piece.toString("latin1")));
    socket.on("close", () => done(heard));
  });
}
