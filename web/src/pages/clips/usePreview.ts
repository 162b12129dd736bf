import { computed, onBeforeUnmount, type Ref, ref, shallowRef, watch } from "vue";
import { ApiError } from "@/api/client";
import { type EpochMs, epochMs, type Range } from "@/time/instant";
import { type FilmAt, findFilm, findSound, type Sound } from "./film";
import { filmInstant, filmTime } from "./trim";

/** What is still to be recorded is asked for again this often. */
const LOOK_AGAIN_MS = 2000;
/** Inside the picture that begins at an instant, however a browser rounds it. */
const INSIDE_S = 0.001;

/** The film of a window in a video element: shows an instant, plays a range. */
export function usePreview(video: Ref<HTMLVideoElement | null>, source: Ref<{ address: string; window: Range } | undefined>) {
  const film = shallowRef<FilmAt>();
  const sound = shallowRef<Sound & { film: FilmAt }>();
  const failure = ref<unknown>();
  const at = ref<EpochMs>();
  const playing = ref(false);
  let stop: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let until: EpochMs | undefined;
  let wanted: EpochMs | undefined;

  async function load(address: string, window: Range, signal: AbortSignal): Promise<void> {
    let found: FilmAt | undefined;
    try {
      found = await findFilm(address, window, signal);
      failure.value = undefined;
    } catch (reason) {
      if (signal.aborted) return;
      failure.value = reason;
    }
    if (signal.aborted) return;
    const lacks = !found || found.shown.to < window.to;
    // A film that has only grown keeps what plays now.
    if (found && (!film.value || found.shown.to >= window.to || !playing.value)) {
      wanted ??= at.value;
      film.value = found;
      void findSound(address, window, signal).then((heard) => !signal.aborted && (sound.value = heard && { ...heard, film: found }), () => undefined);
    }
    const recordedSoon = Date.now() < window.to + 60_000;
    if (lacks && recordedSoon && !(failure.value instanceof ApiError && failure.value.status === 409))
      timer = setTimeout(() => void load(address, window, signal), LOOK_AGAIN_MS);
  }

  function close(): void {
    stop?.abort();
    clearTimeout(timer);
    playing.value = false;
    film.value = sound.value = failure.value = at.value = until = wanted = undefined;
  }

  watch(source, (now, before) => {
    if (now?.address === before?.address && now?.window.from === before?.window.from && now?.window.to === before?.window.to) return;
    close();
    if (!now) return;
    stop = new AbortController();
    void load(now.address, now.window, stop.signal);
  }, { immediate: true });
  onBeforeUnmount(close);

  function show(instant: EpochMs): void {
    pause();
    seek(instant);
  }

  function seek(instant: EpochMs): void {
    at.value = instant;
    wanted = instant;
    apply();
  }

  function apply(): void {
    const element = video.value;
    if (!element || !film.value || wanted === undefined || element.readyState < HTMLMediaElement.HAVE_METADATA) return;
    element.currentTime = filmTime(film.value, wanted) + INSIDE_S;
    wanted = undefined;
  }

  function play(range: Range): void {
    const element = video.value;
    if (!element || !film.value) return;
    const here = at.value;
    const begin = here !== undefined && here >= range.from && here < range.to - 200 ? here : range.from;
    seek(begin);
    until = range.to;
    void element.play().catch(() => undefined);
  }

  function pause(): void {
    until = undefined;
    video.value?.pause();
  }

  /** While it plays: where it is, and whether that was all. */
  function tick(): void {
    const element = video.value;
    if (!element || element.paused || !film.value) return;
    at.value = filmInstant(film.value, element.currentTime);
    if (until !== undefined && at.value >= until - 20) {
      const end = epochMs(until - 2);
      pause();
      seek(end);
      return;
    }
    requestAnimationFrame(tick);
  }

  const events = {
    loadedmetadata: apply,
    play: () => {
      playing.value = true;
      requestAnimationFrame(tick);
    },
    pause: () => (playing.value = false),
  };
  return { film, sound, failure, at, playing: computed(() => playing.value), show, play, pause, events };
}
