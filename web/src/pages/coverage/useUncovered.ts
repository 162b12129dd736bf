import { useI18n } from "vue-i18n";
import { coverage } from "@/api/coverage";
import { problemText } from "@/pages/problem-text";
import type { Wall } from "@/player/wall";
import { useToasts } from "@/state/toasts";
import { shift } from "@/time/instant";

/** So near, the picture is there already. */
const HERE_MS = 1000;

/** The next moment of the focused channel that was not reviewed yet. */
export function useUncovered(wall: Wall, report: () => Promise<void>) {
  const { t } = useI18n();
  const toasts = useToasts();

  async function jump(by: "anyone" | "me"): Promise<void> {
    const channel = wall.focus;
    if (channel === undefined) return;
    try {
      await report();
      const at = wall.deck.clock.instant();
      const next = await coverage.uncovered(channel, at, by);
      if (!next) toasts.say(t(`coverage.allReviewed.${by}`));
      else if (next.from <= at + HERE_MS) toasts.say(t(`coverage.here.${by}`));
      else wall.deck.seek(shift(next.from, 0.5));
    } catch (error) {
      toasts.say(problemText(error, t), "bad");
    }
  }

  return { jump };
}
