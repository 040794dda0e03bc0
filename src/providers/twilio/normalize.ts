import { isE164 } from "../../core/model/address.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { optOutKeyword } from "../../core/model/opt-out-keywords.ts";
import { isHostileKey } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { readId } from "../decode.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { codeMeaning } from "./codes.ts";
import { parseForm, parseQuery } from "./form.ts";
import type { Form } from "./form.ts";

/** A SID has 34 characters; ids of other products that share this webhook are not longer than this. */
const maxIdLength = 100;
const maxMessageIdLength = 200;

/**
 * A status is what Twilio says of a message of ours. Everything before the hand-over to a carrier is `sms.queued`
 * (`data.MessageStatus` keeps Twilio's own word); `read`, which chat channels know, implies delivery; a message that was
 * cancelled before it left has failed. `partially_delivered` and whatever comes later are quarantined, not guessed.
 */
const statusTypes: ReadonlyMap<string, string> = new Map([
  ["accepted", "sms.queued"],
  ["scheduled", "sms.queued"],
  ["queued", "sms.queued"],
  ["sending", "sms.queued"],
  ["sent", "sms.sent"],
  ["delivered", "sms.delivered"],
  ["read", "sms.delivered"],
  ["undelivered", "sms.undelivered"],
  ["failed", "sms.failed"],
  ["canceled", "sms.failed"],
]);

/** Parameters that the envelope carries, and Twilio's synonyms of them. */
const envelopeParameters: ReadonlySet<string> = new Set([
  "MessageSid",
  "SmsSid",
  "SmsMessageSid",
  "SmsStatus",
  "AccountSid",
  "ApiVersion",
  "Body",
]);

/** One request is one message or one status of one; a status may also tell that the recipient opted out. */
export function normalizeTwilio(request: WebhookRequest, now: number): Normalized {
  const form = parseForm(request.body);
  if (form.size === 0) return { malformed: "expected form parameters" };
  const receivedAt = new Date(now).toISOString();
  const events = form.has("MessageStatus")
    ? normalizeStatus(form, parseQuery(request.url), receivedAt)
    : normalizeInbound(form, receivedAt);
  if (typeof events === "string") return { events: [], quarantined: [{ reason: events, payload: parametersOf(form) }] };
  return { events, quarantined: [] };
}

/** The events, or why there are none. */
function normalizeInbound(form: Form, receivedAt: string): readonly CanonicalEvent[] | string {
  const sid = readId(form.get("MessageSid")?.[0], maxIdLength);
  if (sid === null) return "MessageSid is missing or not a text of 1 to 100 characters";
  const sender = readAddress(form.get("From")?.[0]);
  if (sender === null) return "From is not a phone number in E.164, so no person wrote this";
  const texts = form.get("Body") ?? [];
  const stopText = texts.find((text) => optOutKeyword(text, []) === "stop");
  const event = envelope(sid, inboundType(form, texts, stopText !== undefined), sender, receivedAt);
  return [{ ...event, message_id: sid, data: { ...parametersOf(form, "From"), text: stopText ?? texts[0] ?? "" } }];
}

/** A parameter that comes twice is read in the way that is safe for the sender: any STOP among its values is a STOP. */
function inboundType(form: Form, texts: readonly string[], stops: boolean): string {
  const optOutTypes = form.get("OptOutType") ?? [];
  if (stops || optOutTypes.includes("STOP")) return "sms.opted_out";
  const keyword = optOutKeyword(texts[0] ?? "", []);
  if (optOutTypes.includes("START") || keyword === "start") return "sms.opted_in";
  if (optOutTypes.includes("HELP") || keyword === "help") return "sms.help";
  return "sms.received";
}

function normalizeStatus(form: Form, query: Form, receivedAt: string): readonly CanonicalEvent[] | string {
  const sid = readId(form.get("MessageSid")?.[0], maxIdLength);
  if (sid === null) return "MessageSid is missing or not a text of 1 to 100 characters";
  const status = form.get("MessageStatus")?.[0] ?? "";
  const type = statusTypes.get(status);
  if (type === undefined) return "MessageStatus of unknown name";
  const recipient = readAddress(form.get("To")?.[0]);
  if (recipient === null) return "To is not a phone number in E.164";
  const contact = readId(query.get(contactArgumentName)?.[0], maxIdLength);
  const intent = readId(query.get(intentArgumentName)?.[0], maxMessageIdLength);
  const code = form.get("ErrorCode")?.[0];
  const meaning = code !== undefined && /^\d{5}$/.test(code) ? codeMeaning(Number(code)) : null;
  const data = {
    ...parametersOf(form, "To"),
    ...(intent === null ? {} : { [intentArgumentName]: intent }),
    ...(contact === null ? {} : { [contactArgumentName]: contact }),
    ...(code === undefined ? {} : { error_code: code }),
    ...(meaning === "invalid_address" ? { address_invalid: true } : {}),
  };
  const common = {
    ...envelope(`${sid}:${status}`, type, recipient, receivedAt),
    ...(contact === null ? {} : { contact_id: contact }),
    message_id: intent ?? sid,
    data,
  };
  const delivery: CanonicalEvent = { ...common, delivery_status: type.slice("sms.".length) };
  if (meaning !== "opted_out") return [delivery];
  // With a Messaging Service the refusal of an opted-out number comes this way, long after the create was accepted.
  return [delivery, { ...common, event_id: `${sid}:opted_out`, event_type: "sms.opted_out" }];
}

/** Twilio's webhooks carry no time of what happened, so the time of receipt stands for it. */
function envelope(eventId: string, type: string, { phone, channel }: Address, receivedAt: string) {
  return {
    schema_version: 1,
    event_id: eventId,
    event_type: type,
    occurred_at: receivedAt,
    received_at: receivedAt,
    provider: "twilio",
    channel,
    address: { phone },
  } satisfies Partial<CanonicalEvent>;
}

interface Address {
  readonly phone: string;
  readonly channel: string;
}

/**
 * A phone number, with the channel prefix of Twilio's other channels (`whatsapp:+1…`, `rcs:+1…`) taken off. Null for
 * short codes and sender names: they are machines, and a phone library would make a wrong number of "12345".
 */
function readAddress(text: string | undefined): Address | null {
  const match = /^(?:(whatsapp|rcs):)?(.*)$/s.exec(text?.trim() ?? "");
  const phone = match?.[2] ?? "";
  return isE164(phone) ? { phone, channel: match?.[1] ?? "sms" } : null;
}

/** What Twilio sent, under its own names; the first value of each. `address` names the parameter that became the address. */
function parametersOf(form: Form, address?: string): JsonObject {
  const kept: [string, Json][] = [];
  for (const [name, values] of form) {
    if (isHostileKey(name) || (address !== undefined && (envelopeParameters.has(name) || name === address))) continue;
    kept.push([name, values[0] ?? ""]);
  }
  return Object.fromEntries(kept);
}
