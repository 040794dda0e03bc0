import type { Json } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { nominalMs } from "../../core/time/duration.ts";
import { parseDuration } from "../../conditions/parse-duration.ts";
import type { AttributeChange, Implication, RuleChange } from "../plan.ts";
import { sayShift, written } from "../say-numbers.ts";

/** What one change does, in half a sentence about the messages or the people: null where the values say it best. */
export function sayChange(change: AttributeChange): string | null {
  const { path, before, after, implication } = change;
  for (const [pattern, say] of sayings) if (pattern.test(path)) return say(before, after, change);
  if (implication !== null) return sayImplication(implication);
  return null;
}

/** The same of several: what is said of a whole condition is said at its first change only. */
export function sayChanges(changes: readonly AttributeChange[]): readonly (string | null)[] {
  const told = new Set<string>();
  return changes.map((change) => {
    const said = sayChange(change);
    if (said === null || change.implication === null || said !== sayImplication(change.implication)) return said;
    const condition = `${/^[^.[]+(?:\.(?:event|where))?/.exec(change.path)?.[0] ?? ""} ${said}`;
    if (told.has(condition)) return null;
    told.add(condition);
    return said;
  });
}

type Saying = (before: Json | null, after: Json | null, change: AttributeChange) => string | null;

const sayings: readonly (readonly [RegExp, Saying])[] = [
  [/^delay(?:$|\.|\[)/, (before, after) => later("messages go out", before, after)],
  [/(?:^|\.)wait$/, (before, after) => later("what follows comes", before, after)],
  [/^actions\b.*\]$/, (before, after) => later("what follows comes", waitOf(before), waitOf(after))],
  [/(?:^|\.)timeout$/, (before, after) => later("it gives up waiting", before, after)],
  [/^expires$/, (before, after) => later("late messages are given up", before, after)],
  [
    /^class$/,
    (_, after) =>
      after === "transactional"
        ? "consent to marketing, quiet hours and marketing caps no longer hold for it"
        : "it needs consent to marketing now, keeps quiet hours and counts for marketing caps",
  ],
  [/^enabled$/, (_, after) => (after === false ? "it no longer starts, and who is in it ends" : "it starts again")],
  [/^mode$/, (_, after) => (after === "shadow" ? "it decides and records, and sends nothing" : "it really sends now")],
  [/^rollout$/, () => "another share of the contacts is enrolled"],
  [/^holdout$/, () => "another share of the contacts is measured and not messaged"],
  [/^on_change$/, (_, after) => (typeof after === "string" ? (inFlight[after] ?? null) : null)],
  [
    /^moved\b/,
    (_, after) => (after === null ? null : `it goes on with the runs, caps and history of ${written(after)}`),
  ],
  [/^stop_on\b.*\.event$/, (before, after) => events("ends it", before, after)],
  [/^stop_on\[\d+\]$/, (before) => (before === null ? "one thing more ends it" : "one thing less ends it")],
  [
    /^stop_on\b.*\.same$/,
    (before) => (before === null ? "only what is about the same ends it" : "what is about something else ends it, too"),
  ],
  [/^trigger\.max_age$/, (before, after) => later("it starts for events that reach Heed", before, after)],
  [
    /(?:^|\.)on_ambiguous$/,
    (_, after) =>
      after === "retry"
        ? "a message whose answer was lost is sent again, even if it arrived"
        : "no message is sent twice",
  ],
  [/^trigger\.event$/, (before, after) => events("starts it", before, after)],
  [/(?:^|\.)(?:text|subject|html|body|template)$/, (before, after) => content(before, after)],
  [
    /^caps\[\d+\]$|^budgets\[\d+\]$/,
    (before, after) => (before === null ? "a new limit" : after === null ? "this limit is gone" : null),
  ],
  [/^caps\[\d+\]\.max$/, (before, after) => more("lets", before, after)],
  [/^channels\.[^.]+\.quiet_hours\b/, () => "marketing waits at other hours"],
  [/^window\b/, () => "messages wait for other hours"],
  [
    /^consent\./,
    (_, after) =>
      after === "opt_out" ? "marketing goes to everybody who did not object" : "marketing needs a recorded yes",
  ],
];

const inFlight: Readonly<Record<string, string>> = {
  finish: "who is in it finishes with the rule as it was",
  migrate: "who is in it goes on with the new rule",
  cancel: "who is in it ends",
};

const implications: Readonly<Record<Implication["kind"], string>> = {
  broader: "lets more through",
  narrower: "lets fewer through",
  disjoint: "lets others through, and none of those before",
  overlapping: "lets some through whom it stopped, and stops some whom it let through",
  equal: "lets the same through",
  unknown: "may let others through: it cannot be proven either way",
};

function sayImplication({ kind }: Implication): string {
  return implications[kind];
}

function later(what: string, before: Json | null, after: Json | null): string | null {
  const [was, is] = [rangeOf(before), rangeOf(after)];
  if (was === null || is === null) return null;
  const [least, most] = [is.least - was.least, is.most - was.most];
  if (least === 0 && most === 0) return null;
  return `${what} ${sayShift(least, most)}`;
}

/** How long a step sleeps that came or went; another step does not. */
function waitOf(step: Json | null): Json | null {
  return isJsonObject(step) ? (step["wait"] ?? null) : null;
}

/** A wait, in milliseconds; nothing is no wait at all. */
function rangeOf(value: Json | null): { readonly least: number; readonly most: number } | null {
  const ends = isJsonObject(value) ? listOf(value["between"] ?? null) : [value];
  const [least = null, most = null] = ends.map(msOf);
  return least === null ? null : { least, most: most ?? least };
}

function msOf(value: Json): number | null {
  if (value === null) return 0;
  const parsed = typeof value === "string" ? parseDuration(value) : null;
  return parsed === null ? null : nominalMs(parsed);
}

function events(what: string, before: Json | null, after: Json | null): string | null {
  const [was, is] = [listOf(before), listOf(after)].map((list) => list.map(textOf));
  const gone = (was ?? []).filter((event) => is?.includes(event) !== true);
  const come = (is ?? []).filter((event) => was?.includes(event) !== true);
  const said = [
    ...(come.length > 0 ? [`${come.join(", ")} ${what}`] : []),
    ...(gone.length > 0 ? [`${gone.join(", ")} no longer ${what}`] : []),
  ];
  return said.length === 0 ? null : said.join("; ");
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : written(value);
}

function listOf(value: Json | null): readonly Json[] {
  if (value === null) return [];
  return isJsonArray(value) ? value : [value];
}

function content(before: Json | null, after: Json | null): string | null {
  if (before === null) return "is said, too";
  return after === null ? "is no longer said" : "says something else";
}

function more(what: string, before: Json | null, after: Json | null): string | null {
  if (typeof before !== "number" || typeof after !== "number") return null;
  return `${what} ${after > before ? "more" : "fewer"} messages through`;
}

/** What a rule that came or went does, in one sentence. */
export function sayWholeRule({ action, attributes }: RuleChange): string {
  const valueAt = (path: string): Json | null => {
    const found = attributes.find((attribute) => attribute.path === path);
    return found === undefined ? null : (found.after ?? found.before);
  };
  const started = listOf(valueAt("trigger.event")).map(textOf);
  const delay = valueAt("delay");
  const channels = [...new Set(attributes.flatMap(({ before, after }) => sentBy(after ?? before)))];
  const waits = delay === null ? "" : `${written(delay)} `;
  const when = started.length === 0 ? "" : ` ${waits}after ${started.join(" or ")}`;
  const does = channels.length === 0 ? "sends nothing" : `sends by ${channels.join(", ")}`;
  const of = textOf(valueAt("class") ?? "");
  const kind = of === "" ? "" : ` (${of})`;
  return action === "delete" ? `no longer ${does}${when}${kind}` : `${does}${when}${kind}`;
}

/** The channels of the sends in a step, those inside of it too. */
function sentBy(value: Json | null): readonly string[] {
  if (isJsonArray(value)) return value.flatMap(sentBy);
  if (!isJsonObject(value)) return [];
  const own = listOf(value["send"] ?? null).filter((channel) => typeof channel === "string");
  const inner = Object.entries(value).flatMap(([key, one]) => (key === "send" ? [] : sentBy(one)));
  return [...own, ...inner];
}
