import { isList, readPath } from "../core/model/path.ts";
import type { Json } from "../core/model/json.ts";
import type { SeenTest } from "../core/model/trail.ts";
import { clockTime } from "./clock-text.ts";
import { quoted } from "./matcher.ts";

/** Tests of a condition and what they saw, in words, with times on the clock of `zone`. */
export function describeTests(tests: readonly SeenTest[], zone: string): string {
  return tests.map((test) => describeTest(test, zone)).join(", ");
}

/** One test of a condition and what it saw, in words: a comparison, or a question about history. */
export function describeTest(test: SeenTest, zone: string): string {
  const { path, operator, operand, actual, holds, negated } = test;
  const verdict = holds === null ? "not asked" : holds ? "holds" : "fails";
  if (path.startsWith("history.")) return `${historyText(test, zone)} (${verdict})`;
  const value = actual === undefined ? "missing" : quoted(actual);
  const asked = `\`${negated ? "not " : ""}${operator} ${quoted(operand)}\``;
  return holds === null ? `${path} (${asked} ${verdict})` : `${path} is ${value} (${asked} ${verdict})`;
}

/** `did Order Completed within 30d: last on Wed 4 Mar 10:00`, or `was_not_sent through sms within 24h: none`. */
function historyText({ operator, operand, actual, events = [], where, negated }: SeenTest, zone: string): string {
  const [first = "", second = "", third = ""] = (isList(operand) ? operand : []).map(String);
  if (operator === "happened") {
    const times = Number(first) > 1 ? ` at least ${first} times` : "";
    const asked = `${events.join(" or ")}${times} within ${second}${where === undefined ? "" : ` where ${where}`}`;
    return `${negated ? "did_not" : "did"} ${asked}: ${knownText(actual, zone)}`;
  }
  const through = first === "*" ? "" : ` through ${first}`;
  const by = second === "*" ? "" : ` by ${second}`;
  return `${negated ? "was_not_sent" : "was_sent"}${through}${by} within ${third}: ${knownText(actual, zone)}`;
}

function knownText(actual: Json | undefined, zone: string): string {
  const [known, last] = [readPath(actual, ["known"]), readPath(actual, ["last"])];
  if (typeof last !== "number") return "none";
  const many = typeof known === "number" && known > 1 ? `${known} known, the ` : "";
  return `${many}last on ${clockTime(last, zone)}`;
}
