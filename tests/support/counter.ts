// Reads the counter of counter.md out of gray pixels. Pure: runs in Node and in a page.

export type Counter = { readonly channel: number; readonly frame: number };
export type CounterReading =
  | { readonly ok: true; readonly counter: Counter }
  | { readonly ok: false; readonly reason: string };

const blocks = 32;
const black = 88;
const white = 168;

/** Mean luma of the inner half of one block. */
function meanOfBlock(gray: Uint8Array | Uint8ClampedArray, width: number, block: number): number {
  const side = width / blocks;
  const left = Math.floor(block * side + side / 4);
  const right = Math.max(left + 1, Math.ceil(block * side + (side * 3) / 4));
  const top = Math.floor(side / 4);
  const bottom = Math.max(top + 1, Math.ceil((side * 3) / 4));
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) sum += gray[y * width + x] ?? 0;
  }
  return sum / ((right - left) * (bottom - top));
}

function numberOf(bits: readonly number[], from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) value = value * 2 + (bits[i] ?? 0);
  return value;
}

/** The channel and frame number in a picture of one byte a pixel, or why it cannot be read. */
export function readCounter(
  gray: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
): CounterReading {
  if (gray.length < width * height) return { ok: false, reason: "fewer pixels than the size says" };
  if (width < blocks * 4 || height < width / blocks) return { ok: false, reason: "picture too small" };
  const bits: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const mean = meanOfBlock(gray, width, block);
    if (mean > black && mean < white) {
      return { ok: false, reason: `block ${block} is neither black nor white (${mean.toFixed(0)})` };
    }
    bits.push(mean >= white ? 1 : 0);
  }
  if (numberOf(bits, 0, 2) !== 2 || numberOf(bits, 30, 2) !== 1) {
    return { ok: false, reason: "guard blocks are wrong" };
  }
  const ones = bits.slice(2, 28).reduce((sum, bit) => sum + bit, 0);
  if (ones % 4 !== numberOf(bits, 28, 2)) return { ok: false, reason: "check blocks disagree" };
  return { ok: true, counter: { channel: numberOf(bits, 2, 6), frame: numberOf(bits, 8, 20) } };
}

/** Luma of pixels as a canvas gives them (four bytes each). */
export function grayOfRgba(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const gray = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < gray.length; i++) {
    const [r = 0, g = 0, b = 0] = [rgba[i * 4], rgba[i * 4 + 1], rgba[i * 4 + 2]];
    gray[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
  }
  return gray;
}
