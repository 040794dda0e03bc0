import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Duration } from "../core/model/rulebook.ts";
import { nominalMs } from "../core/time/duration.ts";
import type { Condition, Did, WasSent } from "./condition.ts";
import type { ConditionProblem, Place } from "./condition-problem.ts";
import { parseDuration } from "./parse-duration.ts";
import { isList } from "../core/model/path.ts";

/** How far history is kept, and so how far it goes back when the author says nothing. */
const allHistory: Duration = { count: 90, unit: "d" };
const maxTimes = 100;
const examples = {
  did: "{ event: Order Completed, within: 30d, at_least: 1 }",
  was_sent: "{ channel: sms, within: 24h }",
} as const;

/** The question of `did` and `did_not`. `readWhere` reads the condition over the past event. */
export function readDid(
  key: string,
  value: Json,
  at: Place,
  problems: ConditionProblem[],
  readWhere: (value: Json, at: Place) => Condition | null,
): Did | null {
  const asked = readMap(key, value, at, didForm, problems);
  if (asked === null) return null;
  const events = eventsOf(asked["event"], at, problems);
  const within = durationOf(asked, at, problems);
  const atLeast = timesOf(asked["at_least"], at, problems);
  const where = asked["where"] === undefined ? null : readWhere(asked["where"], [...at, "where"]);
  if (events === null || within === null || atLeast === null) return null;
  return { kind: "did", events, where, within, atLeast, at };
}

/** The question of `was_sent` and `was_not_sent`. */
export function readWasSent(key: string, value: Json, at: Place, problems: ConditionProblem[]): WasSent | null {
  const asked = readMap(key, value, at, wasSentForm, problems);
  if (asked === null) return null;
  const channel = nameOf(asked, "channel", at, problems);
  const rule = nameOf(asked, "rule", at, problems);
  const within = durationOf(asked, at, problems);
  if (channel === undefined || rule === undefined || within === null) return null;
  return { kind: "was_sent", channel, rule: rule === "any" ? null : rule, within, at };
}

interface Form {
  readonly known: readonly string[];
  readonly example: string;
}

const didForm: Form = { known: ["event", "where", "within", "at_least"], example: examples.did };
const wasSentForm: Form = { known: ["channel", "rule", "within"], example: examples.was_sent };

function readMap(
  key: string,
  value: Json,
  at: Place,
  { known, example }: Form,
  problems: ConditionProblem[],
): JsonObject | null {
  if (!isJsonObject(value) || Object.keys(value).length === 0) {
    const message = `\`${key}\` takes a map of ${known.join(", ")}`;
    problems.push({
      kind: "operand",
      at,
      on: value === null ? "key" : "value",
      message,
      help: `for example  ${example}`,
    });
    return null;
  }
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  for (const name of unknown) {
    const message = `\`${key}\` has no \`${name.slice(0, 60)}\``;
    const help = `it takes ${known.join(", ")}`;
    problems.push({ kind: "operator", at: [...at, name], on: "key", message, help, unknown: { word: name, known } });
  }
  return unknown.length > 0 ? null : value;
}

function eventsOf(value: Json | undefined, at: Place, problems: ConditionProblem[]): readonly string[] | null {
  if (value === undefined) {
    const message = "`event` is missing: which event is meant?";
    problems.push({ kind: "operand", at, on: "key", message, help: `for example  ${examples.did}` });
    return null;
  }
  const events = isList(value) ? value : [value];
  const texts = events.filter((event) => typeof event === "string" && event !== "");
  if (texts.length === events.length && texts.length > 0) return texts.map(String);
  const message = "`event` takes an event type, or a list of them";
  problems.push({ kind: "operand", at: [...at, "event"], on: value === null ? "key" : "value", message });
  return null;
}

function durationOf(asked: JsonObject, at: Place, problems: ConditionProblem[]): Duration | null {
  const value = asked["within"];
  if (value === undefined) return allHistory;
  const duration = typeof value === "string" ? parseDuration(value) : null;
  if (duration === null) {
    const message = "`within` takes a duration, such as 30s, 15m, 2h, 3d or 1w";
    problems.push({ kind: "operand", at: [...at, "within"], on: value === null ? "key" : "value", message });
  } else if (nominalMs(duration) > nominalMs(allHistory)) {
    const message = "history goes back 90 days at most";
    const help = "write  within: 90d  or less; what is older is forgotten";
    problems.push({ kind: "operand", at: [...at, "within"], on: "value", message, help });
    return null;
  }
  return duration;
}

function timesOf(value: Json | undefined, at: Place, problems: ConditionProblem[]): number | null {
  if (value === undefined) return 1;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= maxTimes) return value;
  const message = `\`at_least\` takes a whole number from 1 to ${maxTimes}`;
  problems.push({ kind: "operand", at: [...at, "at_least"], on: value === null ? "key" : "value", message });
  return null;
}

/** Null when the author left it out, undefined when it is no name. */
function nameOf(
  asked: JsonObject,
  key: "channel" | "rule",
  at: Place,
  problems: ConditionProblem[],
): string | null | undefined {
  const value = asked[key];
  if (value === undefined) return null;
  if (typeof value === "string" && value !== "") return value;
  const message =
    key === "channel" ? "`channel` takes a channel of heed.yaml" : "`rule` takes this, any, or a rule's id";
  problems.push({ kind: "operand", at: [...at, key], on: value === null ? "key" : "value", message });
  return undefined;
}
