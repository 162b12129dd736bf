/** An Idempotency-Key. Random, also where the page came without TLS and `crypto.randomUUID` is not there. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
