import { inRule } from "../conditions/condition.ts";
import { lowerCondition } from "../conditions/lower.ts";
import { factsOfEvent } from "../core/facts-of.ts";
import { sameThing } from "../core/matching.ts";
import type { Contact, Enrollment } from "../core/model/contact.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { ConditionTree } from "../core/model/facts.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import { conditionAt, type ParsedRule } from "../rulebook/parsed-workspace.ts";
import type { NearMiss } from "./happening.ts";

/** Events that may start a rule, or stop it, and the condition over them in a form that can be explained. */
export interface WatchedEvents {
  readonly rule: string;
  readonly what: "trigger" | number;
  readonly events: readonly string[];
  readonly where: ConditionTree | null;
}

/** What the triggers and stops of rules look at. */
export function watchedEvents(rules: readonly ParsedRule[]): readonly WatchedEvents[] {
  return rules.flatMap((rule) => {
    const { rule: id, trigger, stop_on: stops = [] } = rule.file;
    const tree = (...path: readonly (string | number)[]): ConditionTree | null => {
      const where = conditionAt(rule, path);
      return where === null ? null : lowerCondition(inRule(where, id));
    };
    return [
      { rule: id, what: "trigger" as const, events: [trigger.event].flat(), where: tree("trigger", "where") },
      ...stops.map(({ event }, index) => {
        return { rule: id, what: index, events: [event].flat(), where: tree("stop_on", index, "where") };
      }),
    ];
  });
}

/** The types of events that start each rule. */
export function startsOf(watched: readonly WatchedEvents[]): ReadonlyMap<string, readonly string[]> {
  return new Map(watched.flatMap(({ rule, what, events }) => (what === "trigger" ? [[rule, events] as const] : [])));
}

interface Decided {
  readonly before: Contact;
  readonly after: { readonly contact: Contact; readonly records: readonly LedgerRecord[] };
  readonly event: CanonicalEvent;
  readonly rulebook: Rulebook;
  readonly now: number;
}

/** The rules that an event of their type left alone, and why. */
export function nearMisses(watched: readonly WatchedEvents[], decided: Decided): readonly NearMiss[] {
  const { after, event } = decided;
  // An event that an address hands on is judged where it arrives.
  if (after.contact.pointsTo.length > 0) return [];
  return watched
    .filter(({ events }) => events.includes(event.event_type))
    .flatMap((one) => (one.what === "trigger" ? missedStart(one, decided) : missedStops(one, one.what, decided)));
}

function missedStart(watched: WatchedEvents, decided: Decided): readonly NearMiss[] {
  const { after, event } = decided;
  const heard = after.records.some(
    ({ kind, rule }) => rule === watched.rule && (kind === "enrolled" || kind === "not_enrolled"),
  );
  if (heard) return [];
  const cause = causeOf(watched, decided, event);
  return cause === null ? [] : [{ rule: watched.rule, event, what: "trigger", cause }];
}

function missedStops(watched: WatchedEvents, index: number, decided: Decided): readonly NearMiss[] {
  const { before, after, event } = decided;
  const live = Object.values(before.enrollments).filter(
    ({ id, rule }) => rule === watched.rule && after.contact.enrollments[id] !== undefined,
  );
  return live.flatMap(({ trigger }: Enrollment): readonly NearMiss[] => {
    const cause = missedStop(watched, index, decided, trigger);
    return cause === null ? [] : [{ rule: watched.rule, event, what: index, cause }];
  });
}

/** Why an event did not stop a run that began with `trigger`, by its rule's `stop_on` of that place; null when nothing tells. */
export function missedStop(
  watched: WatchedEvents,
  index: number,
  decided: Decided,
  trigger: CanonicalEvent,
): NearMiss["cause"] | null {
  const stop = decided.rulebook.rules.get(watched.rule)?.stopOn[index];
  if (stop === undefined || sameThing(stop, trigger, decided.event)) return causeOf(watched, decided, trigger);
  return { kind: "same", path: stop.same?.join(".") ?? "" };
}

function causeOf(
  { where, rule, what }: WatchedEvents,
  { after, event, rulebook, now }: Decided,
  trigger: CanonicalEvent,
): NearMiss["cause"] | null {
  const compiled = rulebook.rules.get(rule);
  const match = what === "trigger" ? compiled?.trigger.match : compiled?.stopOn[what]?.match;
  if (event.data["machine"] === true && match?.namesMachine !== true) return { kind: "machine" };
  if (where === null) return null;
  return { kind: "where", tree: where, facts: factsOfEvent(after.contact, rulebook.workspace, event, trigger, now) };
}
