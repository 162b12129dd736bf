// An independent reader beside the recorder: which pictures a live source sent, and when they came.

import { spawn, type ChildProcess } from "node:child_process";
import { readCounter, type Counter } from "./counter.ts";
import { waitFor } from "./process.ts";

export type Sighting = Counter & { readonly at: number }; // microseconds since 1970

const [width, height] = [320, 180];

/** ffmpeg on a live address; keeps the counter of every picture and when it was decoded. */
export class LiveWatch {
  readonly seen: Sighting[] = [];
  private readonly child: ChildProcess;
  private readonly gone: Promise<void>;
  private part = Buffer.alloc(0);
  private trouble = "";

  constructor(url: string, options: readonly string[] = []) {
    const words = [
      "-v", "error", "-nostdin", "-fflags", "nobuffer", "-threads", "1", ...options, "-i", url, "-map", "0:v:0",
      "-vsync", "passthrough", "-vf", `scale=${width}:${height}:flags=area`, "-pix_fmt", "gray", "-f", "rawvideo",
      "-flush_packets", "1", "pipe:1",
    ];
    this.child = spawn("ffmpeg", words, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (bytes: Buffer) => this.take(bytes));
    this.child.stderr?.on("data", (bytes: Buffer) => (this.trouble += bytes.toString()));
    this.gone = new Promise((left) => this.child.on("close", () => left()));
  }

  private take(bytes: Buffer): void {
    const at = Date.now() * 1000;
    const size = width * height;
    this.part = Buffer.concat([this.part, bytes]);
    for (; this.part.length >= size; this.part = this.part.subarray(size)) {
      const reading = readCounter(this.part.subarray(0, size), width, height);
      if (reading.ok) this.seen.push({ ...reading.counter, at });
      else this.trouble += `${reading.reason}\n`;
    }
  }

  /** Waits until `count` pictures have been seen. */
  async watched(count: number): Promise<void> {
    await waitFor(`${count} pictures of the source`, () => this.seen.length >= count, { timeoutMs: 60_000 }).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}; ffmpeg said: ${this.trouble.slice(-1000)}`);
      },
    );
  }

  get last(): Sighting {
    const last = this.seen.at(-1);
    if (!last) throw new Error(`nothing was seen; ffmpeg said: ${this.trouble.slice(-1000)}`);
    return last;
  }

  /**
   * When frame number 0 of a turn of `turn` frames was sent, modulo the turn: told by the picture that was
   * delayed least. Only of sources that never stopped.
   */
  origin(turn: number, frameLength: number): number {
    let turns = 0;
    const offsets = this.seen.map((sighting, i) => {
      if (sighting.frame < (this.seen[i - 1]?.frame ?? 0)) turns++;
      return sighting.at - (sighting.frame + turns * turn) * frameLength;
    });
    return Math.min(...offsets);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.gone;
  }
}
