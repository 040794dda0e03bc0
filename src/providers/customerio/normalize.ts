import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { readId } from "../decode.ts";
import type { EventData } from "../definition.ts";
import {
  contactFault,
  maxIdLength,
  readAddresses,
  readContact,
  readEach,
  readJsonBody,
  readMoment,
  type ReadPhone,
  unknownType,
  without,
} from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";

/**
 * What Customer.io calls it, and what Heed does, by the kind of message. What is not here becomes `unknown`: drafts and
 * conversions, for example, and `human_opened`, which repeats an `opened`.
 */
const eventTypes: ReadonlyMap<string, string> = new Map([
  ["email sent", "email.processed"],
  ["email delivered", "email.delivered"],
  ["email deferred", "email.deferred"],
  ["email opened", "email.opened"],
  ["email clicked", "email.clicked"],
  ["email bounced", "email.bounced"],
  ["email dropped", "email.dropped"],
  ["email failed", "email.dropped"],
  ["email undeliverable", "email.dropped"],
  ["email spammed", "email.complained"],
  ["email unsubscribed", "email.unsubscribed"],
  // Of a person, for every kind of message; Heed has no wider word than for email.
  ["customer unsubscribed", "email.unsubscribed"],
  ["customer subscribed", "email.resubscribed"],
  ["sms sent", "sms.sent"],
  ["sms delivered", "sms.delivered"],
  ["sms bounced", "sms.undelivered"],
  ["sms failed", "sms.failed"],
  ["sms dropped", "sms.failed"],
  ["sms undeliverable", "sms.failed"],
  ["push sent", "push.sent"],
  ["push delivered", "push.delivered"],
  ["push opened", "push.opened"],
  ["push clicked", "push.clicked"],
  ["push bounced", "push.bounced"],
  ["push dropped", "push.dropped"],
  ["push undeliverable", "push.dropped"],
  ["push failed", "push.failed"],
]);

const deliveryStates: ReadonlySet<string> = new Set([
  "processed",
  "sent",
  "delivered",
  "deferred",
  "bounced",
  "dropped",
  "undelivered",
  "failed",
]);

/** What a report says beside the envelope. */
const report: EventData[string] = {
  metric: "string",
  object_type: "string",
  delivery_id: "string",
  action_id: "integer",
  broadcast_id: "integer",
  campaign_id: "integer",
  newsletter_id: "integer",
  transactional_message_id: "integer",
  subject: "string",
  failure_message: "string",
  href: "string",
  link_id: "integer",
  proxied: "boolean",
  prefetched: "boolean",
};

export const customerIoEventData: EventData = { "email.*": report, "sms.*": report, "push.*": report };

export interface CustomerIoReading {
  readonly readPhone: ReadPhone;
  /** Fields of an open or a click that are true when a machine did it. */
  readonly machineFields: readonly string[];
  readonly now: number;
}

/** One report, or several. */
export function normalizeCustomerIo({ body }: WebhookRequest, reading: CustomerIoReading): Normalized {
  const read = readJsonBody(body);
  if ("malformed" in read) return read;
  const reports = isJsonArray(read.value) ? read.value : [read.value];
  return readEach(reports, (element) => readReport(element, reading));
}

/** The event, or why there is none. */
function readReport(element: Json, { readPhone, machineFields, now }: CustomerIoReading): CanonicalEvent | string {
  if (!isJsonObject(element)) return "element is not an object";
  const eventId = readId(element["event_id"], maxIdLength);
  if (eventId === null) return `event_id is missing or not a text of 1 to ${maxIdLength} characters`;
  const { object_type: object, metric } = element;
  if (typeof object !== "string" || typeof metric !== "string") return "report has no object_type or metric";
  const word = `${object} ${metric}`;
  const data = objectOf(element["data"]);
  const identifiers = objectOf(data["identifiers"]);
  const contact = readContact(identifiers["id"] ?? data["customer_id"]);
  if (contact === null) return contactFault;
  const type = eventTypes.get(word) ?? unknownType;
  const [channel = "", state = ""] = type.split(".");
  const message = readId(data["delivery_id"], maxIdLength);
  const campaign = readId(data["campaign_id"] ?? data["broadcast_id"] ?? data["newsletter_id"], maxIdLength);
  const { recipient } = data;
  return {
    schema_version: 1,
    event_id: eventId,
    event_type: type,
    occurred_at: readMoment(element["timestamp"], now) ?? new Date(now).toISOString(),
    received_at: new Date(now).toISOString(),
    provider: "customerio",
    ...(type === unknownType ? {} : { channel }),
    ...contact,
    ...(message === null ? {} : { message_id: message }),
    ...(campaign === null ? {} : { campaign_id: campaign }),
    ...(deliveryStates.has(state) ? { delivery_status: state } : {}),
    ...readAddresses(
      object === "email" ? recipient : identifiers["email"],
      object === "sms" ? recipient : undefined,
      readPhone,
    ),
    data: {
      ...without(data, envelopeFields),
      metric,
      object_type: object,
      ...whatElse(type, word, data, machineFields),
    },
  };
}

const envelopeFields: ReadonlySet<string> = new Set(["identifiers", "customer_id", "recipient"]);

/** Apple's mail fetches pictures for everybody: such an open says nothing of a person. */
function whatElse(type: string, word: string, data: JsonObject, machineFields: readonly string[]): JsonObject {
  if (type === unknownType) return { type: word };
  const { href } = data;
  return {
    ...(type.endsWith(".clicked") && typeof href === "string" ? { url: href } : {}),
    ...(machineFields.some((field) => data[field] === true) ? { machine: true } : {}),
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
