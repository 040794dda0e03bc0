/**
 * SHA-256 (FIPS 180-4), because the core draws ids, arms and jitter from hashes and may import nothing of the platform.
 * `test/core/sha256.test.ts` holds it against the platform's own.
 */
const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

const INITIAL = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
/** Written anew for each block and each text: nothing of them is ever read by the next. */
const schedule = new Int32Array(64);
const state = new Int32Array(8);

/** The digest of a text's UTF-8 bytes as eight 32-bit words, to be read before another is made. */
function sha256(text: string): Int32Array {
  const message = padded(text);
  state.set(INITIAL);
  for (let block = 0; block < message.length; block += 16) {
    for (let t = 0; t < 16; t++) schedule[t] = at(message, block + t);
    for (let t = 16; t < 64; t++) {
      const w15 = at(schedule, t - 15);
      const w2 = at(schedule, t - 2);
      const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
      const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
      schedule[t] = (at(schedule, t - 16) + s0 + at(schedule, t - 7) + s1) | 0;
    }
    compress();
  }
  return state;
}

function compress(): void {
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let t = 0; t < 64; t++) {
    const t1 =
      (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + at(K, t) + at(schedule, t)) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = at(state, 0) + a;
  state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c;
  state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e;
  state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g;
  state[7] = at(state, 7) + h;
}

function rotate(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits));
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}

/** A text's bytes in words, the bit behind them, and their number at the end of the last block. */
function padded(text: string): Int32Array {
  // Nearly all that is hashed are ids, whose characters are bytes as they stand.
  const bytes = isAscii(text) ? text : utf8(text);
  const words = new Int32Array(((bytes.length + 8) >> 6) * 16 + 16);
  for (let index = 0; index < bytes.length; index++) put(words, index, bytes.charCodeAt(index));
  put(words, bytes.length, 0x80);
  words[words.length - 2] = Math.floor(bytes.length / 0x20000000);
  words[words.length - 1] = bytes.length << 3;
  return words;
}

function put(words: Int32Array, index: number, byte: number): void {
  words[index >> 2] = at(words, index >> 2) | (byte << (24 - (index & 3) * 8));
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** A text whose characters are the bytes of this one in UTF-8. */
function utf8(text: string): string {
  let bytes = "";
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    // A lone surrogate has no UTF-8 form; the platform's encoders write U+FFFD, and so do we.
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    const last = (shift: number): number => 0x80 | ((code >> shift) & 63);
    if (code < 0x80) bytes += character;
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), last(0));
    else if (code < 0x10000) bytes += String.fromCharCode(0xe0 | (code >> 12), last(6), last(0));
    else bytes += String.fromCharCode(0xf0 | (code >> 18), last(12), last(6), last(0));
  }
  return bytes;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** 64 hex digits. */
export function sha256Hex(text: string): string {
  return hexOf(sha256(text), 8);
}

function hexOf(words: Int32Array, count: number): string {
  let hex = "";
  for (let index = 0; index < count; index++) {
    const word = at(words, index);
    for (let shift = 24; shift >= 0; shift -= 8) hex += HEX[(word >>> shift) & 255] ?? "";
  }
  return hex;
}

const BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Sixty bits in ten characters: enough to tell a few thousand texts apart, in the least room. */
export function shortMark(text: string): string {
  const words = sha256(text);
  let mark = "";
  for (let index = 0; index < 10; index++) {
    mark += BASE64_URL.charAt((at(words, index < 5 ? 0 : 1) >>> ((index % 5) * 6)) & 63);
  }
  return mark;
}

/** Uniform in [0, 1), the same for the same parts for ever: chance as a pure function. */
export function fractionOf(...parts: readonly string[]): number {
  const words = sha256(parts.join("\u0000"));
  return ((at(words, 0) >>> 5) * 0x4000000 + (at(words, 1) >>> 6)) / 2 ** 53;
}

/** 128 bits in hex: an id that any worker derives alike from the same parts. */
export function idOf(...parts: readonly string[]): string {
  return hexOf(sha256(parts.join("\u0000")), 4);
}
