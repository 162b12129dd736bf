import type { Channel, ChannelCreate, ChannelEdit, Retention } from "@/api/client";

/** The form's fields, as typed. */
export interface ChannelDraft {
  name: string;
  url: string;
  segmentSeconds: number;
  audio: Channel["audio"];
  maxAgeDays: string;
  maxGigabytes: string;
}

export const SEGMENT_CHOICES = [10, 30, 60, 300, 900, 1800, 3600] as const;

export type DraftErrors = Partial<Record<keyof ChannelDraft, "required" | "notNumber">>;

export function draftOf(channel: Channel | undefined): ChannelDraft {
  if (!channel) {
    return { name: "", url: "", segmentSeconds: 900, audio: "convert", maxAgeDays: "", maxGigabytes: "" };
  }
  const { maxAgeHours, maxBytes } = channel.retention;
  return {
    name: channel.name,
    url: channel.source.url,
    segmentSeconds: channel.segmentSeconds,
    audio: channel.audio,
    maxAgeDays: maxAgeHours === null ? "" : trimmed(maxAgeHours / 24),
    maxGigabytes: maxBytes === null ? "" : trimmed(maxBytes / 1e9),
  };
}

export function checkDraft(draft: ChannelDraft): DraftErrors {
  const errors: DraftErrors = {};
  if (draft.name.trim() === "") errors.name = "required";
  if (draft.url.trim() === "") errors.url = "required";
  if (Number.isNaN(amount(draft.maxAgeDays))) errors.maxAgeDays = "notNumber";
  if (Number.isNaN(amount(draft.maxGigabytes))) errors.maxGigabytes = "notNumber";
  return errors;
}

export function toCreate(draft: ChannelDraft): ChannelCreate {
  return {
    name: draft.name.trim(),
    source: { url: draft.url.trim() },
    segmentSeconds: draft.segmentSeconds,
    audio: draft.audio,
    retention: retentionOf(draft),
  };
}

/** Only what has changed, so that an edit never restarts a source that was left alone. */
export function toEdit(draft: ChannelDraft, channel: Channel): ChannelEdit {
  const edit: ChannelEdit = {};
  const retention = retentionOf(draft);
  if (draft.name.trim() !== channel.name) edit.name = draft.name.trim();
  if (draft.url.trim() !== channel.source.url) edit.source = { url: draft.url.trim() };
  if (draft.segmentSeconds !== channel.segmentSeconds) edit.segmentSeconds = draft.segmentSeconds;
  if (draft.audio !== channel.audio) edit.audio = draft.audio;
  if (retention.maxAgeHours !== channel.retention.maxAgeHours || retention.maxBytes !== channel.retention.maxBytes) {
    edit.retention = retention;
  }
  return edit;
}

function retentionOf(draft: ChannelDraft): Retention {
  const days = amount(draft.maxAgeDays);
  const gigabytes = amount(draft.maxGigabytes);
  return {
    maxAgeHours: days === undefined ? null : Math.max(1, Math.round(days * 24)),
    maxBytes: gigabytes === undefined ? null : Math.round(gigabytes * 1e9),
  };
}

/** Nothing typed is no limit; NaN is not an amount. A comma may stand for the point. */
function amount(text: string): number | undefined {
  const clean = text.trim().replace(",", ".");
  if (clean === "") return undefined;
  const value = Number(clean);
  return value > 0 && Number.isFinite(value) ? value : Number.NaN;
}

function trimmed(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
