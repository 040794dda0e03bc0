import { compilePredicate } from "../conditions/compile-predicate.ts";
import { type Condition, inRule, namesPath } from "../conditions/condition.ts";
import { lowerCondition } from "../conditions/lower.ts";
import { parseDuration } from "../conditions/parse-duration.ts";
import { isList } from "../core/model/path.ts";
import type { ConditionTree } from "../core/model/facts.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Cap, Duration, DurationRange, EventMatch, Money, Value, Window } from "../core/model/rulebook.ts";
import { compileTemplate } from "../templates/compile-template.ts";
import type { Template } from "../templates/template.ts";
import { digestOf } from "./digest.ts";
import { jsonAt } from "./json-at.ts";
import { conditionAt, type ParsedRule, type SharedTemplate, type Text } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import type { Cap as CapFile, DurationOrRange, Window as WindowFile } from "./rule-file.generated.ts";

/** What all rules are compiled with. The same text has the same id, whichever rules use it. */
export interface TemplateStore {
  readonly templates: Map<string, KeptTemplate>;
  readonly requiredFields: ReadonlySet<string>;
  readonly shared: ReadonlyMap<string, SharedTemplate>;
}

/** With the text it was compiled from, for those who print it. */
export interface KeptTemplate {
  readonly template: Template;
  readonly source: string;
}

/** Compiles what stands at places of one rule that has passed every check. */
export interface RuleCompiler {
  condition(path: Path): Condition | null;
  tree(path: Path): ConditionTree | null;
  eventMatch(event: string | readonly string[], where: Path, inDoubt?: boolean): EventMatch;
  duration(text: string): Duration;
  durationRange(value: DurationOrRange): DurationRange;
  /** The id of the template that stands there. */
  text(path: Path): string;
  value(path: Path): Value;
  sharedContent(name: string): Readonly<Record<string, string>>;
  /** Names of the look-ups that these templates read. */
  lookupsOf(templates: readonly string[]): readonly string[];
}

export function createRuleCompiler(parsed: ParsedRule, store: TemplateStore): RuleCompiler {
  const texts = new Map(parsed.texts.map((text) => [text.path.join("\u0000"), text]));
  const condition = (path: Path): Condition | null => {
    const found = conditionAt(parsed, path);
    return found === null ? null : inRule(found, parsed.file.rule);
  };
  const text = (path: Path): string => {
    const found = texts.get(path.join("\u0000"));
    if (found === undefined) throw new Error("a text of a rule was not read");
    return keep(found, store);
  };
  const value = (path: Path): Value => {
    const found = jsonAt(parsed.document.data, path);
    if (typeof found === "string") return { kind: "text", template: text(path) };
    if (isList(found)) return { kind: "list", of: found.map((_, index) => value([...path, index])) };
    if (!isJsonObject(found)) return { kind: "literal", value: found ?? null };
    const entries = Object.keys(found).map((key): [string, Value] => [key, value([...path, key])]);
    return { kind: "map", of: Object.fromEntries(entries) };
  };
  return {
    condition,
    tree(path) {
      const found = condition(path);
      return found === null ? null : lowerCondition(found);
    },
    eventMatch: (event, where, inDoubt) =>
      eventMatch(typeof event === "string" ? [event] : event, condition(where), inDoubt),
    duration,
    durationRange,
    text,
    value,
    lookupsOf: (ids) => [...new Set(ids.flatMap((id) => store.templates.get(id)?.template.lookups ?? []))],
    sharedContent(name) {
      const shared = store.shared.get(name);
      const forms = Object.entries({ text: shared?.text, html: shared?.html });
      return Object.fromEntries(
        forms.flatMap(([field, form]) => (form === null || form === undefined ? [] : [[field, keep(form, store)]])),
      );
    },
  };
}

/** Which events match, and by what. `inDoubt`: whether they do where nobody can know. */
export function eventMatch(events: readonly string[], condition: Condition | null, inDoubt = false): EventMatch {
  return {
    events,
    where: condition === null ? null : compilePredicate(condition, inDoubt),
    namesMachine: condition !== null && namesPath(condition, "event.data.machine"),
  };
}

function keep({ source, kind }: Text, store: TemplateStore): string {
  const id = `${kind}:${digestOf(source).slice(0, 32)}`;
  if (store.templates.has(id)) return id;
  const compiled = compileTemplate(source, kind, store.requiredFields);
  if (!compiled.ok) throw new Error("a text that passed its check does not compile");
  store.templates.set(id, { template: compiled.template, source });
  return id;
}

export function compileCap(cap: CapFile): Cap {
  const { within } = cap;
  return {
    max: cap.max,
    per: cap.per,
    channel: cap.channel ?? null,
    class: cap.class ?? null,
    within:
      typeof within === "string"
        ? { kind: "rolling", length: duration(within) }
        : { kind: "calendar", unit: within.calendar, zone: within.zone ?? "contact" },
    onExceed: cap.on_exceed ?? "drop",
  };
}

const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export function compileWindow({ days, from, to, zone }: WindowFile): Window {
  return { days: days ?? everyDay, from: minuteOf(from), to: minuteOf(to), zone: zone ?? "contact" };
}

export function durationRange(value: DurationOrRange): DurationRange {
  if (typeof value === "string") return { min: duration(value), max: duration(value) };
  const [min = "", max = ""] = value.between;
  return { min: duration(min), max: duration(max) };
}

export function duration(text: string): Duration {
  const parsed = parseDuration(text);
  if (parsed === null) throw new Error("a duration that passed validation does not parse");
  return parsed;
}

/** `09:15` as minutes since midnight. */
export function minuteOf(time: string): number {
  const [hours = "0", minutes = "0"] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** `12.5%` as a part of one. */
export function shareOf(share: string): number {
  return Number(share.slice(0, -1)) / 100;
}

/** `0.0083 USD`, exactly: its digits are read, not its value. */
export function moneyOf(text: string): Money {
  const [amount = "0", currency = ""] = text.split(" ");
  const [whole = "0", part = ""] = amount.split(".");
  return { micros: Number(whole) * 1_000_000 + Number(part.padEnd(6, "0")), currency };
}
