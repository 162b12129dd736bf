import { computed, ref } from "vue";
import type { EpochMs, Range } from "@/time/instant";
import type { Marks } from "./timeline-paint";

/** The marked range. */
export function useMarks() {
  const marks = ref<Marks>({});
  const marked = computed((): Range | undefined => {
    const { in: from, out: to } = marks.value;
    return from === undefined || to === undefined || to <= from ? undefined : { from, to };
  });

  /** A mark that would turn the range over moves the other one away. */
  function mark(side: "in" | "out", at: EpochMs): void {
    const other = side === "in" ? marks.value.out : marks.value.in;
    const crossed = other !== undefined && (side === "in" ? at >= other : at <= other);
    const kept = crossed ? {} : marks.value;
    marks.value = { ...kept, [side]: at };
  }

  return { marks, marked, mark };
}
