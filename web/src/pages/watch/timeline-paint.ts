import type { Recording } from "@/player/face";
import { formatDay, formatTime } from "@/time/format";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { without } from "@/pages/coverage/bands";
import { localZone, tickStep, ticks, toX, type Viewport } from "./viewport";

export interface Palette {
  rail: string;
  span: string;
  spanStrong: string;
  gapLine: string;
  gapGround: string;
  ink: string;
  muted: string;
  line: string;
  accent: string;
  rec: string;
  mine: string;
  others: string;
  clip: string;
}

export interface Marks {
  in?: EpochMs;
  out?: EpochMs;
}

/** One channel's row. */
export interface Row {
  recording: Recording | undefined;
  focused: boolean;
  /** What was reviewed: by the viewer, and by others. */
  mine?: readonly Range[];
  others?: readonly Range[];
  /** What a filter leaves out. */
  hidden?: readonly Range[];
  /** What is clipped already. */
  clips?: readonly Range[];
}

export interface TimelinePicture {
  viewport: Viewport;
  rows: readonly Row[];
  at: EpochMs | undefined;
  hover: EpochMs | undefined;
  marks: Marks;
  now: EpochMs;
  locale: string;
}

export const RULER_HEIGHT = 22;
const LANE_TOP = RULER_HEIGHT + 6;
const LANE_BOTTOM = 6;
const ALONE_HEIGHT = 34;
const ROWS_HEIGHT = 112;
const ROW_GAP = 2;

/** Of the whole strip: one row is high, many are thin. */
export function stripHeight(rows: number): number {
  const lanes = rows <= 1 ? ALONE_HEIGHT : rows * Math.max(7, Math.min(18, Math.floor(ROWS_HEIGHT / rows)));
  return LANE_TOP + lanes + LANE_BOTTOM;
}

/** The row at a height of the strip, from 0; undefined on the ruler. */
export function rowAt(y: number, rows: number): number | undefined {
  if (y < RULER_HEIGHT || rows === 0) return undefined;
  const each = (stripHeight(rows) - LANE_TOP - LANE_BOTTOM) / rows;
  return Math.min(rows - 1, Math.max(0, Math.floor((y - LANE_TOP) / each)));
}
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    rail: read("--rail"),
    span: read("--span"),
    spanStrong: read("--span-strong"),
    gapLine: read("--gap-line"),
    gapGround: read("--gap-ground"),
    ink: read("--ink"),
    muted: read("--muted"),
    line: read("--line"),
    accent: read("--accent"),
    rec: read("--rec"),
    mine: read("--reviewed-mine"),
    others: read("--reviewed-others"),
    clip: read("--clip-mark"),
  };
}

/** Draws ruler, lane, marks and playhead; sizes are CSS pixels. */
export function paint(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  picture: TimelinePicture,
  palette: Palette,
): void {
  const lane = { top: LANE_TOP, height: size.height - LANE_TOP - LANE_BOTTOM };
  context.clearRect(0, 0, size.width, size.height);
  paintRuler(context, size, picture, palette);
  const { viewport, rows } = picture;
  const x = (at: number) => toX(viewport, size.width, epochMs(at));
  const each = lane.height / Math.max(1, rows.length);
  const apart = rows.length > 1 ? ROW_GAP : 0;
  for (const [i, row] of (rows.length > 0 ? rows : [NO_ROW]).entries()) {
    paintRow(context, size, row, { top: lane.top + i * each, height: each - apart }, { viewport, x, palette, many: rows.length > 1 });
  }
  paintMarks(context, size, lane, picture, palette, x);
  paintLine(context, x(picture.now), 0, size.height, palette.rec, 1);
  if (picture.hover !== undefined) paintLine(context, x(picture.hover), RULER_HEIGHT, size.height, palette.muted, 1);
  if (picture.at !== undefined) paintPlayhead(context, x(picture.at), size.height, palette);
}

interface Lane {
  top: number;
  height: number;
}

const NO_ROW: Row = { recording: undefined, focused: false };

interface RowStyle {
  viewport: Viewport;
  x: (at: number) => number;
  palette: Palette;
  many: boolean;
}

function paintRow(context: CanvasRenderingContext2D, size: { width: number }, row: Row, lane: Lane, style: RowStyle): void {
  const { viewport, x, palette } = style;
  context.fillStyle = palette.rail;
  context.fillRect(0, lane.top, size.width, lane.height);
  if (!row.recording) return;
  for (const gap of visible(row.recording.gaps, viewport)) paintGap(context, x(gap.from), x(gap.to), lane, palette);
  context.fillStyle = style.many && row.focused ? palette.spanStrong : palette.span;
  for (const span of without(visible(row.recording.spans, viewport), visible(row.hidden ?? [], viewport))) {
    const left = Math.max(0, x(span.from));
    const width = Math.max(1, Math.min(size.width, x(span.to)) - left);
    context.fillRect(left, lane.top, width, lane.height);
  }
  paintClips(context, size, row, lane, style);
  paintBand(context, size, row, lane, style);
}

/** At the head of the row, each at least so wide that it is seen. */
function paintClips(context: CanvasRenderingContext2D, size: { width: number }, row: Row, lane: Lane, style: RowStyle): void {
  const { viewport, x, palette } = style;
  const thick = Math.max(2, Math.min(5, lane.height / 4));
  context.fillStyle = palette.clip;
  for (const clip of visible(row.clips ?? [], viewport)) {
    const left = Math.max(0, x(clip.from));
    context.fillRect(left, lane.top, Math.max(3, Math.min(size.width, x(clip.to)) - left), thick);
  }
}

/** At the foot of the row, mine above the others'. */
function paintBand(context: CanvasRenderingContext2D, size: { width: number }, row: Row, lane: Lane, style: RowStyle): void {
  const { viewport, x, palette } = style;
  const thick = Math.max(1.5, Math.min(5, lane.height / 5));
  const foot = lane.top + lane.height;
  for (const [ranges, colour, top] of [
    [row.mine ?? [], palette.mine, foot - 2 * thick],
    [row.others ?? [], palette.others, foot - thick],
  ] as const) {
    context.fillStyle = colour;
    for (const range of visible(ranges, viewport)) {
      const left = Math.max(0, x(range.from));
      context.fillRect(left, top, Math.max(1, Math.min(size.width, x(range.to)) - left), thick);
    }
  }
}

function visible<T extends Range>(ranges: readonly T[], viewport: Viewport): T[] {
  return ranges.filter((r) => r.to > viewport.from && r.from < viewport.to);
}

function paintRuler(context: CanvasRenderingContext2D, size: { width: number; height: number }, picture: TimelinePicture, palette: Palette): void {
  const { viewport, locale } = picture;
  const step = tickStep(viewport, size.width, 84);
  context.font = FONT;
  context.textBaseline = "middle";
  for (const tick of ticks(viewport, step, localZone)) {
    const x = Math.round(toX(viewport, size.width, tick.at)) + 0.5;
    paintLine(context, x, RULER_HEIGHT - 5, LANE_TOP, palette.line, 1);
    context.fillStyle = tick.day ? palette.ink : palette.muted;
    const label = tick.day ? formatDay(tick.at, locale) : formatTime(tick.at, locale, step < 60_000 ? "seconds" : "minutes");
    context.fillText(label, x + 4, RULER_HEIGHT / 2 + 1);
  }
}

function paintGap(context: CanvasRenderingContext2D, from: number, to: number, lane: Lane, palette: Palette): void {
  const left = Math.max(-20, from);
  const right = Math.max(left + 2, Math.min(to, context.canvas.width + 20));
  context.save();
  context.beginPath();
  context.rect(left, lane.top, right - left, lane.height);
  context.clip();
  context.fillStyle = palette.gapGround;
  context.fillRect(left, lane.top, right - left, lane.height);
  context.strokeStyle = palette.gapLine;
  context.lineWidth = 1.5;
  context.beginPath();
  const first = Math.floor((left - lane.height) / 8) * 8;
  for (let x = first; x < right; x += 8) {
    context.moveTo(x, lane.top + lane.height);
    context.lineTo(x + lane.height, lane.top);
  }
  context.stroke();
  context.restore();
}

function paintMarks(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  lane: Lane,
  picture: TimelinePicture,
  palette: Palette,
  x: (at: number) => number,
): void {
  const { marks } = picture;
  if (marks.in !== undefined && marks.out !== undefined && marks.out > marks.in) {
    const left = Math.max(0, x(marks.in));
    const right = Math.min(size.width, x(marks.out));
    context.fillStyle = palette.spanStrong;
    context.globalAlpha = picture.rows.length > 1 ? 0.6 : 1;
    context.fillRect(left, lane.top, Math.max(1, right - left), lane.height);
    context.globalAlpha = 1;
  }
  context.fillStyle = palette.ink;
  for (const [at, side] of [[marks.in, 1], [marks.out, -1]] as const) {
    if (at === undefined) continue;
    const place = x(at);
    context.fillRect(place - 1, lane.top - 3, 2, lane.height + 6);
    context.fillRect(side === 1 ? place : place - 6, lane.top - 3, 6, 2);
    context.fillRect(side === 1 ? place : place - 6, lane.top + lane.height + 1, 6, 2);
  }
}

function paintLine(context: CanvasRenderingContext2D, x: number, top: number, bottom: number, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, top);
  context.lineTo(Math.round(x) + 0.5, bottom);
  context.stroke();
}

function paintPlayhead(context: CanvasRenderingContext2D, x: number, height: number, palette: Palette): void {
  context.fillStyle = palette.accent;
  context.fillRect(Math.round(x) - 1, RULER_HEIGHT - 2, 2, height - RULER_HEIGHT + 2);
  context.beginPath();
  context.moveTo(x - 6, RULER_HEIGHT - 7);
  context.lineTo(x + 6, RULER_HEIGHT - 7);
  context.lineTo(x + 6, RULER_HEIGHT - 2);
  context.lineTo(x, RULER_HEIGHT + 4);
  context.lineTo(x - 6, RULER_HEIGHT - 2);
  context.fill();
}
