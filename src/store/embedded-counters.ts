import { fingerprint, sortable } from "./embedded-codec.ts";
import type { Moved } from "./migration.ts";

/** A counter's window, with what it counts. Its place sorts by the window's end, so that old ones can be found and go. */
export interface CounterName {
  readonly budget: string;
  readonly from: number;
  readonly to: number;
}

export function placeOfCounter({ budget, from, to }: CounterName): Buffer {
  return Buffer.concat([sortable(to), fingerprint(budget, String(from), String(to))]);
}

/** The number first; then its name, which the place holds only as a fingerprint. */
export function encodeCounter(name: CounterName, taken: number): Buffer {
  const number = Buffer.alloc(8);
  number.writeDoubleBE(taken);
  return Buffer.concat([number, Buffer.from(JSON.stringify(name), "utf8")]);
}

export function takenOf(value: Buffer | undefined): number {
  return value === undefined ? 0 : value.readDoubleBE(0);
}

/** Null for one without its name. */
export function readCounter(value: Buffer): Extract<Moved, { kind: "counter" }> | null {
  if (value.length === 8) return null;
  const { budget, from, to } = JSON.parse(value.toString("utf8", 8)) as CounterName;
  return { kind: "counter", budget, from, to, taken: takenOf(value) };
}
