// Instants as whole microseconds, which a Date cannot hold, and the pictures at them.

import { counterOf } from "../support/media.ts";
import { timelineOf, type Server } from "../support/server.ts";
import { waitFor } from "../support/process.ts";

export const second = 1_000_000;
export const frameLength = 40_000; // of footage with 25 pictures a second

/** Microseconds since 1970 of an RFC 3339 instant. */
export function microseconds(instant: string): number {
  const parts = /^(.+:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:?\d\d)$/.exec(instant);
  if (!parts) throw new Error(`not an instant: ${instant}`);
  const zone = (parts[3] ?? "Z").replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
  return Date.parse(`${parts[1]}${zone}`) * 1000 + Number((parts[2] ?? "").padEnd(6, "0"));
}

export function instant(time: number): string {
  const whole = new Date(Math.floor(time / second) * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(time % second).padStart(6, "0")}Z`;
}

/** The query of a range. */
export function range(from: number, to: number): string {
  return new URLSearchParams({ from: instant(from), to: instant(to) }).toString();
}

export type Shown = { readonly frame: number; readonly channel: number; readonly begins: number };

/** The picture the server shows at an instant: its counter and when it says that it begins. */
export async function shownAt(server: Server, channel: string, time: number): Promise<Shown> {
  const path = `/channels/${channel}/frame.png?at=${instant(time)}`;
  const answer = await server.fetch(path);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${bytes.toString().slice(0, 500)}`);
  return { ...(await counterOf(bytes)), begins: microseconds(answer.headers.get("Longtake-Instant") ?? "") };
}

export type Span = { readonly from: number; readonly to: number };

export async function spansOf(server: Server, channel: string): Promise<Span[]> {
  const now = Date.now();
  const line = await timelineOf(server, channel, new Date(now - 3_600_000), new Date(now + 60_000));
  return line.spans.map((span) => ({ from: microseconds(span.from), to: microseconds(span.to) }));
}

/** Waits until the newest span is `seconds` long; gives it. */
export function recordedSpan(server: Server, channel: string, seconds: number): Promise<Span> {
  return waitFor(
    `${seconds} s of recording`,
    async () => {
      const span = (await spansOf(server, channel)).at(-1);
      return span && span.to - span.from >= seconds * second ? span : undefined;
    },
    { timeoutMs: 120_000, everyMs: 250 },
  );
}
