import { onScopeDispose, type Ref, watch } from "vue";
import type { WallSnapshot } from "@/player/wall";
import { coverageOutbox, coveragePlace } from "./outboxes";
import { present } from "@/time/present";
import { Showing, sightsOf } from "./showing";

const REPORT_EVERY_MS = 10_000;

/** Reports what the tiles truly show: every ten seconds, and when the page is left. */
export function useReporting(snapshot: Ref<WallSnapshot | undefined>) {
  const place = coveragePlace();
  const outbox = place === undefined ? undefined : coverageOutbox(place);
  const showing = new Showing();

  watch(snapshot, (drawn) => drawn && showing.see(sightsOf(drawn), present(), performance.now()), { flush: "sync" });

  /** All that was shown up to now; done when the server has it, or cannot have it yet. */
  async function report(): Promise<void> {
    outbox?.add(showing.take());
    await outbox?.flush();
  }

  function leave(): void {
    showing.stop();
    outbox?.add(showing.take());
    outbox?.leave();
  }

  const onVisibility = () => document.hidden && leave();
  const timer = setInterval(() => void report(), REPORT_EVERY_MS);
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("pagehide", leave);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener("pagehide", leave);
    leave();
  });
  return { report };
}
