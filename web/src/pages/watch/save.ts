import { toApiError } from "@/api/client";
import { formatInstant, type Range } from "@/time/instant";

/** Hands a range to the browser's own download; throws ApiError when it would fail. */
export async function saveRange(channel: string, range: Range, name: string): Promise<void> {
  const query = new URLSearchParams({ from: formatInstant(range.from), to: formatInstant(range.to), download: name });
  const url = `${channel}/video.mp4?${query.toString()}`;
  const check = await fetch(url, { headers: { Range: "bytes=0-0" } });
  if (!check.ok) throw toApiError(check.status, await check.json().catch(() => undefined));
  await check.arrayBuffer();
  press(url, name);
}

function press(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
