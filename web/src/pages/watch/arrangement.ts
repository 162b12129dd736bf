/** How many tiles the wall shows. */
export const GRIDS = [1, 4, 9, 16] as const;
export type Grid = (typeof GRIDS)[number];

export const MOST_CHANNELS = 16;
const OPENS_WITH = 9;

/** Which channels stand on the wall, in what order; pure, so that the address and the keys can be tested. */
export interface Arrangement {
  /** Ids, no one twice. */
  channels: readonly string[];
  grid: Grid;
  focus?: string;
  /** The tile that is heard; the first one when it is not said. */
  sound?: string;
}

export function isGrid(value: number): value is Grid {
  return GRIDS.some((grid) => grid === value);
}

/** The smallest grid that shows so many. */
export function gridFor(count: number): Grid {
  return GRIDS.find((grid) => grid >= count) ?? 16;
}

export function focusOf(arrangement: Arrangement): string | undefined {
  const { channels, focus } = arrangement;
  return focus !== undefined && channels.includes(focus) ? focus : channels[0];
}

/** The page of the wall that holds the focus. */
export function visibleOf(arrangement: Arrangement): readonly string[] {
  const { channels, grid } = arrangement;
  const index = Math.max(0, channels.indexOf(focusOf(arrangement) ?? ""));
  const first = Math.floor(index / grid) * grid;
  return channels.slice(first, first + grid);
}

export function pagesOf(arrangement: Arrangement): { page: number; pages: number } {
  const { channels, grid } = arrangement;
  const index = Math.max(0, channels.indexOf(focusOf(arrangement) ?? ""));
  return { page: Math.floor(index / grid), pages: Math.max(1, Math.ceil(channels.length / grid)) };
}

/** Another grid; a wall without empty places is filled from what may be seen. */
export function withGrid(arrangement: Arrangement, grid: Grid, available: readonly string[]): Arrangement {
  const { channels } = arrangement;
  if (channels.length < arrangement.grid || channels.length >= grid) return { ...arrangement, grid };
  const more = available.filter((id) => !channels.includes(id)).slice(0, grid - channels.length);
  return { ...arrangement, channels: [...channels, ...more], grid };
}

export function nextGrid(arrangement: Arrangement, available: readonly string[]): Arrangement {
  const index = GRIDS.indexOf(arrangement.grid);
  return withGrid(arrangement, GRIDS[(index + 1) % GRIDS.length] ?? 1, available);
}

/** The channel takes the place; where it already stands, the two change places. */
export function placed(arrangement: Arrangement, index: number, channel: string): Arrangement {
  const channels = [...arrangement.channels];
  const from = channels.indexOf(channel);
  const there = channels[index];
  if (there === undefined) {
    if (from >= 0 || channels.length >= MOST_CHANNELS) return { ...arrangement, focus: channel };
    channels.push(channel);
  } else {
    channels[index] = channel;
    if (from >= 0) channels[from] = there;
  }
  return cleared({ ...arrangement, channels, focus: channel });
}

/** Puts a channel on the wall or takes it off; the grid follows when there is no room. */
export function toggled(arrangement: Arrangement, channel: string): Arrangement {
  if (arrangement.channels.includes(channel)) {
    return cleared({ ...arrangement, channels: arrangement.channels.filter((id) => id !== channel) });
  }
  if (arrangement.channels.length >= MOST_CHANNELS) return arrangement;
  const channels = [...arrangement.channels, channel];
  const grid = channels.length > arrangement.grid ? gridFor(channels.length) : arrangement.grid;
  return { ...arrangement, channels, grid };
}

/** The channel gets the focus: where it stands, in a new place, or in place of the one that had it. */
export function brought(arrangement: Arrangement, channel: string): Arrangement {
  const { channels, grid } = arrangement;
  if (channels.includes(channel)) return { ...arrangement, focus: channel };
  if (grid === 1 && channels.length <= 1) return { channels: [channel], grid };
  if (channels.length < MOST_CHANNELS) return { ...toggled(arrangement, channel), focus: channel };
  return placed(arrangement, channels.indexOf(focusOf(arrangement) ?? ""), channel);
}

/** `by` places earlier or later. */
export function moved(arrangement: Arrangement, channel: string, by: number): Arrangement {
  const from = arrangement.channels.indexOf(channel);
  const to = from + by;
  const other = arrangement.channels[to];
  if (from < 0 || other === undefined) return arrangement;
  const channels = [...arrangement.channels];
  channels[to] = channel;
  channels[from] = other;
  return { ...arrangement, channels };
}

/** The n-th visible tile, from 0. */
export function focusedAt(arrangement: Arrangement, index: number): Arrangement {
  const id = visibleOf(arrangement)[index];
  return id === undefined ? arrangement : { ...arrangement, focus: id };
}

/** From tile to tile by rows and columns; over the edge of a page lies the next one. */
export function focusMoved(arrangement: Arrangement, by: number): Arrangement {
  const { channels } = arrangement;
  const to = channels[channels.indexOf(focusOf(arrangement) ?? "") + by];
  return to === undefined ? arrangement : { ...arrangement, focus: to };
}

export function pageMoved(arrangement: Arrangement, by: 1 | -1): Arrangement {
  const { page, pages } = pagesOf(arrangement);
  const next = page + by;
  const first = arrangement.channels[next * arrangement.grid];
  return next < 0 || next >= pages || first === undefined ? arrangement : { ...arrangement, focus: first };
}

/** Only channels that are there (and may be seen). */
export function known(arrangement: Arrangement, available: readonly string[]): Arrangement {
  const channels = arrangement.channels.filter((id) => available.includes(id));
  return channels.length === arrangement.channels.length ? arrangement : cleared({ ...arrangement, channels });
}

/** What the wall opens with when nobody has said anything: what may be seen, what records first. */
export function opening(channels: readonly { id: string; state: string }[]): Arrangement {
  const recording = channels.filter(({ state }) => state === "recording");
  const others = channels.filter(({ state }) => state !== "recording");
  const ids = [...recording, ...others].slice(0, OPENS_WITH).map(({ id }) => id);
  return { channels: ids, grid: gridFor(ids.length) };
}

/** Nobody listens to, or looks at, a channel that is not there. */
function cleared(arrangement: Arrangement): Arrangement {
  const { channels, grid, focus, sound } = arrangement;
  return {
    channels,
    grid,
    ...(focus !== undefined && channels.includes(focus) ? { focus } : {}),
    ...(sound !== undefined && channels.includes(sound) ? { sound } : {}),
  };
}
