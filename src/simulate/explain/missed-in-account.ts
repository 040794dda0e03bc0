import { matches } from "../../core/matching.ts";
import type { Contact } from "../../core/model/contact.ts";
import type { LedgerRecord } from "../../core/model/decision.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Rulebook, StopOn } from "../../core/model/rulebook.ts";
import type { NearMiss } from "../happening.ts";
import { missedStop, nearMisses, type WatchedEvents } from "../near-misses.ts";
import { describeCause } from "./describe-cause.ts";
import { eventOfLine, type Missed, type StoryLine } from "./story.ts";
import { textOf } from "./text-of.ts";

/** What is known of a contact now. */
export interface Known {
  readonly contact: Contact;
  readonly lines: readonly StoryLine[];
  readonly runs: readonly RunInAccount[];
  readonly rulebook: Rulebook;
  readonly zone: string;
}

/** The rules that an event of their type did not start. */
export async function missedStarts(
  line: StoryLine,
  all: readonly WatchedEvents[],
  known: Known,
): Promise<readonly Missed[]> {
  const event = eventOfLine(line);
  if (event === null) return [];
  const watched = all.filter(({ what }) => what === "trigger");
  const { lines, rulebook, zone } = known;
  const contact = asOf(known.contact, rulebook, line.record.at);
  const heard = lines.map(({ record }) => record).filter((record) => isAnswer(record, event.event_id));
  const after = { contact, records: heard };
  const misses = nearMisses(watched, { before: contact, after, event, rulebook, now: line.record.at });
  const told = misses.map(async ({ rule, cause }): Promise<Missed> => {
    const text = await describeCause(cause, zone);
    const matches = rulebook.triggered(event, factsIn(cause)).some(({ id }) => id === rule);
    const since = matches ? ", so that it would start now: the rule or the contact was another then" : "";
    return { rule, event: event.event_id, what: "start", because: `${text}${since}` };
  });
  const explained = new Set([...misses.map(({ rule }) => rule), ...heard.flatMap(({ rule }) => rule ?? [])]);
  const silent = watched
    .filter(({ rule, events }) => events.includes(event.event_type) && !explained.has(rule))
    .map(({ rule }): Missed => {
      const enabled = rulebook.rules.get(rule)?.enabled === true;
      const because = enabled
        ? "it would start on every such event, so it was deployed later"
        : "the rule is switched off";
      return { rule, event: event.event_id, what: "start", because };
    });
  return [...(await Promise.all(told)), ...silent];
}

/** The runs of rules that an event of the types in their `stop_on` did not stop. */
export async function missedStops(
  line: StoryLine,
  watched: readonly WatchedEvents[],
  { contact, runs, rulebook, zone }: Known,
): Promise<readonly Missed[]> {
  const event = eventOfLine(line);
  if (event === null) return [];
  const then = asOf(contact, rulebook, line.record.at);
  const decided = { before: then, after: { contact: then, records: [] }, event, rulebook, now: line.record.at };
  const missed: Missed[] = [];
  for (const watch of watched) {
    const { rule, what, events } = watch;
    if (what === "trigger" || !events.includes(event.event_type)) continue;
    for (const { trigger } of runs.filter(
      (run) => run.rule === rule && outlived(run, line.record.at, event.event_id),
    )) {
      const cause = missedStop(watch, what, decided, trigger);
      if (cause === null || tellsNothing(cause, rulebook.rules.get(rule)?.stopOn[what], event)) continue;
      missed.push({ rule, event: event.event_id, what: "stop", because: await describeCause(cause, zone) });
    }
  }
  return missed;
}

/** What an event's line keeps of it; whether anything else was the same, it cannot say. */
const KEPT: ReadonlySet<string> = new Set(["data", "message_id", "channel"]);

/** Whether it tells nothing: rules that would stop now do not say why those of then did not. */
function tellsNothing(cause: NearMiss["cause"], stop: StopOn | undefined, event: CanonicalEvent): boolean {
  if (cause.kind === "same") return !KEPT.has(cause.path.split(".", 1)[0] ?? "");
  return cause.kind === "where" && stop !== undefined && matches(stop.match, event, cause.facts);
}

/** A run of a rule, as far as the account tells. */
export interface RunInAccount {
  readonly rule: string;
  readonly trigger: CanonicalEvent;
  readonly from: number;
  /** Epoch milliseconds; infinite while it goes on. */
  readonly to: number;
  /** The event that ended it, if one did. */
  readonly endedBy: string | null;
}

export function runsIn(lines: readonly StoryLine[]): readonly RunInAccount[] {
  const triggers = new Map(
    lines.flatMap((line) => (line.record.kind === "event" ? [[line.record.event, line] as const] : [])),
  );
  const ends = new Map(
    lines.flatMap(({ record }) => (record.kind === "ended" ? [[record.enrollment, record] as const] : [])),
  );
  return lines.flatMap(({ record: { kind, rule, enrollment, event, at } }) => {
    const line = kind === "enrolled" ? triggers.get(event) : undefined;
    const trigger = line === undefined ? null : eventOfLine(line);
    if (rule === undefined || trigger === null) return [];
    const end = ends.get(enrollment);
    return { rule, trigger, from: at, to: end?.at ?? Infinity, endedBy: textOf(end?.detail?.["event"]) || null };
  });
}

/** Whether a run went on when this event was taken in, and after it. */
function outlived({ from, to, endedBy, trigger }: RunInAccount, at: number, event: string): boolean {
  return from <= at && at <= to && endedBy !== event && trigger.event_id !== event;
}

/**
 * The contact without what it did and was sent later, as far as that is known: where the newest times alone are kept,
 * earlier ones may have made room for those that came later.
 */
function asOf(contact: Contact, { history }: Rulebook, at: number): Contact {
  const then = Object.entries(contact.history).map(([key, times]) => {
    const isWhole = times.length < (history.get(key)?.atLeast ?? 0);
    return [key, isWhole ? times.filter((time) => time <= at) : times] as const;
  });
  return { ...contact, history: Object.fromEntries(then), taken: contact.taken.filter((place) => place.at <= at) };
}

function factsIn(cause: Parameters<typeof describeCause>[0]): Parameters<Rulebook["triggered"]>[1] {
  return cause.kind === "where" ? cause.facts : {};
}

function isAnswer({ kind, event }: LedgerRecord, id: string): boolean {
  return (kind === "enrolled" || kind === "not_enrolled") && event === id;
}
