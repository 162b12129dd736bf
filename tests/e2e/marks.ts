// Programmes that flash a mark for three seconds at random instants: films of any length, pieced together from one clip
// of sixteen seconds with the mark and the same clip without, a group of pictures at a time.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must, root } from "../support/process.ts";
import { makeFootage } from "../support/sources.ts";

export const markSeconds = 3;
export const turnSeconds = 16;
export const gopSeconds = 2;
const gops = turnSeconds / gopSeconds;

/** Where the mark is drawn, in parts of the picture: below the counter, away from its text. */
export const markPlace = { x: 0.6, y: 0.3, width: 0.3, height: 0.25 };

/** Numbers that look random and are the same every time. */
function dice(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return state / 2 ** 32;
  };
}

/** The instants of a clip's three marks; each keeps to groups of pictures of its own. */
function marksOf(channel: number): { at: number; gops: number[] }[] {
  const random = dice(channel);
  return [
    { at: random() * 1.99, gops: [0, 1, 2] },
    { at: 6 + random() * 1.99, gops: [3, 4, 5] },
    { at: 12 + random() * 0.99, gops: [6, 7] },
  ];
}

/** The clip twice, the second time with marks, in one encoding: any order of its groups of pictures can be played. */
async function markedClip(channel: number, clip: string): Promise<Buffer[]> {
  const path = join(process.env.LONGTAKE_BUILD_ROOT ?? join(root, "build"), "footage", `marked-${channel}.h264`);
  if (!existsSync(path)) {
    const { x, y, width, height } = markPlace;
    const shown = marksOf(channel).map(({ at }) => `between(t,${turnSeconds + at},${turnSeconds + at + markSeconds - 0.001})`).join("+");
    await must("ffmpeg", [
      "-v", "error", "-nostdin", "-y", "-stream_loop", "1", "-i", clip, "-an", "-t", String(2 * turnSeconds),
      "-vf", `drawbox=x=iw*${x}:y=ih*${y}:w=iw*${width}:h=ih*${height}:color=magenta:t=fill:enable='${shown}'`,
      "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "400k", "-maxrate", "600k", "-bufsize", "600k", "-bf", "0",
      "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-x264-params", "repeat-headers=1:aud=0", "-f", "h264", `${path}.part`,
    ], { timeoutMs: 300_000 });
    await writeFile(path, await readFile(`${path}.part`));
  }
  return split(await readFile(path));
}

/** At every sequence parameter set: each stands before a keyframe. */
function split(stream: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = stream.indexOf("000001", 0, "hex"); at >= 0; at = stream.indexOf("000001", at + 3, "hex")) {
    if (((stream[at + 3] ?? 0) & 0x1f) === 7) starts.push(stream[at - 1] === 0 ? at - 1 : at);
  }
  if (starts.length !== 2 * gops) throw new Error(`${starts.length} groups of pictures instead of ${2 * gops}`);
  return starts.map((from, i) => stream.subarray(from, starts[i + 1] ?? stream.length));
}

export type Film = { readonly path: string; /** The programme itself, to be sent live. */ readonly clip: string; /** Seconds from the beginning. */ readonly marks: readonly number[] };

/** A film of so many turns of a channel's clip; about every third mark is there. */
export async function makeFilm(channel: number, name: string, turns: number, folder: string): Promise<Film> {
  const clip = await makeFootage(`wall-${channel}.mp4`, {
    channel, name, picture: "bars", tone: 260 + 40 * channel, seconds: turnSeconds, size: "640x360", bitrate: "350k",
  });
  const pieces = await markedClip(channel, clip);
  const random = dice(1000 + channel);
  const marks: number[] = [];
  const film: Buffer[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const on = new Set<number>();
    for (const mark of marksOf(channel)) {
      if (random() > 1 / 3) continue;
      marks.push(turn * turnSeconds + mark.at);
      for (const gop of mark.gops) on.add(gop);
    }
    for (let gop = 0; gop < gops; gop++) film.push(pieces[on.has(gop) ? gops + gop : gop] ?? Buffer.alloc(0));
  }
  const raw = join(folder, `${channel}.h264`);
  const path = join(folder, `${channel}.mp4`);
  await writeFile(raw, Buffer.concat(film));
  await must("ffmpeg", ["-v", "error", "-nostdin", "-y", "-r", "25", "-f", "h264", "-i", raw, "-c", "copy", path]);
  await must("rm", [raw]);
  return { path, clip, marks };
}
