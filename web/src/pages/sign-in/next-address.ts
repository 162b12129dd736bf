/** Only an address of this site's own may follow a sign-in. */
export function nextAddress(next: unknown): string {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : "/";
}
