import { createHash } from "node:crypto";
import { normalizeEmail } from "../../core/model/address.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { readId } from "../decode.ts";
import { maxIdLength, readMs, unknownType, without } from "../event-parts.ts";

/** A `RecordType`, or for bounces what their `Type` says. */
interface Meaning {
  readonly type: string;
  /** What else became known by it, of which it is not the word itself. */
  readonly also?: string;
}

/** Types of bounce that say something about one message alone. What stands in none of these maps is unknown. */
const passingBounces: ReadonlyMap<string, string> = new Map([
  ["Transient", "email.deferred"],
  ["SoftBounce", "email.deferred"],
  ["DnsError", "email.deferred"],
  ["HardBounce", "email.blocked"],
  ["BadEmailAddress", "email.blocked"],
  ["Blocked", "email.blocked"],
  ["SpamNotification", "email.blocked"],
  ["VirusNotification", "email.blocked"],
  ["ChallengeVerification", "email.blocked"],
  ["DMARCPolicy", "email.blocked"],
  ["Unknown", "email.blocked"],
  ["Unconfirmed", "email.dropped"],
  ["SMTPApiError", "email.dropped"],
  ["TemplateRenderingFailed", "email.dropped"],
  ["ManuallyDeactivated", "email.dropped"],
  ["AutoResponder", "email.auto_replied"],
  ["Unsubscribe", "email.unsubscribed"],
  ["SpamComplaint", "email.complained"],
]);

/** Why Postmark does not send to an address any more. */
const suppressions: ReadonlyMap<Json | undefined, string> = new Map([
  ["HardBounce", "email.bounced"],
  ["SpamComplaint", "email.complained"],
  ["ManualSuppression", "email.unsubscribed"],
]);

/** Events about the delivery itself, whose name is also the message's state. */
const deliveryTypes: ReadonlySet<string> = new Set([
  "email.delivered",
  "email.deferred",
  "email.bounced",
  "email.blocked",
  "email.dropped",
]);

const maxMessageIdLength = 200;
const maxTypeLength = 100;
const nobody = /^[0-]*$/;
/** Fields that the envelope carries already, and what was said in a mail that came back. The rest is kept under `data`. */
const envelopeFields: ReadonlySet<string> = new Set(["RecordType", "Recipient", "Email", "Content", "Metadata"]);

/** The events of one record, as webhooks bring it; or why there are none. */
export function normalizePostmarkRecord(
  record: JsonObject,
  contactMetadata: string,
  now: number,
): readonly CanonicalEvent[] | string {
  const recordType = readId(record["RecordType"], maxTypeLength);
  if (recordType === null) return "RecordType is missing or not a text";
  const metadata = isJsonObject(record["Metadata"]) ? record["Metadata"] : {};
  const contact = contactId(metadata, contactMetadata);
  if (contact === "invalid") return "contact id is not a text of 1 to 100 characters";
  const named = record["Recipient"] ?? record["Email"];
  const email = typeof named === "string" ? normalizeEmail(named) : null;
  if (email === null && contact === null) return "the recipient is missing or not an address";
  const at = readMs(record["DeliveredAt"] ?? record["BouncedAt"] ?? record["ReceivedAt"] ?? record["ChangedAt"]);
  if (at === null) return "the time of the event is missing or not a time";

  const { type, also } = meaningOf(recordType, record);
  const message = messageId(record, metadata);
  const event: CanonicalEvent = {
    schema_version: 1,
    event_id: eventId(recordType, record, { email, at }),
    event_type: type,
    occurred_at: new Date(Math.min(at, now)).toISOString(),
    received_at: new Date(now).toISOString(),
    provider: "postmark",
    channel: "email",
    ...(contact !== null && { contact_id: contact.id }),
    ...(message !== null && { message_id: message }),
    ...(email !== null && { address: { email } }),
    data: eventData(record, metadata, type === unknownType ? wordOf(recordType, record) : null),
  };
  const told = deliveryTypes.has(type) ? { ...event, delivery_status: type.slice("email.".length) } : event;
  if (also === undefined) return [told];
  return [told, { ...event, event_id: `${event.event_id}-${also.slice("email.".length)}`, event_type: also }];
}

function meaningOf(recordType: string, record: JsonObject): Meaning {
  switch (recordType) {
    case "Delivery":
      return { type: "email.delivered" };
    case "Open":
      return { type: "email.opened" };
    case "Click":
      return { type: "email.clicked" };
    case "SpamComplaint":
      return { type: "email.complained" };
    case "Bounce":
      return meaningOfBounce(record);
    case "SubscriptionChange":
      return { type: meaningOfChange(record) };
    default:
      return { type: unknownType };
  }
}

/** `Inactive` says whether Postmark goes on sending to the address, which no type does. */
function meaningOfBounce(record: JsonObject): Meaning {
  const named = record["Type"];
  const type = (typeof named === "string" ? passingBounces.get(named) : undefined) ?? unknownType;
  const lasts = named === "HardBounce" || named === "BadEmailAddress";
  if (lasts && record["Inactive"] !== false) return { type: "email.bounced" };
  if (record["Inactive"] !== true || type === "email.complained" || type === "email.unsubscribed") return { type };
  return { type, also: named === "ManuallyDeactivated" ? "email.unsubscribed" : "email.bounced" };
}

/** Only the recipient's own word ends an objection: colleagues who reactivate an address at Postmark have not asked anybody. */
function meaningOfChange(record: JsonObject): string {
  if (record["SuppressSending"] === true) return suppressions.get(record["SuppressionReason"]) ?? "email.unsubscribed";
  const byRecipient = record["SuppressSending"] === false && record["Origin"] === "Recipient";
  return byRecipient ? "email.resubscribed" : unknownType;
}

function wordOf(recordType: string, record: JsonObject): string {
  const type = record["Type"];
  return recordType === "Bounce" && typeof type === "string" ? type.slice(0, maxTypeLength) : recordType;
}

/**
 * Postmark's webhooks have an id of their own in a header, which its lists have not: so the id is of what happened, by
 * the second, because lists tell fractions otherwise. Hashed, since ids get where addresses must not. A bounce has a
 * number; it may be beyond what a number holds exactly, hence the message beside it.
 */
function eventId(
  recordType: string,
  record: JsonObject,
  { email, at }: { readonly email: string | null; readonly at: number },
): string {
  const message = record["MessageID"] ?? null;
  const second = Math.floor(at / 1_000);
  const bounce = recordType === "Bounce" || recordType === "SpamComplaint";
  if (bounce && record["ID"] !== undefined) return idOf("Bounce", [record["ID"], message]);
  switch (recordType) {
    case "Delivery":
      return idOf(recordType, [message, email]);
    case "SubscriptionChange":
      return idOf(recordType, [email, record["MessageStream"] ?? null, record["SuppressSending"] ?? null, second]);
    default:
      return idOf(recordType, [message, email, second, ...circumstances(record)]);
  }
}

/** What tells two opens or clicks of one second apart: people and machines may look at the same time. */
function circumstances(record: JsonObject): readonly Json[] {
  const place = isJsonObject(record["Geo"]) ? record["Geo"]["IP"] : undefined;
  return [record["OriginalLink"], record["UserAgent"], place].map((part) => part ?? null);
}

function idOf(recordType: string, parts: readonly Json[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts));
  return `${recordType.toLowerCase()}-${hash.digest("base64url").slice(0, 32)}`;
}

/** Our own metadata first, then the customer's. */
function contactId(metadata: JsonObject, contactMetadata: string): { readonly id: string } | null | "invalid" {
  for (const name of [contactArgumentName, contactMetadata]) {
    const value = metadata[name];
    if (value === undefined || value === null || value === "") continue;
    const id = readId(value, maxIdLength);
    return id === null ? "invalid" : { id };
  }
  return null;
}

/** Our intent id, else Postmark's id. A change that people made at Postmark is of no message: its id is zeros. */
function messageId(record: JsonObject, metadata: JsonObject): string | null {
  const intent = readId(metadata[intentArgumentName], maxMessageIdLength);
  if (intent !== null) return intent;
  const own = readId(record["MessageID"], maxMessageIdLength);
  return own === null || nobody.test(own) ? null : own;
}

/** Metadata comes back beside Postmark's own fields, which go before, as custom arguments do elsewhere. */
function eventData(record: JsonObject, metadata: JsonObject, unknownWord: string | null): JsonObject {
  const link = record["OriginalLink"];
  return {
    ...metadata,
    ...without(record, envelopeFields),
    ...(typeof link === "string" && { url: link }),
    ...(record["Type"] === "AutoResponder" && { kind: "auto_reply", text: "" }),
    ...(unknownWord !== null && { type: unknownWord }),
  };
}
