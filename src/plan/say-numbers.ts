import type { Json } from "../core/model/json.ts";
import { isJsonArray } from "../core/model/parse-json.ts";
import type { Difference, Estimate } from "./plan.ts";

/** `1,904`: digits in groups, so that a reader sees the size. */
export function number(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `+6,523`, `−12`, `0`: always with its sign. */
export function signed(value: number): string {
  const rounded = Math.round(value);
  if (rounded === 0) return "0";
  return `${rounded > 0 ? "+" : "−"}${number(Math.abs(rounded))}`;
}

/** `+52 %`; from nothing there is no share. */
export function change(base: number, head: number): string | null {
  if (base === 0) return null;
  return percent((head - base) / base, true);
}

export function percent(share: number, sign = false): string {
  const value = share * 100;
  const size = Math.abs(value);
  // Of little, and of nearly all, the digit behind the point tells.
  const fine = size !== Math.round(size) && (size < 10 || (size > 90 && size < 100));
  const digits = fine ? size.toFixed(1) : number(size);
  const before = value < 0 ? "−" : sign && value > 0 ? "+" : "";
  return `${before}${digits} %`;
}

/** `about 1,904 (1,700 to 2,100)` where it is an estimate. */
export function estimate({ value, low, high }: Estimate): string {
  if (Math.round(low) === Math.round(value) && Math.round(high) === Math.round(value)) return number(value);
  return `about ${number(value)} (${number(Math.max(0, low))} to ${number(high)})`;
}

/** `1 message`, `19,003 messages`. */
export function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${Math.round(value) === 1 ? "" : "s"}`;
}

export function money(micros: number, currency: string): string {
  const text = (Math.abs(micros) / 1_000_000).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",");
  return `${micros < 0 ? "−" : ""}${text} ${currency}`;
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** `10 minutes`, `1 day 6 hours`: a length in its two largest units. */
export function lengthOf(ms: number): string {
  const all = Math.round(Math.abs(ms) / 1_000) * 1_000;
  const first = units.findIndex(([, size]) => all >= size);
  if (first < 0) return "0 seconds";
  const [name, size] = units[first] ?? ["second", 1_000];
  const rest = all % size;
  const [nextName, nextSize] = units[first + 1] ?? ["second", 1_000];
  const more = rest >= nextSize ? ` ${counted(Math.floor(rest / nextSize), nextName)}` : "";
  return `${counted(Math.floor(all / size), name)}${more}`;
}

/** `10 minutes earlier`, `5 minutes earlier to 5 minutes later`: by how much moments move, in milliseconds. */
export function sayShift(least: number, most: number): string {
  const say = (ms: number): string => (ms === 0 ? "as before" : `${lengthOf(ms)} ${ms < 0 ? "earlier" : "later"}`);
  return say(least) === say(most) ? say(least) : `${say(least)} to ${say(most)}`;
}

/** A value as its author wrote it: short, and on one line. */
export function written(value: Json | null, most = 80): string {
  return value === null ? "nothing" : cut(flow(value), 0, most);
}

/** Two values of one change. Where they are too long for their place, they are shown from shortly before they part. */
export function writtenPair(before: Json | null, after: Json | null, most: number): readonly [string, string] {
  if (before === null || after === null) return [written(before, most), written(after, most)];
  const [was, is] = [flow(before), flow(after)];
  let same = 0;
  while (same < was.length && was[same] === is[same]) same += 1;
  const fits = Math.max(was.length, is.length) <= most || same < most / 2;
  const from = fits ? 0 : same - Math.floor(most / 3);
  return [cut(was, from, most), cut(is, from, most)];
}

/** So much of a text, whose ends are marked where more follows, and no half of a character. */
function cut(text: string, from: number, most: number): string {
  const rest = from === 0 ? text : `…${text.slice(from).replace(/^[\udc00-\udfff]/, "")}`;
  return rest.length <= most ? rest : `${rest.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** YAML in one line. */
function flow(value: Json): string {
  if (typeof value === "string")
    return /^[\p{L}\p{N}][\p{L}\p{N} ._:/@+-]*$/u.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (isJsonArray(value)) return `[${value.map(flow).join(", ")}]`;
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${flow(inner)}`)
    .join(", ")} }`;
}

/** What happened to so many sends: `12 newly stopped`. */
export const differenceWords: Readonly<Record<Difference, string>> = {
  added: "new",
  removed: "no longer sent",
  retimed: "at another time",
  rerouted: "by another channel",
  recontent: "with another text",
  newly_suppressed: "newly stopped",
  newly_released: "no longer stopped",
};
