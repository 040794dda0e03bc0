import { type Contact, isSuppressed, suppressionKey } from "../core/model/contact.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import type { Reason } from "../core/model/reason.ts";
import { addressKindOf, reachesContact, type Rulebook } from "../core/model/rulebook.ts";
import { formatInstant, parseInstant } from "../core/time/instant.ts";
import { zoneOf } from "../core/zones.ts";
import type { RecordedEvent } from "../plan/recorded.ts";
import type { Fiction } from "./test-new-fiction.ts";

/** What happened to somebody, as a store knows it. */
export interface Incident {
  /** As it is now. */
  readonly contact: Contact;
  /** In the order in which they came in. */
  readonly events: readonly RecordedEvent[];
  /** Of the rules that the case is about, in the order in which they were written. */
  readonly lines: readonly LedgerRecord[];
  readonly rules: ReadonlySet<string>;
  /** Until when it is told, epoch milliseconds. */
  readonly until: number;
}

export interface MadeCase {
  readonly start: string;
  readonly horizon: string;
  readonly contacts: JsonObject;
  readonly given: readonly JsonObject[];
  readonly arms: JsonObject | null;
  readonly providers: JsonObject | null;
  readonly expect: "none" | readonly JsonObject[];
  readonly because: readonly JsonObject[];
  /** What the case leaves out, in sentences. */
  readonly notes: readonly string[];
}

/** The one whom the case is about. */
const HERO = "person-1";
/** In production a message is later than on a virtual clock, by up to so much: it waits for its turn and for the network. */
const LATE_S = 60;

/** A case in which the same happens to somebody who does not exist. At least one event. */
export function caseOf(incident: Incident, rulebook: Rulebook, fiction: Fiction): MadeCase {
  const { contact, events, until } = incident;
  const start = startOf(events);
  const notes: string[] = [];
  const lines = withBeginning(incident, notes);
  const sent = lines.filter(({ kind, reason }) => kind === "message" && reason === "sent");
  const channels = new Map(sent.map(({ intent, detail }) => [intent ?? "", textOf(detail?.["channel"]) ?? ""]));
  return {
    start: formatInstant(start),
    horizon: horizonOf(until - start),
    contacts: { [HERO]: personOf(contact, start, rulebook, fiction) },
    given: events.map((event) => givenOf(event, start, channels, fiction)),
    arms: armsOf(lines, rulebook),
    providers: providersOf(lines, rulebook),
    expect: sent.length === 0 ? "none" : sent.map((line) => expectationOf(line, start)),
    because: becauseOf(lines),
    notes,
  };
}

/** The first moment of the story, in whole seconds. */
function startOf(events: readonly RecordedEvent[]): number {
  const first = Math.min(...events.map(({ at, event }) => Math.min(at, parseInstant(event.occurred_at) ?? at)));
  return Math.floor(first / 1_000) * 1_000;
}

/** What runs did that began in the story; those of before have no beginning in the case. */
function withBeginning({ lines }: Incident, notes: string[]): readonly LedgerRecord[] {
  const begun = new Set(lines.flatMap(({ kind, enrollment }) => (kind === "enrolled" ? (enrollment ?? []) : [])));
  const known = lines.filter(({ enrollment }) => enrollment === undefined || begun.has(enrollment));
  const older = new Set(
    lines.flatMap(({ enrollment, rule }) => (enrollment === undefined || begun.has(enrollment) ? [] : (rule ?? []))),
  );
  if (older.size > 0)
    notes.push(
      `left out what runs did that began before: of ${[...older].toSorted().join(", ")}; an earlier --between takes them in`,
    );
  return known;
}

function personOf(contact: Contact, start: number, rulebook: Rulebook, fiction: Fiction): JsonObject {
  const { workspace } = rulebook;
  const before = Object.entries(contact.addresses).filter(([, { at }]) => at < start);
  const addresses = Object.fromEntries(
    before.map(([kind, { address }]) => [kind, otherAddress(kind, address, fiction)]),
  );
  const attributes = Object.entries(contact.attributes).filter(
    ([name, value]) => name !== "time_zone" && isAttribute(value) && (contact.attributeTimes[name] ?? 0) < start,
  );
  const channels = [...workspace.channels.values()].flatMap(({ name, kind }) =>
    reachesContact(kind) ? [{ name, kind }] : [],
  );
  const consents = channels.flatMap(({ name, kind }) => {
    let said = contact.consent[kind] ?? null;
    while (said !== null && said.at >= start) said = said.before;
    return said === null ? [] : [[name, said.state] as const];
  });
  const silent = channels.filter(({ kind }) => {
    const address = contact.addresses[addressKindOf(kind)];
    if (address === undefined || address.at >= start) return false;
    const key = suppressionKey(kind, address.address);
    return isSuppressed(contact, key) && (contact.suppressions[key]?.at ?? 0) < start;
  });
  return {
    id: HERO,
    ...addresses,
    time_zone: zoneOf(contact, workspace),
    ...(consents.length > 0 && { consent: Object.fromEntries(consents) }),
    ...(silent.length > 0 && { suppressed: silent.map(({ name }) => name) }),
    ...(contact.tags.length > 0 && { tags: contact.tags }),
    ...Object.fromEntries(attributes.map(([name, value]) => [name, fiction.value(name, value)])),
  };
}

/** What a test file may say of a contact. */
function isAttribute(value: Json): boolean {
  if (Array.isArray(value)) return value.every((each) => typeof each === "string");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function otherAddress(kind: string, address: string, fiction: Fiction): string {
  if (kind === "email") return fiction.email(address);
  return kind === "phone" ? fiction.phone(address) : fiction.push(address);
}

function givenOf(
  { at, event }: RecordedEvent,
  start: number,
  channels: ReadonlyMap<string, string>,
  fiction: Fiction,
): JsonObject {
  const happened = Math.min(parseInstant(event.occurred_at) ?? at, at);
  const [when, arrives] = [secondsSince(start, happened), secondsSince(start, at)];
  const message = event.message_id === undefined ? null : (channels.get(event.message_id) ?? null);
  const addresses = Object.entries(event.address ?? {}).map(([kind, text]): readonly [string, string] => [
    kind,
    otherAddress(kind, text, fiction),
  ]);
  const data = fiction.value("data", event.data);
  return {
    at: lengthOf(when),
    ...(arrives !== when && { arrives: lengthOf(arrives) }),
    contact: HERO,
    event: event.event_type,
    ...(event.provider !== "api" && { provider: event.provider }),
    ...(event.channel !== undefined && !event.event_type.startsWith(`${event.channel}.`) && { channel: event.channel }),
    ...messageOf(event, message, fiction),
    ...(event.conversation_id !== undefined && { conversation_id: fiction.id("conversation", event.conversation_id) }),
    ...(event.campaign_id !== undefined && { campaign_id: event.campaign_id }),
    ...(event.delivery_status !== undefined && { delivery_status: event.delivery_status }),
    ...(addresses.length > 0 && { address: Object.fromEntries(addresses) }),
    ...(Object.keys(event.data).length > 0 && { data }),
  };
}

/** Of a message that Heed sends in the case as well, the channel; of another, an id. */
function messageOf({ message_id: id }: CanonicalEvent, channel: string | null, fiction: Fiction): JsonObject {
  if (id === undefined) return {};
  return channel === null ? { message_id: fiction.id("message", id) } : { message: channel };
}

function expectationOf({ at, rule, detail }: LedgerRecord, start: number): JsonObject {
  const second = secondsSince(start, at);
  return {
    at: `${lengthOf(Math.max(0, second - LATE_S))}..${lengthOf(second + 1)}`,
    send: textOf(detail?.["channel"]) ?? "",
    contact: HERO,
    ...(rule !== undefined && { rule }),
  };
}

/** What does not follow from events and rules: somebody's deed, or what another system did. */
const FROM_OUTSIDE: ReadonlySet<Reason> = new Set([
  "sent",
  "completed",
  "event.duplicate",
  "trigger.no_match",
  "rollout",
  "holdout",
  "rule.changed",
  "rules.outdated",
  "cancelled",
  "budget.reached",
  "budget.held",
  "paused",
  "self_paused",
  "lookup.failed",
  "lookup.invalid",
  "provider.rejected",
  "provider.failed",
  "provider.unknown",
  "quarantined",
  "merged",
  "erased",
]);

/** Each reason of each rule once. */
function becauseOf(lines: readonly LedgerRecord[]): readonly JsonObject[] {
  const found = new Map<string, JsonObject>();
  for (const { rule, reason } of lines) {
    if (rule === undefined || reason === undefined || FROM_OUTSIDE.has(reason)) continue;
    found.set(`${rule} ${reason}`, { rule, reason, contact: HERO });
  }
  return [...found.values()];
}

/** Draws are by contact, and this one is another: what was drawn is said. */
function armsOf(lines: readonly LedgerRecord[], { rules }: Rulebook): JsonObject | null {
  const arms = new Map<string, string>();
  for (const { kind, rule: id, reason, detail } of lines) {
    const rule = id === undefined ? undefined : rules.get(id);
    if (rule === undefined || (rule.holdout <= 0 && rule.rollout >= 1)) continue;
    if (kind === "enrolled") arms.set(rule.id, textOf(detail?.["arm"]) ?? "treated");
    if (kind === "not_enrolled" && reason === "rollout") arms.set(rule.id, "outside");
  }
  return arms.size === 0 ? null : { [HERO]: Object.fromEntries(arms) };
}

/** What providers said, call by call; null when they took everything, as they do unless a case says otherwise. */
function providersOf(lines: readonly LedgerRecord[], { workspace }: Rulebook): JsonObject | null {
  const answers = new Map<string, Json[]>();
  let refused = false;
  for (const { kind, reason, detail } of lines) {
    const channel = textOf(detail?.["channel"]) ?? "";
    const answer = kind === "message" && reason !== undefined ? ANSWERS[reason] : undefined;
    if (answer === undefined || !workspace.channels.has(channel)) continue;
    refused ||= answer !== "ok";
    answers.set(channel, [...(answers.get(channel) ?? []), answer]);
  }
  return refused ? Object.fromEntries(answers) : null;
}

const ANSWERS: Readonly<Partial<Record<Reason, Json>>> = {
  sent: "ok",
  "provider.rejected": { status: 400 },
  "provider.failed": 503,
};

function secondsSince(start: number, moment: number): number {
  return Math.max(0, Math.floor((moment - start) / 1_000));
}

/** One number and one unit, up to the next full minute. */
function horizonOf(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** Days are those of a calendar, so that hours go on. */
function lengthOf(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3_600), "h"],
    [Math.floor((seconds % 3_600) / 60), "m"],
    [seconds % 60, "s"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return said.length === 0 ? "0s" : said.join(" ");
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
