import type { Recording } from "@/player/face";
import { formatDay, formatTime } from "@/time/format";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { tickStep, ticks, toX, type Viewport } from "./viewport";

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
}

export interface Marks {
  in?: EpochMs;
  out?: EpochMs;
}

export interface TimelinePicture {
  viewport: Viewport;
  recording: Recording | undefined;
  at: EpochMs | undefined;
  hover: EpochMs | undefined;
  marks: Marks;
  now: EpochMs;
  locale: string;
}

export const RULER_HEIGHT = 22;
const LANE_TOP = RULER_HEIGHT + 6;
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
  };
}

/** Draws ruler, lane, marks and playhead; sizes are CSS pixels. */
export function paint(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  picture: TimelinePicture,
  palette: Palette,
): void {
  const lane = { top: LANE_TOP, height: size.height - LANE_TOP - 6 };
  context.clearRect(0, 0, size.width, size.height);
  paintRuler(context, size, picture, palette);
  context.fillStyle = palette.rail;
  context.fillRect(0, lane.top, size.width, lane.height);
  const { viewport, recording } = picture;
  const x = (at: number) => toX(viewport, size.width, epochMs(at));

  if (recording) {
    for (const gap of visible(recording.gaps, viewport)) paintGap(context, x(gap.from), x(gap.to), lane, palette);
    context.fillStyle = palette.span;
    for (const span of visible(recording.spans, viewport)) {
      const left = Math.max(0, x(span.from));
      const width = Math.max(1, Math.min(size.width, x(span.to)) - left);
      context.fillRect(left, lane.top, width, lane.height);
    }
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

function visible<T extends Range>(ranges: readonly T[], viewport: Viewport): T[] {
  return ranges.filter((r) => r.to > viewport.from && r.from < viewport.to);
}

function paintRuler(context: CanvasRenderingContext2D, size: { width: number; height: number }, picture: TimelinePicture, palette: Palette): void {
  const { viewport, locale } = picture;
  const zoneMs = -new Date(viewport.from).getTimezoneOffset() * 60_000;
  const step = tickStep(viewport, size.width, 84);
  context.font = FONT;
  context.textBaseline = "middle";
  for (const tick of ticks(viewport, step, zoneMs)) {
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
    context.fillRect(left, lane.top, Math.max(1, right - left), lane.height);
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
