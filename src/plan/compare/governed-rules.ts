import { testsOf } from "../../conditions/condition.ts";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { countsNothing } from "../../rulebook/caps-and-sends.ts";
import { eventPlacesOf } from "../../rulebook/event-places.ts";
import { jsonAt } from "../../rulebook/json-at.ts";
import type { ParsedRule, ParsedWorkspace } from "../../rulebook/parsed-workspace.ts";
import type { Path } from "../../rulebook/problem.ts";
import type { SendStep } from "../../rulebook/rule-file.generated.ts";
import { stepsOf } from "../../rulebook/steps.ts";
import type { WorkspaceFile } from "../../rulebook/workspace-file.generated.ts";
import { ofList } from "./meaning.ts";

/** Whether what stands at a place of heed.yaml governs a rule: it says something about this rule's own messages. */
export function governs(path: Path, rule: ParsedRule, parsed: ParsedWorkspace): boolean {
  if (parsed.workspace === null) return false;
  const { file, document } = parsed.workspace;
  const [section = "", name = ""] = path.map(String);
  switch (section) {
    case "channels":
      // What is transactional passes in quiet hours.
      return channelsOf(rule).has(name) && (path[2] !== "quiet_hours" || rule.file.class === "marketing");
    case "providers":
      return sendsThrough(rule, name, file);
    case "consent":
      return rule.file.class === "marketing" && kindsOf(rule, file).has(name);
    case "caps": {
      const cap = entryAt(file.caps, path);
      return cap !== undefined && countsNothing(cap, rule.file, file.channels) === null;
    }
    case "budgets": {
      const budget = entryAt(file.budgets, path);
      return budget !== undefined && channelsOf(rule).has(budget.channel);
    }
    case "contacts":
      return reads(rule, `contact.${path[2] ?? ""}`, parsed);
    case "lookups":
      return reads(rule, `lookup.${name}`, parsed);
    case "events":
      return eventsOf(rule).has(name);
    case "sources":
      return hearsSource(rule, jsonAt(document.data, ["sources", name, "events"]));
    case "limits":
      return name === "sms_segments" ? kindsOf(rule, file).has("sms") : name !== "race_window";
    case "opt_out":
      return name !== "confirm" && (name !== "unsubscribe" || isMarketingMail(rule, file));
    // Whom your own people hear from, and how long is kept what was: no message hinges on them.
    case "alerts":
    case "plugins":
    case "retention":
      return false;
    default:
      return true;
  }
}

/** The entry of a list that a path leads into, or nothing. */
function entryAt<T>(list: readonly T[] | undefined, [, index]: Path): T | undefined {
  return typeof index === "number" ? list?.[index] : undefined;
}

function sendsOf({ file }: ParsedRule): readonly SendStep[] {
  return stepsOf(file).flatMap(({ step }) => ("send" in step ? [step] : []));
}

/** The channels that a rule may send through. */
export function channelsOf(rule: ParsedRule): ReadonlySet<string> {
  return new Set(sendsOf(rule).flatMap(({ send }) => send));
}

function kindsOf(rule: ParsedRule, { channels }: WorkspaceFile): ReadonlySet<string> {
  return new Set([...channelsOf(rule)].map((name) => channels[name]?.kind ?? ""));
}

function isMarketingMail(rule: ParsedRule, file: WorkspaceFile): boolean {
  return rule.file.class === "marketing" && kindsOf(rule, file).has("email");
}

function sendsThrough(rule: ParsedRule, provider: string, { channels }: WorkspaceFile): boolean {
  return sendsOf(rule).some(
    (step) =>
      (step.provider ?? null) === provider || [step.send].flat().some((name) => channels[name]?.provider === provider),
  );
}

/** The shared texts that a rule sends, by name. */
export function templatesOf(rule: ParsedRule): ReadonlySet<string> {
  return new Set(sendsOf(rule).flatMap(({ template }) => template ?? []));
}

/** Whether a condition or a text of a rule names a path, or one below it. */
function reads(rule: ParsedRule, path: string, parsed: ParsedWorkspace): boolean {
  return namesRead(rule, parsed).some((read) => read === path || read.startsWith(`${path}.`));
}

/** The contact's attributes that a rule hinges on or speaks of: `contact.plan`. */
export function attributesRead(rule: ParsedRule, parsed: ParsedWorkspace): readonly string[] {
  const fields = namesRead(rule, parsed).flatMap((name) => /^contact\.[^.]+/.exec(name) ?? []);
  return [...new Set(fields)];
}

/** Every path that its conditions and texts name. */
function namesRead(rule: ParsedRule, { templates }: ParsedWorkspace): readonly string[] {
  const shared = [...templatesOf(rule)].flatMap((name) => {
    const { text = null, html = null } = templates.get(name) ?? {};
    return [text, html].filter((each) => each !== null);
  });
  return [
    ...rule.conditions.flatMap(({ condition }) => testsOf(condition).map(({ path }) => path.join("."))),
    ...[...rule.texts, ...shared].flatMap(({ source }) => namesIn(source)),
  ];
}

/** What a text names in Liquid; a word that only looks so does no harm. */
function namesIn(source: string): readonly string[] {
  return (source.match(/\{[{%][^}]*\}/g) ?? []).flatMap((output) => output.match(/[\w-]+(?:\.[\w-]+)+/g) ?? []);
}

function eventsOf(rule: ParsedRule): ReadonlySet<string> {
  return new Set(eventPlacesOf(rule).flatMap(({ types }) => types));
}

/** Whether a rule hears of an event that a source may become. Without names, that may be any. */
function hearsSource(rule: ParsedRule, mapping: Json | undefined): boolean {
  const entries = isJsonObject(mapping) ? [mapping] : [];
  const names = entries.flatMap(({ names: words }) => (isJsonObject(words) ? Object.values(words) : []));
  const types = [...names, ...entries.flatMap(({ event = null }) => ofList(event))];
  const named = types.filter((type) => typeof type === "string");
  return named.length === 0 || named.some((type) => eventsOf(rule).has(type));
}
