import { normalizeEmail } from "../../core/model/address.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { readId } from "../decode.ts";
import { maxIdLength, readMs, unknownType, without } from "../event-parts.ts";

/** What Mailgun calls it, and what Heed does. `failed` is told apart by its severity and reason. */
const eventTypes: ReadonlyMap<string, string> = new Map([
  ["accepted", "email.processed"],
  ["delivered", "email.delivered"],
  ["rejected", "email.dropped"],
  ["opened", "email.opened"],
  ["clicked", "email.clicked"],
  ["complained", "email.complained"],
  ["unsubscribed", "email.unsubscribed"],
]);

/** Why a message that Mailgun did not even try to send tells of a silence that we did not know. */
const suppressions: ReadonlyMap<string, string> = new Map([
  ["suppress-bounce", "email.bounced"],
  ["suppress-unsubscribe", "email.unsubscribed"],
  ["suppress-complaint", "email.complained"],
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

/** Of mail that came in: the route that took it brings the mail itself. */
const inboundEvents: ReadonlySet<string> = new Set(["stored"]);

const maxMessageIdLength = 255;
const maxTypeLength = 100;
/** Fields that the envelope carries already. Everything else, known to us or not, is kept under `data`. */
const envelopeFields: ReadonlySet<string> = new Set(["event", "id", "timestamp", "recipient", "user-variables"]);

/** The events of one `event-data`, which the list of events has in the same form; or why there are none. */
export function normalizeMailgunEvent(
  element: Json,
  contactVariable: string,
  now: number,
): readonly CanonicalEvent[] | string {
  if (!isJsonObject(element)) return "event-data is not an object";
  const name = readId(element["event"], maxTypeLength);
  if (name === null) return "event has no name";
  if (inboundEvents.has(name) || objectIn(element, "flags")["is-routed"] === true) return [];
  const id = readId(element["id"], maxIdLength);
  if (id === null) return "id is missing or not a text of 1 to 100 characters";
  const at = readMs(element["timestamp"]);
  if (at === null) return "timestamp is not a number of seconds";
  const variables = objectIn(element, "user-variables");
  const contact = contactId(variables, contactVariable);
  if (contact === "invalid") return "contact id is not a text of 1 to 100 characters";
  const email = typeof element["recipient"] === "string" ? normalizeEmail(element["recipient"]) : null;
  if (email === null && contact === null) return "recipient is missing or not an address";

  const type = eventType(name, element);
  const message = messageId(element, variables);
  const event: CanonicalEvent = {
    schema_version: 1,
    // Ids are unique within a day.
    event_id: `${new Date(at).toISOString().slice(0, 10)}:${id}`,
    event_type: type,
    // A clock ahead of ours must not make an event outrank all that follow.
    occurred_at: new Date(Math.min(at, now)).toISOString(),
    received_at: new Date(now).toISOString(),
    provider: "mailgun",
    channel: "email",
    ...(contact !== null && { contact_id: contact.id }),
    ...(message !== null && { message_id: message }),
    ...(email !== null && { address: { email } }),
    data: eventData(element, variables, type === unknownType ? name : null),
  };
  const told = deliveryTypes.has(type) ? { ...event, delivery_status: type.slice("email.".length) } : event;
  const adopted = name === "failed" ? suppressions.get(text(element["reason"])) : undefined;
  if (adopted === undefined) return [told];
  const adoptedId = `${event.event_id}:${adopted.slice("email.".length)}`;
  return [told, { ...event, event_id: adoptedId, event_type: adopted, data: { ...event.data, adopted: true } }];
}

function eventType(name: string, element: JsonObject): string {
  if (name !== "failed") return eventTypes.get(name) ?? unknownType;
  if (element["severity"] === "temporary") return "email.deferred";
  const reason = text(element["reason"]);
  // `old`: Mailgun gave up trying.
  if (suppressions.has(reason) || reason === "old") return "email.dropped";
  // Anything else was refused for what was said or who said it, not because there is no such mailbox.
  return reason === "bounce" ? "email.bounced" : "email.blocked";
}

/** Our own variable first, then the customer's. */
function contactId(variables: JsonObject, contactVariable: string): { readonly id: string } | null | "invalid" {
  for (const name of [contactArgumentName, contactVariable]) {
    const value = variables[name];
    if (value === undefined || value === null || value === "") continue;
    const id = readId(value, maxIdLength);
    return id === null ? "invalid" : { id };
  }
  return null;
}

/** Our intent id, else the mail's Message-ID, which is what Mailgun answers to a create. */
function messageId(element: JsonObject, variables: JsonObject): string | null {
  const intent = readId(variables[intentArgumentName], maxMessageIdLength);
  return intent ?? mailgunMessageId(element);
}

/** The Message-ID of the mail that an event is about, without angle brackets. */
export function mailgunMessageId(element: JsonObject): string | null {
  const id = objectIn(objectIn(element, "message"), "headers")["message-id"];
  return typeof id === "string" ? readId(id.replace(/^<|>$/g, ""), maxMessageIdLength) : null;
}

/** The intent of ours that an event is about. */
export function intentOfEvent(element: JsonObject): string | null {
  return readId(objectIn(element, "user-variables")[intentArgumentName], maxMessageIdLength);
}

/** Variables come back beside Mailgun's own fields, which go before, as custom arguments do elsewhere. */
function eventData(element: JsonObject, variables: JsonObject, unknownName: string | null): JsonObject {
  const bot = objectIn(element, "client-info")["bot"];
  return {
    ...variables,
    ...without(element, envelopeFields),
    ...(typeof bot === "string" && bot !== "" && { machine: true }),
    ...(unknownName !== null && { type: unknownName }),
  };
}

function objectIn(element: JsonObject, name: string): JsonObject {
  const value = element[name];
  return isJsonObject(value) ? value : {};
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
