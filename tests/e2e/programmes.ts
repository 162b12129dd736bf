// The demo's programmes (scripts/lib/demo.sh), each by another protocol: 64 s at 25 frames a second, a keyframe every 50
// frames.

import { makeFootage, startHls, startRtmp, startRtsp, startTransportStream, type FootageOptions, type Source } from "../support/sources.ts";

const clip = { seconds: 64, size: "640x360", bitrate: "900k" };
export const frameRate = 25;
/** Of the loop. */
export const frames = clip.seconds * frameRate;
export const gop = 50;

const film = (number: number, options: FootageOptions): Promise<string> => makeFootage(`../demo/${number}.mp4`, { channel: number, ...options, ...clip });

/** `one` is served below `/one`. */
export async function startProgrammes(): Promise<{ news: Source; court: Source; one: Source; radio: Source }> {
  const [one, two, three, four] = await Promise.all([
    film(1, { name: "Channel One", picture: "tests", tone: 330 }),
    film(2, { name: "City News", picture: "gradients", tone: 440, bframes: 2 }),
    film(3, { name: "Court Three", picture: "life", tone: 550 }),
    film(4, { name: "Night Radio", picture: "bars", tone: 660 }),
  ]);
  return {
    news: await startHls(two, { pdt: true }), court: await startRtmp(three), one: await startRtsp({ one }), radio: await startTransportStream("srt", four),
  };
}
