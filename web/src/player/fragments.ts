/**
 * Reads what the player must know of fragmented MP4 (ISO/IEC 14496-12): where the init section ends,
 * and when each sample is shown. The bytes themselves go to the browser untouched.
 */
export interface TrackClock {
  id: number;
  timescale: number;
}

export interface Sample {
  /** Seconds of media time at which it is shown. */
  at: number;
  duration: number;
}

export interface Fragment {
  track: number;
  /** In the order they are shown. */
  samples: Sample[];
}

interface Box {
  type: string;
  /** Of the payload. */
  from: number;
  to: number;
}

const TFHD_BASE_OFFSET = 0x1;
const TFHD_DESCRIPTION = 0x2;
const TFHD_DURATION = 0x8;
const TRUN_DATA_OFFSET = 0x1;
const TRUN_FIRST_FLAGS = 0x4;
const TRUN_DURATION = 0x100;
const TRUN_SIZE = 0x200;
const TRUN_FLAGS = 0x400;
const TRUN_COMPOSITION = 0x800;

/** Byte length of the init section at the front (`ftyp`, `moov`), 0 when there is none. */
export function initLength(body: ArrayBuffer): number {
  const view = new DataView(body);
  const moov = boxes(view, 0, view.byteLength).find((box) => box.type === "moov");
  return moov ? moov.to : 0;
}

export function readTrackClocks(init: ArrayBuffer): TrackClock[] {
  const view = new DataView(init);
  const moov = find(view, { type: "", from: 0, to: view.byteLength }, "moov");
  if (!moov) return [];
  return boxes(view, moov.from, moov.to)
    .filter((box) => box.type === "trak")
    .flatMap((trak) => {
      const tkhd = find(view, trak, "tkhd");
      const mdhd = find(view, trak, "mdia", "mdhd");
      if (!tkhd || !mdhd) return [];
      const id = view.getUint32(tkhd.from + (view.getUint8(tkhd.from) === 1 ? 20 : 12));
      const timescale = view.getUint32(mdhd.from + (view.getUint8(mdhd.from) === 1 ? 20 : 12));
      return timescale > 0 ? [{ id, timescale }] : [];
    });
}

/** Throws RangeError on bytes that are not fragmented MP4. */
export function readFragments(body: ArrayBuffer, clocks: readonly TrackClock[]): Fragment[] {
  const view = new DataView(body);
  return boxes(view, 0, view.byteLength)
    .filter((box) => box.type === "moof")
    .flatMap((moof) => boxes(view, moof.from, moof.to).filter((box) => box.type === "traf"))
    .flatMap((traf) => {
      const fragment = readTraf(view, traf, clocks);
      return fragment ? [fragment] : [];
    });
}

function readTraf(view: DataView, traf: Box, clocks: readonly TrackClock[]): Fragment | undefined {
  const tfhd = find(view, traf, "tfhd");
  const tfdt = find(view, traf, "tfdt");
  if (!tfhd || !tfdt) return undefined;
  const track = view.getUint32(tfhd.from + 4);
  const clock = clocks.find((c) => c.id === track);
  if (!clock) return undefined;
  const header = view.getUint32(tfhd.from) & 0xffffff;
  let at = tfhd.from + 8;
  if (header & TFHD_BASE_OFFSET) at += 8;
  if (header & TFHD_DESCRIPTION) at += 4;
  const usualDuration = header & TFHD_DURATION ? view.getUint32(at) : 0;
  const wide = view.getUint8(tfdt.from) === 1;
  let decode = wide ? Number(view.getBigUint64(tfdt.from + 4)) : view.getUint32(tfdt.from + 4);

  const samples: Sample[] = [];
  for (const trun of boxes(view, traf.from, traf.to)) {
    if (trun.type !== "trun") continue;
    decode = readTrun(view, trun, { decode, usualDuration, timescale: clock.timescale }, samples);
  }
  return { track, samples: inShownOrder(samples) };
}

function readTrun(
  view: DataView,
  trun: Box,
  start: { decode: number; usualDuration: number; timescale: number },
  out: Sample[],
): number {
  const version = view.getUint8(trun.from);
  const flags = view.getUint32(trun.from) & 0xffffff;
  const count = view.getUint32(trun.from + 4);
  let at = trun.from + 8;
  if (flags & TRUN_DATA_OFFSET) at += 4;
  if (flags & TRUN_FIRST_FLAGS) at += 4;
  let decode = start.decode;
  for (let i = 0; i < count; i += 1) {
    let duration = start.usualDuration;
    let composition = 0;
    if (flags & TRUN_DURATION) {
      duration = view.getUint32(at);
      at += 4;
    }
    if (flags & TRUN_SIZE) at += 4;
    if (flags & TRUN_FLAGS) at += 4;
    if (flags & TRUN_COMPOSITION) {
      composition = version === 0 ? view.getUint32(at) : view.getInt32(at);
      at += 4;
    }
    out.push({ at: (decode + composition) / start.timescale, duration: duration / start.timescale });
    decode += duration;
  }
  return decode;
}

/** With reordering, a sample is shown until the next one in shown order begins. */
function inShownOrder(samples: Sample[]): Sample[] {
  samples.sort((a, b) => a.at - b.at);
  for (let i = 0; i + 1 < samples.length; i += 1) {
    const sample = samples[i];
    const next = samples[i + 1];
    if (sample && next) sample.duration = next.at - sample.at;
  }
  return samples;
}

function boxes(view: DataView, from: number, to: number): Box[] {
  const out: Box[] = [];
  let at = from;
  while (at + 8 <= to) {
    let size = view.getUint32(at);
    let header = 8;
    if (size === 1) {
      size = Number(view.getBigUint64(at + 8));
      header = 16;
    } else if (size === 0) {
      size = to - at;
    }
    if (size < header || at + size > to) throw new RangeError("box reaches past its end");
    const type = String.fromCharCode(
      view.getUint8(at + 4),
      view.getUint8(at + 5),
      view.getUint8(at + 6),
      view.getUint8(at + 7),
    );
    out.push({ type, from: at + header, to: at + size });
    at += size;
  }
  return out;
}

function find(view: DataView, inside: Box, ...path: string[]): Box | undefined {
  let box: Box | undefined = inside;
  for (const type of path) {
    if (!box) return undefined;
    box = boxes(view, box.from, box.to).find((child) => child.type === type);
  }
  return box;
}
