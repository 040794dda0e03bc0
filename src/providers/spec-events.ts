import type { CanonicalEvent } from "../core/model/event.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isPushToken } from "../core/model/address.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { readId } from "./decode.ts";
import type { EventData } from "./definition.ts";
import {
  contactFault,
  hashOf,
  isHeedsOwn,
  maxIdLength,
  readAddresses,
  readContact,
  readEventType,
  readMs,
  type ReadPhone,
  unknownType,
  without,
} from "./event-parts.ts";

/** How a call of the Segment Spec came to us. */
export interface SpecReading {
  readonly provider: string;
  readonly readPhone: ReadPhone;
  readonly now: number;
  /** What the request around the call says of all its calls. */
  readonly around: { readonly sentAt?: Json; readonly context?: Json };
  /** Whether `timestamp` is still the sender's clock, to be corrected by how late its `sentAt` is for us. */
  readonly correctsTime: boolean;
  /** Whether a call of type `delete` erases the contact. */
  readonly erases: boolean;
}

/** What the Spec's libraries say of the circumstances (https://segment.com/docs/connections/spec/common/#context). */
const context: EventData[string] = {
  "context.ip": "string",
  "context.locale": "string",
  "context.timezone": "string",
  "context.userAgent": "string",
  "context.page.url": "string",
  "context.page.path": "string",
  "context.page.title": "string",
  "context.page.referrer": "string",
  "context.page.search": "string",
  "context.campaign.name": "string",
  "context.campaign.source": "string",
  "context.campaign.medium": "string",
  "context.campaign.term": "string",
  "context.campaign.content": "string",
};

/** What the Spec's calls put under `data` beside what Heed names. */
export const specEventData: EventData = {
  "page.*": context,
  "screen.*": context,
  "contact.identified": context,
  "contact.grouped": context,
  "contact.aliased": context,
};

/**
 * One call of the Segment Spec (https://segment.com/docs/connections/spec/), which Segment and RudderStack speak. `identify`
 * is `contact.identified`, with its traits; `track` is an event of the name that the tracker gave it, with its properties as
 * data; `page` and `screen` are `page.viewed` and `screen.viewed`. `alias` joins the previous id as a device's: it may come
 * from anybody's browser, so that contacts are not merged by it. Returns why there is no event.
 */
export function readSpecCall(call: Json, reading: SpecReading): CanonicalEvent | string {
  if (!isJsonObject(call)) return "element is not an object";
  const { provider, readPhone, now, around, erases } = reading;
  const contact = readContact(call["userId"]);
  if (contact === null) return contactFault;
  const said = whatItSays(call, erases);
  if (typeof said === "string") return said;
  const context = { ...objectOf(around.context), ...objectOf(call["context"]) };
  const traits = { ...objectOf(context["traits"]), ...(call["type"] === "group" ? {} : objectOf(call["traits"])) };
  const anonymous = said.anonymousId ?? readId(call["anonymousId"], maxIdLength);
  return {
    schema_version: 1,
    event_id: readId(call["messageId"], maxIdLength) ?? hashOf(call),
    event_type: said.type,
    occurred_at: new Date(happenedAt(call, reading)).toISOString(),
    received_at: new Date(now).toISOString(),
    provider,
    ...contact,
    ...withDevice(readAddresses(traits["email"], traits["phone"], readPhone), context["device"]),
    data: {
      ...said.data,
      ...(said.type === "contact.identified" ? { traits } : {}),
      ...(Object.keys(context).length === 0 ? {} : { context: contextOf(context) }),
      ...(anonymous === null ? {} : { anonymous_id: anonymous }),
    },
  };
}

/** Of the context, without what repeats the traits and the token that is an address. */
function contextOf(context: JsonObject): JsonObject {
  const { traits: _, device, ...rest } = context;
  if (device === undefined) return rest;
  return { ...rest, device: isJsonObject(device) ? without(device, new Set(["token"])) : device };
}

/** The Spec's mobile libraries name the token to which push messages go beside what they say of the device. */
function withDevice(
  { address }: Pick<CanonicalEvent, "address">,
  device: Json | undefined,
): Pick<CanonicalEvent, "address"> {
  const push = isJsonObject(device) ? device["token"] : undefined;
  if (typeof push !== "string" || !isPushToken(push)) return address === undefined ? {} : { address };
  return { address: { ...address, push } };
}

interface Said {
  readonly type: string;
  readonly data: JsonObject;
  readonly anonymousId?: string;
}

function whatItSays(call: JsonObject, erases: boolean): Said | string {
  const properties = objectOf(call["properties"]);
  const type = readEventType(call["type"]);
  const unknown = { type: unknownType, data: { ...properties, type } };
  switch (type) {
    case "identify":
      return { type: "contact.identified", data: {} };
    case "track":
      return tracked(readEventType(call["event"]), properties);
    case "page":
      return { type: "page.viewed", data: { ...namesOf(call), ...properties } };
    case "screen":
      return { type: "screen.viewed", data: { ...namesOf(call), ...properties } };
    case "group":
      return { type: "contact.grouped", data: { group_id: call["groupId"] ?? null, group: objectOf(call["traits"]) } };
    case "alias":
      return aliased(readId(call["previousId"], maxIdLength));
    case "delete":
      return erases ? { type: "contact.erased", data: {} } : unknown;
    case null:
      return "call has no type";
    default:
      return unknown;
  }
}

/** A visitor's browser may name what it tracks: by a name of Heed's own it would speak for a provider, or give consent. */
function tracked(name: string | null, properties: JsonObject): Said | string {
  if (name === null) return "track names no event";
  if (isHeedsOwn(name)) return { type: unknownType, data: { ...properties, type: name } };
  return { type: name, data: properties };
}

function aliased(previous: string | null): Said | string {
  if (previous === null) return "alias names no previousId";
  return { type: "contact.aliased", data: { previous_id: previous }, anonymousId: previous };
}

function namesOf(call: JsonObject): JsonObject {
  return Object.fromEntries(["name", "category"].flatMap((key) => (call[key] === undefined ? [] : [[key, call[key]]])));
}

/**
 * The Spec's correction of a sender's clock: received − (sent − original). What Segment and RudderStack forward they have
 * corrected themselves. Never later than now.
 */
function happenedAt(call: JsonObject, { now, around, correctsTime }: SpecReading): number {
  const original = readMs(call["timestamp"]) ?? readMs(call["originalTimestamp"]);
  if (original === null) return now;
  const sent = correctsTime ? (readMs(call["sentAt"]) ?? readMs(around.sentAt)) : null;
  return Math.max(1, Math.min(now, sent === null ? original : now - (sent - original)));
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
