import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { slipOf } from "./suggest.ts";
import { writtenForms } from "./written-forms.ts";

/** What people write as a verb: the channel itself. */
const channelWords: readonly string[] = ["email", "sms", "slack", "push", "whatsapp", "webhook", "message"];

const zoneHelp =
  "a zone stands where a time of day does: window: { …, zone: contact } or wait: { until: …, zone: contact }";
const budgetHelp = "budgets are the workspace's: `budgets` in heed.yaml";

/** What people look for in a rule, and find elsewhere. */
const settingsElsewhere: ReadonlyMap<string, string> = new Map([
  ["quiet_hours", "quiet hours are a channel's: `quiet_hours` of the channel in heed.yaml"],
  ["time_zone", zoneHelp],
  ["timezone", zoneHelp],
  ["priority", "rules have no order: those that must not meet share caps, or one lets the others wait with `hold`"],
  ["budget", budgetHelp],
  ["budgets", budgetHelp],
  ["rate", "a rate is a channel's: `rate` of the channel in heed.yaml"],
  ["from", "the sender is the channel's: `from` of the channel in heed.yaml"],
  ["consent", "marketing asks for consent by itself: `class: marketing`, and `consent` in heed.yaml says which kind"],
]);

/** Keys that belong inside of a verb that takes a map. */
const keysOfVerbs: Readonly<Record<string, readonly string[]>> = {
  wait_for: ["event", "where", "same", "timeout", "then", "otherwise"],
  hold: ["rules", "class", "for"],
  emit: ["event", "data"],
};

function verbWith(key: string, map: JsonObject): string | null {
  const [verb] = Object.entries(keysOfVerbs).find(([name, keys]) => name in map && keys.includes(key)) ?? [];
  return verb ?? null;
}

const wordsOfSends: ReadonlySet<string> = new Set(["send", "text", "subject", "html", "template", "body"]);

/** What is indented too far behind a trigger. */
const besideTriggers: ReadonlySet<string> = new Set([
  "reentry",
  "holdout",
  "goal",
  "delay",
  "window",
  "guard",
  "stop_on",
  "expires",
  "caps",
  "actions",
]);

/** Where a key belongs that the language has elsewhere, told by the keys that are known here; null when it has none. */
export function placeOf(key: string, map: JsonObject, known: readonly string[]): string | null {
  const value = map[key] ?? null;
  if (known.includes("trigger") && (key === "where" || key === "max_age")) return "it belongs under `trigger:`";
  if (known.includes("trigger")) {
    if (wordsOfSends.has(key)) return "it belongs to a step: begin it in the column of its `send`";
    return settingsElsewhere.get(key) ?? null;
  }
  if (known.includes("max_age") && besideTriggers.has(key)) {
    return "it belongs beside `trigger:`, not inside of it: begin it in the first column";
  }
  if (known.includes("send") && known.includes("wait_for")) {
    const verb = verbWith(key, map);
    if (verb !== null) return `it belongs inside of \`${verb}\`: ${verb}: { …, ${key}: … }`;
    if (key === "from") return "the sender is the channel's: `from` of the channel in heed.yaml";
    if (isConditional(key, map, known)) {
      return "write `branch:`, a list of arms such as `- when: { … }` with `do: […]`, and last `- otherwise: […]`";
    }
    if (key === "delay") {
      const wait = `wait: ${durationOf(value) ?? "1h"}`;
      return "send" in map ? `put a step \`- ${wait}\` above it` : `write \`${wait}\``;
    }
    const channel = "send" in map ? null : channelMeant(key, value);
    if (channel !== null) return sendHelp(channel);
  }
  if (known.includes("send") && known.includes("at")) {
    if (["after", "in", "within"].includes(key)) return `write \`at: ${durationOf(value) ?? "0s"}\``;
    if (key === "message" && typeof value === "string") return `write \`send: ${value.slice(0, 60)}\``;
    const channel = channelMeant(key, value);
    if (channel !== null) return sendHelp(channel);
  }
  if (key === "arms" && known.includes("cases")) return "it belongs to a case, beside its `given:`";
  if (known.length === 1 && known[0] === "between" && key === "until") {
    return 'a delay is a duration: remove it, and begin the actions with a step such as `- wait: { until: "09:00" }`';
  }
  return null;
}

/** `emil: { subject: … }` is a slip for `email`, though `emit` is as near. */
function channelMeant(key: string, value: Json): string | null {
  if (channelWords.includes(key)) return key;
  const says = isJsonObject(value) && Object.keys(value).some((word) => wordsOfSends.has(word));
  return says ? slipOf(key, channelWords) : null;
}

function sendHelp(channel: string): string {
  return `write \`send: ${channel}\`, and what it says in keys beside it`;
}

/** Whether a step is written as in other languages, with `if`, `then` and `else`. */
export function isConditional(key: string, map: JsonObject, known: readonly string[]): boolean {
  if (!known.includes("branch") || !["if", "then", "else"].includes(key) || "wait_for" in map) return false;
  return ("if" in map || "when" in map) && ("then" in map || "else" in map);
}

function durationOf(value: Json): string | null {
  if (typeof value !== "string" || value.length > 60) return null;
  return /^\d{1,6}[smhdw]$/.test(value) ? value : (writtenForms.get("duration")?.meant(value) ?? null);
}
