import { useQueryClient } from "@tanstack/vue-query";
import { useI18n } from "vue-i18n";
import { channelAddress } from "@/api/client";
import { newKey } from "@/api/new-key";
import { pictureDownload, SCREENSHOTS, screenshots } from "@/api/screenshots";
import { copyText } from "@/components/clipboard";
import type { Kept } from "@/notes/draft";
import { problemText } from "@/pages/problem-text";
import { useAccount } from "@/state/account";
import { useNoteDrafts } from "@/state/note-drafts";
import { usePreferences } from "@/state/preferences";
import { useToasts } from "@/state/toasts";
import { fileName, fileStamp, formatSpan, formatTime } from "@/time/format";
import { type EpochMs, formatInstant, instant, type Range } from "@/time/instant";
import { saveRange } from "./save";

/** Taking something out of what is seen: a picture, a range, a link; each says how it went. */
export function useKeeping(about: (channel: { id: string; name: string }, at: EpochMs, kept: Kept) => void) {
  const { t, locale } = useI18n();
  const preferences = usePreferences();
  const toasts = useToasts();
  const queries = useQueryClient();
  const account = useAccount();
  const drafts = useNoteDrafts();

  /** Kept on the server, as recorded, with the note that is open; what was not meant is taken back. */
  async function screenshot(channel: { id: string; name: string }, at: EpochMs): Promise<void> {
    const draft = drafts.editing;
    try {
      const shot = await screenshots.keep(channel.id, formatInstant(at), newKey());
      const kept: Kept = { kind: "screenshot", id: shot.id };
      if (draft !== undefined) await drafts.attach(draft, kept);
      const writes = account.can("write_notes");
      toasts.say(t(draft === undefined ? "shots.kept" : "shots.keptWith", { time: formatTime(instant(shot.at), locale.value, "millis") }), "info", [
        ...(draft === undefined && writes ? [{ label: t("shots.note"), run: () => about(channel, instant(shot.at), kept), testid: "shot-note" }] : []),
        { label: t("clips.download"), href: pictureDownload(shot, preferences.burnIn), testid: "shot-save" },
        { label: t("shots.undo"), run: () => void takeBack(kept), testid: "shot-undo" },
      ]);
      void queries.invalidateQueries({ queryKey: SCREENSHOTS });
    } catch (reason) {
      toasts.say(t("watch.screenshotFailed", { reason: problemText(reason, t) }), "bad");
    }
  }

  async function takeBack(kept: Kept): Promise<void> {
    try {
      await screenshots.remove(kept.id);
      drafts.editor?.(kept, false);
      toasts.say(t("shots.undone"));
    } catch (reason) {
      toasts.say(problemText(reason, t), "bad");
    }
    void queries.invalidateQueries({ queryKey: SCREENSHOTS });
  }

  async function download(channel: { id: string; name: string }, range: Range): Promise<void> {
    try {
      await saveRange(channelAddress(channel.id), range, fileName(channel.name, fileStamp(range.from), "mp4"));
      toasts.say(t("watch.downloadStarted", { span: formatSpan(range.to - range.from, locale.value) }));
    } catch (reason) {
      toasts.say(t("watch.downloadFailed", { reason: problemText(reason, t) }), "bad");
    }
  }

  async function copyLink(link: string): Promise<void> {
    if (await copyText(link)) toasts.say(t("watch.linkCopied"));
    else toasts.say(t("watch.linkFailed"), "bad");
  }

  return { screenshot, download, copyLink };
}
