import type { Ref } from "vue";
import type { Recording } from "@/player/face";
import { neighbour, shuttle } from "@/player/speeds";
import type { Wall, WallSnapshot } from "@/player/wall";
import type { Command } from "./keys";
import type { useArrangement } from "./useArrangement";

export interface CommandInputs {
  wall: Wall;
  stand: ReturnType<typeof useArrangement>;
  snapshot: Ref<WallSnapshot | undefined>;
  columns: Ref<number>;
  focusedRecording: () => Recording | undefined;
  /** What the page does itself. */
  page: Partial<Record<Command, () => void>>;
}

/** Keys and buttons become deeds of the transport, of the arrangement, or of the page. */
export function useCommands({ wall, stand, snapshot, columns, focusedRecording, page }: CommandInputs) {
  function playAt(speed: number): void {
    wall.deck.setSpeed(speed);
    wall.play();
  }

  /** The sound comes to the focused tile; where it is already, it goes off and on. */
  function sound(): void {
    const id = stand.focus.value;
    if (id !== undefined && stand.heard.value !== id) {
      stand.act(id, "sound");
      wall.setMuted(false);
      return;
    }
    wall.setMuted(snapshot.value?.sound === "blocked" ? false : !wall.muted);
  }

  function onFocused(action: "full" | "solo"): void {
    const id = stand.focus.value;
    if (id === undefined) return;
    if (stand.many.value) stand.act(id, action);
    else if (action === "full") page["full-screen"]?.();
  }

  const transport: Partial<Record<Command, () => void>> = {
    toggle: () => wall.toggle(),
    pause: () => wall.pause(),
    "shuttle-back": () => playAt(shuttle(wall.deck.clock.speed, wall.deck.clock.playing, -1)),
    "shuttle-forward": () => playAt(shuttle(wall.deck.clock.speed, wall.deck.clock.playing, 1)),
    "frame-back": () => wall.deck.step(-1),
    "frame-forward": () => wall.deck.step(1),
    "back-5": () => wall.deck.skip(-5000),
    "forward-5": () => wall.deck.skip(5000),
    "back-60": () => wall.deck.skip(-60_000),
    "forward-60": () => wall.deck.skip(60_000),
    slower: () => wall.deck.setSpeed(neighbour(wall.deck.clock.speed, -1)),
    faster: () => wall.deck.setSpeed(neighbour(wall.deck.clock.speed, 1)),
    live: () => wall.goLive(),
    beginning: () => {
      const first = focusedRecording()?.spans[0];
      if (first) wall.deck.seek(first.from);
    },
    mute: sound,
  };
  const tiles: Partial<Record<Command, () => void>> = {
    grid: () => stand.cycleGrid(),
    "full-tile": () => onFocused("full"),
    solo: () => onFocused("solo"),
    channels: () => stand.openPicker(),
    "focus-up": () => stand.focusBy(-columns.value),
    "focus-down": () => stand.focusBy(columns.value),
    "page-back": () => stand.turnPage(-1),
    "page-forward": () => stand.turnPage(1),
  };

  function run(command: Command): void {
    const number = /^focus-(\d)$/.exec(command)?.[1];
    if (number !== undefined) stand.focusNumber(Number(number));
    else (page[command] ?? tiles[command] ?? transport[command])?.();
  }

  return { run };
}
