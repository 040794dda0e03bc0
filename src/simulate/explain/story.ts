import type { LedgerRecord } from "../../core/model/decision.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";
import { reachesContact, type Workspace } from "../../core/model/rulebook.ts";
import type { ContactZones } from "../../core/zones.ts";

/** A line of the account, and in whose document it was written: the contact's, or that of one of its addresses. */
export interface StoryLine {
  readonly key: string;
  readonly record: LedgerRecord;
}

/** A rule that listens to an event's type and let it pass. */
export interface Missed {
  readonly rule: string;
  readonly event: string;
  readonly what: "start" | "stop";
  /** What kept it from starting, or from stopping: `event.data.amount is 5 (`gte 10` fails)`. */
  readonly because: string;
}

/** The source is unknown where only the rules could tell it, and they cannot be read. */
export type ToldZones = Omit<ContactZones, "source"> & { readonly source: ContactZones["source"] | "unknown" };

/** All that is known of one contact, of a test case or of the live store: the same for both, so that they read the same. */
export interface Story {
  readonly key: string;
  /** The documents that tell of it: its own, those of its addresses, and those of whom it has taken in. */
  readonly keys: readonly string[];
  /** The document that was asked for, when it is another: of a contact that was merged, or of an address. */
  readonly asked: string | null;
  /** What people call the contact. */
  readonly name: string;
  readonly zones: ToldZones;
  /** In the order in which it happened. */
  readonly lines: readonly StoryLine[];
  readonly missed: readonly Missed[];
  /** What stands at the end of it: enrollments that wait, and for what. By rule. */
  readonly standing: readonly Standing[];
  /** The channels that reach the workspace's own people rather than the contact. */
  readonly teamChannels: ReadonlySet<string>;
  /** When the contact was erased, and its account with it (epoch milliseconds); null when it was not. */
  readonly erased: number | null;
  /** Says of events that no rule listens to what rules listen to; null when there are none. */
  readonly unheard: string | null;
  /** The types of events that start each rule; empty where the rules cannot be read. */
  readonly starts: ReadonlyMap<string, readonly string[]>;
  /** What cannot be known, and what to look at: for people. */
  readonly notes: readonly string[];
}

export interface Standing {
  readonly rule: string;
  readonly enrollment: string;
  /** `waits until Sat 7 Mar 14:15`. */
  readonly text: string;
}

/** What is asked for. All of what is given must fit. */
export interface StoryFilter {
  readonly rule: string | null;
  readonly event: string | null;
  /** An intent's id. */
  readonly message: string | null;
}

export const everything: StoryFilter = { rule: null, event: null, message: null };

/** The channels through which the contact gets nothing. */
export function teamChannelsOf({ channels }: Pick<Workspace, "channels">): ReadonlySet<string> {
  return new Set([...channels.values()].flatMap(({ name, kind }) => (reachesContact(kind) ? [] : [name])));
}

/** The event that a line names: its own, or the one that ended an enrollment or that it waited for. */
function causeIn({ event, detail = {} }: LedgerRecord): string | null {
  const heard = detail["heard"];
  const cause = event ?? (isObject(heard) ? heard["event"] : detail["event"]);
  return typeof cause === "string" ? cause : null;
}

/** The part of a story that is asked for, with what belongs to it: a message's enrollment, an enrollment's trigger. */
export function partOf(story: Story, { rule, event, message }: StoryFilter): Story {
  const records = story.lines.map((line) => line.record);
  let enrollments = new Set(records.flatMap(({ enrollment }) => enrollment ?? []));
  const keep = (fits: (record: LedgerRecord) => boolean): void => {
    const fitting = new Set(records.filter(fits).flatMap(({ enrollment }) => enrollment ?? []));
    enrollments = new Set([...enrollments].filter((id) => fitting.has(id)));
  };
  if (rule !== null) keep((record) => record.rule === rule);
  // What an event started, and what it ended, moved or made reach its goal.
  if (event !== null) keep((record) => causeIn(record) === event);
  if (message !== null) keep((record) => record.intent === message);
  const refused = (record: LedgerRecord): boolean =>
    message === null &&
    record.kind === "not_enrolled" &&
    fitsRule(record) &&
    (event === null || record.event === event);
  const fitsRule = (record: LedgerRecord): boolean => rule === null || record.rule === rule;
  const missed = story.missed.filter(
    (one) => message === null && (rule === null || one.rule === rule) && (event === null || one.event === event),
  );
  const events = new Set([
    ...records
      .filter((record) => refused(record) || (record.kind === "enrolled" && enrollments.has(record.enrollment ?? "")))
      .flatMap((record) => record.event ?? []),
    ...records.flatMap((record) => {
      // What stopped it, or what it heard.
      return enrollments.has(record.enrollment ?? "") ? (causeIn(record) ?? []) : [];
    }),
    ...missed.map((one) => one.event),
    ...(event === null ? [] : [event]),
  ]);
  const whole = rule === null && event === null && message === null;
  return {
    ...story,
    lines: story.lines.filter(({ record }) => {
      if (whole || refused(record)) return true;
      if (message !== null && record.intent !== undefined && record.intent !== message) return false;
      if (record.enrollment !== undefined) return enrollments.has(record.enrollment);
      return record.kind === "event" && events.has(record.event ?? "");
    }),
    missed,
    // Where rules did something, events that none listens to are no news.
    unheard: event === null && enrollments.size > 0 ? null : story.unheard,
    standing: story.standing.filter(({ enrollment }) => whole || enrollments.has(enrollment)),
  };
}

/** The documents whose knowledge a contact has taken in: addresses, and contacts that were merged into it. */
export function absorbedIn(records: readonly LedgerRecord[]): readonly string[] {
  const keys = records.flatMap(({ kind, detail }) => (kind === "identity" ? (detail?.["absorbed"] ?? []) : []));
  return [...new Set(keys.filter((key) => typeof key === "string"))];
}

/** The event of a line of the account, as far as the account keeps it; null when it keeps too little. */
export function eventOfLine({ key, record }: StoryLine): CanonicalEvent | null {
  const { detail = {}, event } = record;
  const { type, provider, occurred_at: occurredAt, data, message_id: message, channel } = detail;
  if (record.kind !== "event" || event === undefined || typeof type !== "string") return null;
  if (typeof occurredAt !== "string" || typeof provider !== "string") return null;
  return {
    schema_version: 1,
    event_id: event,
    event_type: type,
    occurred_at: occurredAt,
    received_at: new Date(record.at).toISOString(),
    provider,
    ...(key.startsWith("id:") && { contact_id: key.slice("id:".length) }),
    ...(typeof message === "string" && { message_id: message }),
    ...(typeof channel === "string" && { channel }),
    data: isObject(data) ? data : {},
  };
}

function isObject(value: unknown): value is CanonicalEvent["data"] {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without what the account says of a message before there was a word about it, once there is one. */
export function withoutPassed<T extends { readonly record: LedgerRecord }>(lines: readonly T[]): readonly T[] {
  const last = new Map<string, T>();
  for (const line of lines) if (line.record.intent !== undefined) last.set(line.record.intent, line);
  return lines.filter((line) => line.record.kind !== "intent" || last.get(line.record.intent ?? "") === line);
}
