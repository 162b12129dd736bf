/**
 * True when it is on the clipboard. Without TLS a browser has no `navigator.clipboard`; there, and where that refuses,
 * the older command copies what the copy event is given.
 */
export async function copyText(text: string): Promise<boolean> {
  const modern = navigator.clipboard as Clipboard | undefined;
  if (modern) {
    try {
      await modern.writeText(text);
      return true;
    } catch {
      // The older way may be allowed.
    }
  }
  return copyByCommand(text);
}

function copyByCommand(text: string): boolean {
  let given = false;
  const give = (event: ClipboardEvent) => {
    if (!event.clipboardData) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    // Not to listeners of the page: this is not what somebody has selected.
    event.stopImmediatePropagation();
    given = true;
  };
  document.addEventListener("copy", give, { capture: true });
  try {
    return document.execCommand("copy") && given;
  } finally {
    document.removeEventListener("copy", give, { capture: true });
  }
}
