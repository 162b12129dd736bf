import { onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { FetchQueue } from "@/player/fetch-queue";
import type { Recording } from "@/player/face";
import { Session, type Snapshot } from "@/player/session";
import { epochMs } from "@/time/instant";
import { present } from "@/time/present";
import type { WatchAddress } from "./address";

export interface SessionInputs {
  channel: string;
  video: Ref<HTMLVideoElement | null>;
  audio: Ref<HTMLAudioElement | null>;
  recording: Ref<Recording | undefined>;
  start: WatchAddress;
}

/** What a page draws need not follow every animation frame. */
const DRAW_EVERY_MS = 45;

/**
 * Makes the session once there is something to play, ticks it on animation frames (which a hidden page
 * does not get) and takes it down with the page.
 */
export function useSession(inputs: SessionInputs) {
  const session = shallowRef<Session>();
  const snapshot = shallowRef<Snapshot>();
  const queue = new FetchQueue((url, init) => fetch(url, { ...init, credentials: "same-origin" }));
  let frame = 0;
  let drawnAt = 0;

  function open(video: HTMLVideoElement, audio: HTMLAudioElement, recording: Recording): void {
    const { start } = inputs;
    const opened = new Session({
      channel: inputs.channel,
      video,
      audio,
      queue,
      now: () => performance.now(),
      present,
      at: start.at ?? epochMs(recording.edge - 1),
      speed: start.speed,
    });
    opened.setRecording(recording);
    if (start.at === undefined) opened.goLive();
    session.value = opened;
    frame = requestAnimationFrame(tick);
  }

  function tick(now: number): void {
    frame = requestAnimationFrame(tick);
    const next = session.value?.tick();
    if (!next || (now - drawnAt < DRAW_EVERY_MS && snapshot.value)) return;
    drawnAt = now;
    snapshot.value = next;
  }

  watch(
    () => [inputs.recording.value, inputs.video.value, inputs.audio.value] as const,
    ([recording, video, audio]) => {
      if (!recording || recording.spans.length === 0) return;
      if (session.value) session.value.setRecording(recording);
      else if (video && audio) open(video, audio, recording);
    },
    { immediate: true, flush: "post" },
  );

  const onVisibility = () => session.value?.setHidden(document.hidden);
  document.addEventListener("visibilitychange", onVisibility);
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", onVisibility);
    cancelAnimationFrame(frame);
    session.value?.close();
  });

  return { session, snapshot, queue };
}
