import type { DecisiveTest } from "../conditions/explain-condition.ts";
import { isList, readPath } from "../conditions/path.ts";
import type { Json } from "../core/model/json.ts";
import { clockTime } from "./clock-text.ts";
import { quoted } from "./matcher.ts";

/** One test of a condition and what it saw, in words: a comparison, or a question about history. */
export function describeTest(test: DecisiveTest): string {
  const { path, operator, operand, actual, holds } = test;
  const verdict = holds ? "holds" : "fails";
  if (path.startsWith("history.")) return `${historyText(test)} (${verdict})`;
  const value = actual === undefined ? "missing" : quoted(actual);
  return `${path} is ${value} (\`${operator} ${quoted(operand)}\` ${verdict})`;
}

/** `did Order Completed within 30d: last on Wed 4 Mar 10:00`, or `was_sent through sms within 24h: none`. */
function historyText({ operator, operand, actual, events, zone }: DecisiveTest): string {
  const [first = "", second = "", third = ""] = (isList(operand) ? operand : []).map(String);
  const entries = isList(actual) ? actual : [];
  if (operator === "happened") {
    const times = Number(first) > 1 ? ` ${first} times` : "";
    return `did ${events.join(" or ")}${times} within ${second}: ${lastOf(entries, zone)}`;
  }
  const fits = (entry: Json, wanted: string, name: string): boolean =>
    wanted === "*" || readPath(entry, [name]) === wanted;
  const sent = entries.filter((entry) => fits(entry, first, "channel") && fits(entry, second, "rule"));
  const through = first === "*" ? "" : ` through ${first}`;
  const by = second === "*" ? "" : ` by ${second}`;
  const times = sent.map((entry) => readPath(entry, ["at"]) ?? null);
  return `was_sent${through}${by} within ${third}: ${lastOf(times, zone)}`;
}

/** Of times in epoch milliseconds, in any order. */
function lastOf(times: readonly Json[], zone: string): string {
  const known = times.filter((at) => typeof at === "number");
  return known.length === 0 ? "none" : `last on ${clockTime(Math.max(...known), zone)}`;
}
