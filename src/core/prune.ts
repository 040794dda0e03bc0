import { youngConversation } from "./conversing.ts";
import type { Contact, Intent } from "./model/contact.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { Cap, Rulebook } from "./model/rulebook.ts";
import { change, type Run } from "./run.ts";
import { nominalMs } from "./time/duration.ts";
import { happenedAt } from "./time/event-time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * What a document remembers, and how long (ids of events: `model/seen.ts`). The
 * counts keep a contact with far too many events from growing without bound.
 */
const KEEP = {
  recent: { ageMs: 24 * HOUR_MS, most: 10 },
  taken: { ageMs: 92 * DAY_MS, most: 500 },
  messages: { ageMs: 30 * DAY_MS, most: 100 },
  settledIntents: { ageMs: 30 * DAY_MS, most: 50 },
  /** News of a conversion may be a day late. */
  goals: { ageMs: DAY_MS, most: 20 },
  /** A trigger may be a day late, and would then have come during the cooldown. */
  cooldowns: { ageMs: DAY_MS, most: 200 },
  holds: 50,
} as const;

interface Span {
  readonly ageMs: number;
  readonly most: number;
}

/** What is pruned, by its names in the document. */
const PRUNED = [
  "recent",
  "taken",
  "messages",
  "intents",
  "history",
  "goals",
  "cooldowns",
  "holds",
  "conversation",
] as const;

export function prune(run: Run): void {
  const { contact, now } = run;
  const kept: Pick<Contact, (typeof PRUNED)[number]> = {
    recent: pruneRecent(contact.recent, now),
    taken: pruneTaken(run),
    messages: pruneRecord(contact.messages, KEEP.messages, now, ({ times }) => Math.max(...Object.values(times))),
    intents: pruneRecord(contact.intents, KEEP.settledIntents, now, (intent) =>
      isSettled(intent, contact) ? intent.changedAt : Number.POSITIVE_INFINITY,
    ),
    history: pruneHistory(run),
    goals: pruneRecord(contact.goals, KEEP.goals, now, ({ until }) => until),
    cooldowns: pruneRecord(contact.cooldowns, KEEP.cooldowns, now, (until) => until),
    holds: pruneHolds(contact.holds, now),
    conversation: youngConversation(contact.conversation, now),
  };
  if (PRUNED.some((name) => kept[name] !== contact[name])) change(run, kept);
}

/** Times that no deployed condition asks for go, and of the others those that are too old for it. */
function pruneHistory({ contact, rulebook, now }: Run): Contact["history"] {
  if (isEmpty(contact.history)) return contact.history;
  const kept = Object.entries(contact.history).flatMap(([key, times]) => {
    const question = rulebook.history.get(key);
    if (question === undefined) return [];
    const since = now - nominalMs(question.within) - DAY_MS;
    const young = times.filter((at) => at > since).slice(-question.atLeast);
    return young.length === 0 ? [] : [[key, young.length === times.length ? times : young] as const];
  });
  const same =
    kept.length === Object.keys(contact.history).length && kept.every(([key, times]) => contact.history[key] === times);
  return same ? contact.history : Object.fromEntries(kept);
}

function pruneHolds(holds: Contact["holds"], now: number): Contact["holds"] {
  if (holds.length === 0) return holds;
  const kept = holds.filter(({ until }) => until > now).slice(-KEEP.holds);
  return kept.length === holds.length ? holds : kept;
}

/** A message that still has something to become, or that an enrollment waits for, is never forgotten. */
function isSettled(intent: Intent, contact: Contact): boolean {
  const live = contact.enrollments[intent.enrollment];
  if (live?.state.kind === "sending" && live.state.intent === intent.id) return false;
  const { state } = intent;
  if (state.kind === "unknown") return state.askAt === null;
  return state.kind !== "queued" && state.kind !== "deferred" && state.kind !== "calling";
}

/** Places that a deployed cap may still count, and a quarter of a year of others, for caps that come. */
function pruneTaken({ contact, rulebook, now }: Run): Contact["taken"] {
  if (contact.taken.length === 0) return contact.taken;
  const { ageMs, most } = capHorizon(rulebook);
  const kept = contact.taken.filter((place) => place.at > now - ageMs).slice(-most);
  return kept.length === contact.taken.length ? contact.taken : kept;
}

const horizons = new WeakMap<Rulebook, Span>();

/** How far back, and how many places, the caps of this rulebook look; worked out once for each. */
function capHorizon(rulebook: Rulebook): Span {
  const known = horizons.get(rulebook);
  if (known !== undefined) return known;
  const caps = [...rulebook.workspace.caps, ...[...rulebook.rules.values()].flatMap((rule) => rule.caps)];
  const horizon = {
    // A calendar day may have 25 hours.
    ageMs: Math.max(KEEP.taken.ageMs, ...caps.map(({ within }) => reachMs(within) + DAY_MS)),
    most: Math.max(KEEP.taken.most, ...caps.map(({ max }) => max)),
  };
  horizons.set(rulebook, horizon);
  return horizon;
}

const CALENDAR_DAYS = { day: 1, week: 7, month: 31 } as const;

function reachMs(within: Cap["within"]): number {
  return within.kind === "rolling" ? nominalMs(within.length) : CALENDAR_DAYS[within.unit] * DAY_MS;
}

/** A trigger older than its `max_age` (a day unless the rule says more) starts nothing, so nothing older can stop it either. */
function pruneRecent(recent: readonly CanonicalEvent[], now: number): readonly CanonicalEvent[] {
  if (recent.length === 0) return recent;
  const young = recent.filter((event) => happenedAt(event, now) > now - KEEP.recent.ageMs);
  if (young.length <= KEEP.recent.most) return young;
  // Each type for itself, machines apart: twenty scanners must not push out the one person who clicked.
  const counts = new Map<string, number>();
  return young
    .toReversed()
    .filter((event) => {
      const group = `${event.event_type}${event.data["machine"] === true ? "!" : ""}`;
      const count = (counts.get(group) ?? 0) + 1;
      counts.set(group, count);
      return count <= KEEP.recent.most;
    })
    .toReversed();
}

/**
 * Drops entries that are too old, then the oldest beyond the count. Those of no time, which are never forgotten, do not
 * count: however many messages wait, none goes. The same object when nothing goes.
 */
function pruneRecord<T>(
  entries: Readonly<Record<string, T>>,
  { ageMs, most }: Span,
  now: number,
  at: (value: T) => number,
): Readonly<Record<string, T>> {
  if (isEmpty(entries)) return entries;
  const all = Object.entries(entries);
  const young = all.filter(([, value]) => at(value) > now - ageMs);
  if (young.length <= most) return young.length === all.length ? entries : Object.fromEntries(young);
  const dated = young.filter(([, value]) => Number.isFinite(at(value)));
  const gone = new Set(dated.toSorted(([, a], [, b]) => at(b) - at(a)).slice(most));
  const kept = young.filter((entry) => !gone.has(entry));
  return kept.length === all.length ? entries : Object.fromEntries(kept);
}

/** Most of what a document may remember, most documents do not have. */
function isEmpty(entries: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(entries).length === 0;
}
