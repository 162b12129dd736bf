import { onBeforeUnmount, onMounted, ref, type Ref, type ShallowRef } from "vue";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { RULER_HEIGHT } from "./timeline-paint";
import { pan, toInstant, type Viewport, zoom } from "./viewport";

export interface PointerActions {
  scrub: (at: EpochMs) => void;
  scrubEnd: (at: EpochMs) => void;
}

/** After scrolling by hand the view stays where it was put for a while. */
const HANDS_OFF_MS = 4000;
const WHEEL_ZOOM = 0.0016;

/**
 * Dragging the lane scrubs, dragging the ruler scrolls, the wheel zooms (sideways or with Shift it
 * scrolls), two fingers pinch.
 */
export function useTimelinePointer(
  root: Readonly<ShallowRef<HTMLElement | null>>,
  viewport: Ref<Viewport>,
  bounds: Ref<Range>,
  actions: PointerActions,
) {
  const hover = ref<EpochMs>();
  /** Height of the pointer in the strip. */
  const hoverY = ref(0);
  const busy = ref(false);
  const fingers = new Map<number, number>();
  let dragging: "scrub" | "pan" | "pinch" | undefined;
  let lastX = 0;
  let lastAt = epochMs(0);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const place = (event: PointerEvent | WheelEvent) => {
    const box = root.value?.getBoundingClientRect();
    const x = event.clientX - (box?.left ?? 0);
    const y = event.clientY - (box?.top ?? 0);
    const at = toInstant(viewport.value, box?.width ?? 1, x);
    return { x, y, width: box?.width ?? 1, at: epochMs(Math.min(Math.max(at, bounds.value.from), bounds.value.to)) };
  };

  function handsOn(): void {
    busy.value = true;
    clearTimeout(timer);
    timer = setTimeout(() => (busy.value = dragging !== undefined), HANDS_OFF_MS);
  }

  function down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { x, y, at } = place(event);
    root.value?.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, x);
    if (fingers.size === 2) {
      if (dragging === "scrub") actions.scrubEnd(lastAt);
      dragging = "pinch";
    } else {
      dragging = y < RULER_HEIGHT ? "pan" : "scrub";
    }
    lastX = x;
    lastAt = at;
    handsOn();
    if (dragging === "scrub") actions.scrub(at);
  }

  function move(event: PointerEvent): void {
    const { x, y, width, at } = place(event);
    hoverY.value = y;
    hover.value = event.pointerType === "mouse" || dragging === "scrub" ? at : undefined;
    if (dragging === "pinch" && fingers.has(event.pointerId)) {
      pinch(event.pointerId, x, width);
    } else if (dragging === "pan") {
      const perPixel = (viewport.value.to - viewport.value.from) / width;
      viewport.value = pan(viewport.value, (lastX - x) * perPixel, bounds.value);
      lastX = x;
      handsOn();
    } else if (dragging === "scrub" && at !== lastAt) {
      lastAt = at;
      actions.scrub(at);
    }
  }

  function pinch(id: number, x: number, width: number): void {
    const other = [...fingers].find(([finger]) => finger !== id)?.[1];
    const before = fingers.get(id);
    fingers.set(id, x);
    if (other === undefined || before === undefined) return;
    const was = Math.max(10, Math.abs(before - other));
    const is = Math.max(10, Math.abs(x - other));
    viewport.value = zoom(viewport.value, was / is, toInstant(viewport.value, width, (x + other) / 2), bounds.value);
    handsOn();
  }

  function up(event: PointerEvent): void {
    if (!fingers.delete(event.pointerId)) return;
    const ended = dragging;
    if (fingers.size > 0) return;
    dragging = undefined;
    busy.value = false;
    if (ended === "scrub") actions.scrubEnd(place(event).at);
    if (event.pointerType !== "mouse") hover.value = undefined;
  }

  function leave(): void {
    if (dragging === undefined) hover.value = undefined;
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    const { width, at } = place(event);
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways || event.shiftKey) {
      const pixels = sideways ? event.deltaX : event.deltaY;
      viewport.value = pan(viewport.value, (pixels * (viewport.value.to - viewport.value.from)) / width, bounds.value);
    } else {
      viewport.value = zoom(viewport.value, Math.exp(event.deltaY * WHEEL_ZOOM), at, bounds.value);
    }
    handsOn();
  }

  onMounted(() => {
    const element = root.value;
    element?.addEventListener("pointerdown", down);
    element?.addEventListener("pointermove", move);
    element?.addEventListener("pointerup", up);
    element?.addEventListener("pointercancel", up);
    element?.addEventListener("pointerleave", leave);
    element?.addEventListener("wheel", wheel, { passive: false });
  });
  onBeforeUnmount(() => clearTimeout(timer));

  return { hover, hoverY, busy };
}
