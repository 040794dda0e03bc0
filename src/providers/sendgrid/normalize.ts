import { normalizeEmail } from "../../core/model/address.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { decodeText, readId } from "../decode.ts";
import { unknownType } from "../event-parts.ts";
import type { Normalized, Quarantined } from "../provider.ts";

/** What SendGrid calls it, and what Heed does. `bounce` is told apart by its `type`. */
const eventTypes: ReadonlyMap<string, string> = new Map([
  ["processed", "email.processed"],
  ["delivered", "email.delivered"],
  ["deferred", "email.deferred"],
  ["dropped", "email.dropped"],
  ["open", "email.opened"],
  ["click", "email.clicked"],
  ["spamreport", "email.complained"],
  ["unsubscribe", "email.unsubscribed"],
  ["group_unsubscribe", "email.unsubscribed"],
  ["group_resubscribe", "email.resubscribed"],
]);

/** Events about the delivery itself, whose name is also the message's state. */
const deliveryTypes: ReadonlySet<string> = new Set([
  "email.processed",
  "email.delivered",
  "email.deferred",
  "email.bounced",
  "email.blocked",
  "email.dropped",
]);

/** `sg_event_id` is documented as at most 100 characters. */
const maxIdLength = 100;
const maxMessageIdLength = 200;
/** A sample in SendGrid's own documentation has milliseconds where all others have seconds. */
const earliestMilliseconds = 1e12;

/** Fields that the envelope carries already. Everything else, known to us or not, is kept under `data`. */
const envelopeFields: ReadonlySet<string> = new Set(["email", "event", "timestamp", "sg_event_id"]);

/**
 * A batch of the event webhook: an array, in no order, with custom arguments flattened into each element. One element
 * that cannot be understood is set aside; the rest of its batch is not held up by it.
 */
export function normalizeSendGrid(body: Uint8Array, contactArgument: string, now: number): Normalized {
  const parsed = parseJson(decodeText(body));
  if (!parsed.ok) return { malformed: parsed.why === "too_deep" ? "JSON nested too deep" : "not JSON" };
  if (!isJsonArray(parsed.value)) return { malformed: "expected an array of events" };
  const events: CanonicalEvent[] = [];
  const quarantined: Quarantined[] = [];
  for (const element of parsed.value) {
    const event = normalizeElement(element, contactArgument, now);
    if (typeof event === "string") quarantined.push({ reason: event, payload: element });
    else events.push(event, ...adoptedFrom(event));
  }
  return { events, quarantined };
}

/** The event, or why there is none. */
function normalizeElement(element: Json, contactArgument: string, now: number): CanonicalEvent | string {
  if (!isJsonObject(element)) return "element is not an object";
  const name = element["event"];
  if (typeof name !== "string") return "event has no name";
  const type = eventType(name, element["type"]);
  if (name === "account_status_change") return "event concerns the account, not a contact";
  const eventId = readId(element["sg_event_id"], maxIdLength);
  if (eventId === null) return "sg_event_id is missing or not a text of 1 to 100 characters";
  const email = typeof element["email"] === "string" ? normalizeEmail(element["email"]) : null;
  if (email === null) return "email is missing or not an address";
  const occurredAt = readTime(element["timestamp"], now);
  if (occurredAt === null) return "timestamp is not a number of seconds";
  const contact = contactId(element, contactArgument);
  if (contact === "invalid") return "contact id is not a text of 1 to 100 characters";
  const message = messageId(element);
  const campaign = readId(element["marketing_campaign_id"] ?? element["singlesend_id"], maxIdLength);
  return {
    schema_version: 1,
    event_id: eventId,
    event_type: type,
    occurred_at: occurredAt,
    received_at: new Date(now).toISOString(),
    provider: "sendgrid",
    channel: "email",
    ...(contact === null ? {} : { contact_id: contact.id }),
    ...(message === null ? {} : { message_id: message }),
    ...(campaign === null ? {} : { campaign_id: campaign }),
    ...(deliveryTypes.has(type) ? { delivery_status: type.slice("email.".length) } : {}),
    address: { email },
    data: eventData(element, type === unknownType ? name : null),
  };
}

function eventType(name: string, bounceType: Json | undefined): string {
  if (name === "bounce") return bounceType === "blocked" ? "email.blocked" : "email.bounced";
  return eventTypes.get(name) ?? unknownType;
}

/** Why SendGrid did not even try: it knew a word of the recipient that we did not. */
const adoptedReasons: ReadonlyMap<Json | undefined, string> = new Map([
  ["Unsubscribed Address", "email.unsubscribed"],
  ["Spam Reporting Address", "email.complained"],
  ["Bounced Address", "email.bounced"],
]);

/** That word as an event of its own, beside what became of the message. */
function adoptedFrom(event: CanonicalEvent): readonly CanonicalEvent[] {
  const adopted = event.event_type === "email.dropped" ? adoptedReasons.get(event.data["reason"]) : undefined;
  if (adopted === undefined) return [];
  const { delivery_status: _state, message_id: _message, ...about } = event;
  const id = `${event.event_id}:${adopted.slice("email.".length)}`;
  return [{ ...about, event_id: id, event_type: adopted, data: { ...event.data, adopted: true } }];
}

/** Never later than `now`: a clock ahead of ours must not make an event outrank all that follow. */
function readTime(timestamp: Json | undefined, now: number): string | null {
  if (typeof timestamp !== "number" || !Number.isFinite(timestamp) || timestamp <= 0) return null;
  const ms = timestamp > earliestMilliseconds ? timestamp : timestamp * 1_000;
  return new Date(Math.min(Math.floor(ms), now)).toISOString();
}

/** Our own argument first, then the customer's, then the user id of SendGrid's marketing product. */
function contactId(element: JsonObject, contactArgument: string): { readonly id: string } | null | "invalid" {
  for (const name of [contactArgumentName, contactArgument, "user_id"]) {
    const value = element[name];
    if (value === undefined || value === null || value === "") continue;
    const id = readId(value, maxIdLength);
    return id === null ? "invalid" : { id };
  }
  return null;
}

/** Our intent id, else the part of `sg_message_id` that Mail Send answered as `X-Message-Id`. Bounces may have neither. */
function messageId(element: JsonObject): string | null {
  const intent = readId(element[intentArgumentName], maxMessageIdLength);
  if (intent !== null) return intent;
  const own = element["sg_message_id"];
  return typeof own === "string" ? readId(own.split(".", 1)[0], maxIdLength) : null;
}

function eventData(element: JsonObject, unknownName: string | null): JsonObject {
  const kept = Object.entries(element).filter(([name]) => !envelopeFields.has(name));
  if (element["sg_machine_open"] === true) kept.push(["machine", true]);
  // Which mails the word was about.
  const isOfGroup = element["event"] === "group_unsubscribe" || element["event"] === "group_resubscribe";
  const group = isOfGroup ? readId(element["asm_group_id"], maxIdLength) : null;
  if (group !== null) kept.push(["group", group]);
  if (unknownName !== null) kept.push(["type", unknownName]);
  return Object.fromEntries(kept);
}
