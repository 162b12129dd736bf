// Hands requests on with the session's headers, for players that can send none of their own.

import { createServer, request, type ServerResponse } from "node:http";

export type Proxy = {
  readonly url: string;
  /** What was asked for and answered with an error, one line each. */
  readonly refusals: string[];
  /** What was asked for and is not answered whole although the player would take it, one line each. */
  owed(): string[];
  stop(): Promise<void>;
};

export function startProxy(target: string, headers: Readonly<Record<string, string>>): Promise<Proxy> {
  const refusals: string[] = [];
  const open = new Map<ServerResponse, string>();
  const server = createServer((asked, answer) => {
    open.set(answer, `${asked.method} ${asked.url}`);
    const onward = request(target + (asked.url ?? ""), {
      method: asked.method ?? "GET",
      headers: { ...asked.headers, ...headers, host: new URL(target).host },
    });
    onward.on("response", (got) => {
      if ((got.statusCode ?? 500) >= 400) refusals.push(`${asked.method} ${asked.url}: ${got.statusCode}`);
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.on("end", () => open.delete(answer));
      got.pipe(answer);
    });
    onward.on("error", (error) => {
      refusals.push(`${asked.method} ${asked.url}: ${error.message}`);
      answer.destroy();
    });
    answer.on("close", () => {
      open.delete(answer);
      onward.destroy();
    });
    asked.pipe(onward);
  });
  return new Promise((ready, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (!address || typeof address === "string") return failed(new Error("no port"));
      ready({
        url: `http://127.0.0.1:${address.port}`,
        refusals,
        owed: () => [...open].filter(([answer]) => !answer.writableNeedDrain).map(([, what]) => what),
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
