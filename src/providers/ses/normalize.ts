import { normalizeEmail } from "../../core/model/address.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { readId } from "../decode.ts";
import { readMoment, unknownType } from "../event-parts.ts";
import type { Normalized } from "../provider.ts";
import { deliveryTypes, eventTypeOf } from "./event-types.ts";
import { readSnsMessage } from "./sns.ts";
import type { SnsMessage } from "./sns.ts";
import { contactOfTag } from "./tags.ts";

const maxIdLength = 100;
const maxMessageIdLength = 200;
const maxTextLength = 1_000;
/** SES takes 50 recipients of one message. */
const maxRecipients = 50;

/** The block of each event that says more about it: `Rendering Failure` has `failure`, all others have their own name. */
function blockNameOf(name: string): string {
  return name === "Rendering Failure" ? "failure" : name.charAt(0).toLowerCase() + name.slice(1);
}

/** One notification is one event, which may concern several recipients: each gets one of its own. */
export function normalizeSes(body: Uint8Array, now: number): Normalized {
  const message = readSnsMessage(body);
  if (message === null) return { malformed: "expected a message of SNS" };
  // What SNS says about the subscription itself concerns nobody.
  if (message.get("Type") !== "Notification") return { events: [], quarantined: [] };
  const text = message.get("Message") ?? "";
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    const isGreeting = text.startsWith("Successfully validated SNS topic");
    return isGreeting ? { events: [], quarantined: [] } : setAside("the notification is no event of SES", text);
  }
  const events = eventsOf(message, parsed.value, now);
  return typeof events === "string" ? setAside(events, parsed.value) : { events, quarantined: [] };
}

function setAside(reason: string, payload: Json): Normalized {
  return { events: [], quarantined: [{ reason, payload }] };
}

/** The events, or why there are none. */
function eventsOf(sns: SnsMessage, event: JsonObject, now: number): readonly CanonicalEvent[] | string {
  // Publishing and the older notifications of an identity differ in this name only.
  const name = event["eventType"] ?? event["notificationType"];
  if (typeof name !== "string" || name === "") return "event has no name";
  // Its recipient is an address of ours, of which nothing is to be known.
  if (name === "Received") return "a mail that SES received, which Heed can't read: it comes as raw MIME";
  const snsId = readId(sns.get("MessageId"), maxIdLength);
  if (snsId === null) return "MessageId is missing or not a text of 1 to 100 characters";
  const mail = objectOf(event["mail"]);
  const block = objectOf(event[blockNameOf(name)]);
  const recipients = recipientsOf(block, mail);
  if (recipients.length === 0) return "event names no recipient";
  const occurredAt = readMoment(block["timestamp"] ?? mail["timestamp"] ?? sns.get("Timestamp"), now);
  if (occurredAt === null) return "timestamp is no time";
  const type = eventTypeOf(name, block);
  const tags = tagsIn(mail);
  const sesId = readId(mail["messageId"], maxIdLength);
  const intent = readId(tags.get(intentArgumentName), maxMessageIdLength);
  const contact = readId(contactOfTag(tags.get(contactArgumentName) ?? ""), maxIdLength);
  const messageId = intent ?? sesId;
  const common = {
    schema_version: 1,
    event_type: type,
    occurred_at: occurredAt,
    received_at: new Date(now).toISOString(),
    provider: "ses",
    channel: "email",
    // Of several recipients nobody knows whose the id is.
    ...(contact !== null && recipients.length === 1 && { contact_id: contact }),
    ...(messageId !== null && { message_id: messageId }),
    ...(deliveryTypes.has(type) && { delivery_status: type.slice("email.".length) }),
  } satisfies Partial<CanonicalEvent>;
  const data = {
    ...Object.fromEntries([...tags].filter(([tag]) => tag !== contactArgumentName)),
    ...scalarsOf(block),
    ...(typeof block["link"] === "string" && { url: block["link"].slice(0, maxTextLength) }),
    ...(type === unknownType && { type: name }),
    ...(sesId !== null && { ses_message_id: sesId }),
  };
  return recipients.map(({ email, details }, index) => {
    const id = { event_id: index === 0 ? snsId : `${snsId}:${index}`, address: { email } };
    return Object.assign(id, common, { data: Object.assign({}, data, scalarsOf(details)) });
  });
}

interface Recipient {
  readonly email: string;
  /** What the event says about this one. */
  readonly details: JsonObject;
}

/** Those whom the event names, else those of the message. */
function recipientsOf(block: JsonObject, mail: JsonObject): readonly Recipient[] {
  const lists = ["bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients"];
  const named = lists.map((name) => block[name]).find((list) => isJsonArray(list)) ?? mail["destination"];
  const list = isJsonArray(named) ? named.slice(0, maxRecipients) : [];
  return list.flatMap((one): Recipient[] => {
    const details = objectOf(one);
    const address = typeof one === "string" ? one : details["emailAddress"];
    const email = typeof address === "string" ? normalizeEmail(address) : null;
    return email === null ? [] : [{ email, details }];
  });
}

/** Tags are lists of one value each. Those that SES adds itself have a colon in their names. */
function tagsIn(mail: JsonObject): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(objectOf(mail["tags"])).flatMap(([name, values]): [string, string][] => {
      const value = isJsonArray(values) ? values[0] : undefined;
      return name.includes(":") || typeof value !== "string" ? [] : [[name, value]];
    }),
  );
}

/** What is one value, under SES's own names; the envelope has the address and the time. */
function scalarsOf(block: JsonObject): JsonObject {
  const kept = Object.entries(block).flatMap(([name, value]): [string, Json][] => {
    if (name === "timestamp" || name === "emailAddress" || name === "link") return [];
    if (typeof value === "string") return [[name, value.slice(0, maxTextLength)]];
    return typeof value === "number" || typeof value === "boolean" ? [[name, value]] : [];
  });
  return Object.fromEntries(kept);
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
