// The cookies of one browser, by name.

export class Cookies extends Map<string, string> {
  /** What the Cookie header says. */
  get header(): string {
    return [...this].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Does as an answer's Set-Cookie lines say. */
  keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const at = pair.indexOf("=");
      if (attributes.some((attribute) => attribute.toLowerCase() === "max-age=0")) this.delete(pair.slice(0, at));
      else this.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  /** Becomes what a Cookie header says. */
  replace(header: string): void {
    this.clear();
    for (const pair of header.split("; ").filter(Boolean)) this.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
}
