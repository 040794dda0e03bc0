import { createHash } from "node:crypto";
import { normalizeEmail } from "../core/model/address.ts";
import { missingProof, takesBackOrEnds } from "../core/model/admission.ts";
import { type CanonicalEvent, unknownType } from "../core/model/event.ts";
import { identityKey } from "../core/model/identity.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { parseJson } from "../core/model/parse-json.ts";
import { decodeText, readId } from "./decode.ts";
import type { Quarantined } from "./provider.ts";

export { unknownType } from "../core/model/event.ts";

/** Reads a phone number as people write it: E.164, or null when it cannot be one. */
export type ReadPhone = (text: string) => string | null;

/** Ids of contacts, devices and events at sources that name no limit of their own (`schemas/event.schema.json`). */
export const maxIdLength = 100;
export const maxEventIdLength = 200;
const maxTypeLength = 200;
/** What is above this is milliseconds: as seconds it would be the year 5138. */
const earliestMilliseconds = 1e11;
/** The last moment that a Date can hold. */
const latestMilliseconds = 8.64e15;
const dateTime = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * When it happened, RFC 3339 in UTC. Never later than `now`, since a clock ahead of ours must not make an event outrank
 * all that follow. Null when it is no time.
 */
export function readMoment(value: Json | undefined, now: number): string | null {
  const ms = readMs(value);
  return ms === null ? null : new Date(Math.min(ms, now)).toISOString();
}

/**
 * Epoch milliseconds of a text like `2026-03-06T14:00:00Z` (without an offset it is read as UTC), or of epoch seconds or
 * milliseconds. Null when it is no time.
 */
export function readMs(value: Json | undefined): number | null {
  if (typeof value === "number") {
    const ms = Math.floor(value >= earliestMilliseconds ? value : value * 1_000);
    return ms > 0 && ms <= latestMilliseconds ? ms : null;
  }
  if (typeof value !== "string") return null;
  const text = value.trim();
  if (/^\d{1,14}$/.test(text)) return readMs(Number(text));
  const [, date, time, offset = "Z"] = dateTime.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const ms = Date.parse(`${date}T${time}${offset.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2")}`);
  return ms > 0 ? ms : null;
}

/** The name of an event: 1 to 200 characters, spaces around it taken off. */
export function readEventType(value: Json | undefined): string | null {
  return typeof value === "string" ? readId(value.trim(), maxTypeLength) : null;
}

/**
 * Whether a name is one of those by which Heed itself learns of consent, addresses and messages. What a visitor's browser
 * named so must not be taken for it.
 */
export function isHeedsOwn(type: string): boolean {
  return /^(?:email|sms|push|voice|contact|consent)\./.test(type);
}

/** The addresses that could be read, as a part of an event. What is no address is left out: other identities may be there. */
export function readAddresses(
  email: Json | undefined,
  phone: Json | undefined,
  readPhone: ReadPhone,
): Pick<CanonicalEvent, "address"> {
  const normalEmail = typeof email === "string" ? normalizeEmail(email) : null;
  const written = typeof phone === "number" ? String(phone) : phone;
  const normalPhone = typeof written === "string" ? readPhone(written) : null;
  if (normalEmail === null && normalPhone === null) return {};
  return {
    address: {
      ...(normalEmail === null ? {} : { email: normalEmail }),
      ...(normalPhone === null ? {} : { phone: normalPhone }),
    },
  };
}

/** What a system of your own says happened, in the parts that all of them have. */
export interface OwnEvent {
  readonly provider: string;
  readonly eventId: string;
  /** Its word for it; null when it has none. */
  readonly type: string | null;
  /** RFC 3339; null when it does not say. */
  readonly occurredAt: string | null;
  readonly contact: Json | undefined;
  readonly email: Json | undefined;
  readonly phone: Json | undefined;
  readonly data: JsonObject;
}

/**
 * The event of a system of your own, which is no vendor: what only a vendor's report or the API token may say becomes
 * `unknown`. Returns why there is none, as when it speaks of a consent without its proof.
 */
export function eventOfOwnSystem(said: OwnEvent, readPhone: ReadPhone, now: number): CanonicalEvent | string {
  const contact = readContact(said.contact);
  if (contact === null) return contactFault;
  const receivedAt = new Date(now).toISOString();
  const type = said.type ?? unknownType;
  const isOutside = takesBackOrEnds(type);
  const event: CanonicalEvent = {
    schema_version: 1,
    event_id: said.eventId,
    event_type: isOutside ? unknownType : type,
    occurred_at: said.occurredAt ?? receivedAt,
    received_at: receivedAt,
    provider: said.provider,
    ...contact,
    ...readAddresses(said.email, said.phone, readPhone),
    data: isOutside ? { ...said.data, type } : said.data,
  };
  const [lack] = missingProof(event);
  return lack === undefined ? event : `${lack.path.join(".")} of ${type} ${lack.message}`;
}

/** A body of JSON as text; null when it is none. */
export function readJsonBody(body: Uint8Array): { readonly value: Json } | { readonly malformed: string } {
  const parsed = parseJson(decodeText(body));
  if (parsed.ok) return { value: parsed.value };
  return { malformed: parsed.why === "too_deep" ? "JSON nested too deep" : "not JSON" };
}

/** What became of several elements: events, and what is set aside with its reason. An event of nobody is set aside as well. */
export interface Read {
  readonly events: readonly CanonicalEvent[];
  readonly quarantined: readonly Quarantined[];
}

/** Reads each element on its own, so that one which cannot be understood does not hold up the rest. */
export function readEach(
  elements: readonly Json[],
  read: (element: Json, index: number) => CanonicalEvent | string,
): Read {
  const events: CanonicalEvent[] = [];
  const quarantined: Quarantined[] = [];
  for (const [index, payload] of elements.entries()) {
    const event = read(payload, index);
    const reason = typeof event === "string" ? event : whyOfNobody(event);
    if (reason !== null) quarantined.push({ reason, payload });
    else if (typeof event !== "string") events.push(event);
  }
  return { events, quarantined };
}

function whyOfNobody(event: CanonicalEvent): string | null {
  if (identityKey(event) !== null) return null;
  return event.event_type === unknownType
    ? "event of unknown name, and without an identity"
    : "event carries no identity: no contact id, address or anonymous id";
}

/** An object without some of its fields. */
export function without(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)));
}

/** The contact's own id as a part of an event, which has none when the source says none. Null when what it says cannot be one. */
export function readContact(value: Json | undefined): Pick<CanonicalEvent, "contact_id"> | null {
  if (value === undefined || value === null || value === "") return {};
  const id = readId(value, maxIdLength);
  return id === null ? null : { contact_id: id };
}

export const contactFault = `contact id is not a text of 1 to ${maxIdLength} characters`;

/** The id of an element that comes without one: the same for every copy of it. */
export function hashOf(element: Json): string {
  return createHash("sha256").update(JSON.stringify(element)).digest("hex").slice(0, 40);
}
