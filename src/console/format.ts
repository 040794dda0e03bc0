import { formatInstant } from "../core/time/instant.ts";
import { html, type Html } from "./html.ts";

/** How pages write numbers, money and moments. English, because the rest of the console is. */

const wholes = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const shares = new Intl.NumberFormat("en", { maximumFractionDigits: 1, style: "percent" });
const MICROS = 1_000_000;

export function count(number: number): string {
  return wholes.format(number);
}

/** A share in [0, 1], or a difference of two in [-1, 1]. */
export function percent(share: number): string {
  return shares.format(share);
}

/** Amounts below ten have four digits behind the point: a text message costs less than a cent. */
export function money(micros: number, currency: string): string {
  const units = micros / MICROS;
  return `${units.toFixed(units !== 0 && Math.abs(units) < 10 ? 4 : 2)} ${currency}`;
}

/** What an event said its worth was: a plain number, in whatever unit it has there. */
export function worth(value: number): string {
  return value.toFixed(2);
}

const clocks = new Map<string, Intl.DateTimeFormat>();
/** Zones come from configuration and from contacts. */
const MOST_CLOCKS = 500;

/** A moment by the wall clock of `zone`, to the minute. */
export function wallClock(atMs: number, zone: string): string {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    if (clocks.size >= MOST_CLOCKS) clocks.clear();
    // Swedish writes days as ISO 8601 does.
    clock = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
    clocks.set(zone, clock);
  }
  return clock.format(atMs);
}

export function moment(atMs: number, zone: string): Html {
  return html`<time datetime="${formatInstant(atMs)}">${wallClock(atMs, zone)}</time>`;
}

const UNITS = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
] as const;

/** A length of time in its largest unit: `3 hours`. */
export function span(ms: number): string {
  const [length, name] = UNITS.find(([each]) => ms >= each) ?? [1_000, "second"];
  const number = Math.floor(Math.max(0, ms) / length);
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}

/** Names that others chose may be as long as they like. */
export function shortened(name: string, most = 80): string {
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}
