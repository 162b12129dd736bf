/** Bytes of MP4 boxes, as tests write them. */
type Bytes = Uint8Array<ArrayBuffer>;

export function u32(...values: number[]): Bytes {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setUint32(4 * i, value >>> 0));
  return new Uint8Array(view.buffer);
}

export function u64(value: bigint): Bytes {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return new Uint8Array(view.buffer);
}

export function join(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function box(type: string, ...payload: Uint8Array[]): Bytes {
  const body = join(...payload);
  return join(u32(body.length + 8), new TextEncoder().encode(type), body);
}
