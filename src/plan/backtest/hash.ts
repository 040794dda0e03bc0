/**
 * 53 bits of a text, in one number: for telling hundreds of thousands of things apart in little room, and for drawing
 * samples. Not for secrets. (cyrb53, public domain.)
 */
export function hash53(text: string, seed = 0): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  return mixed(a, b);
}

/** The same of bytes: a change of any of them is noticed. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = from; index < to; index += 1) {
    const unit = bytes[index] ?? 0;
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  return mixed(a, b);
}

function mixed(first: number, second: number): number {
  const a = Math.imul(first ^ (first >>> 16), 2_246_822_507) ^ Math.imul(second ^ (second >>> 13), 3_266_489_909);
  const b = Math.imul(second ^ (second >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0);
}

/** Uniform in [0, 1), the same for the same text and seed for ever. */
export function fraction(text: string, seed: number): number {
  return hash53(text, seed) / 2 ** 53;
}
