import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isHostileKey } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { readId } from "../decode.ts";
import { inboundTextEvent } from "../inbound-text.ts";
import type { VendorReading } from "../inbound-text.ts";
import { reportEvents } from "../message-report.ts";
import { readPhoneNumber, readSender } from "../phone-number.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { meaningForAddress, type VendorCodes } from "../vendor-codes.ts";
import { parseForm, parseQuery } from "./form.ts";
import type { Form } from "./form.ts";

/** A SID has 34 characters; ids of other products that share this webhook are not longer than this. */
const maxIdLength = 100;
const maxMessageIdLength = 200;
const maxStatusLength = 40;

/**
 * What Twilio says of a text of ours. Everything before the hand-over to a carrier is `queued` (`data.MessageStatus` keeps
 * Twilio's own word); `read`, which chat channels know, implies delivery; a message that was cancelled before it left
 * has failed.
 */
export const textStatuses: ReadonlyMap<string, string> = new Map([
  ["accepted", "queued"],
  ["scheduled", "queued"],
  ["queued", "queued"],
  ["sending", "queued"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["undelivered", "undelivered"],
  ["failed", "failed"],
  ["canceled", "failed"],
]);

/** And of a call: it is `sent` while it rings and is spoken, `delivered` when it was answered and has ended. */
export const callStatuses: ReadonlyMap<string, string> = new Map([
  ["queued", "queued"],
  ["initiated", "queued"],
  ["ringing", "sent"],
  ["in-progress", "sent"],
  ["completed", "delivered"],
  ["busy", "undelivered"],
  ["no-answer", "undelivered"],
  ["failed", "failed"],
  ["canceled", "failed"],
]);

const optOutReadings: ReadonlyMap<string, VendorReading> = new Map([
  ["STOP", "stop"],
  ["START", "start"],
  ["HELP", "help"],
]);

/** Parameters that the envelope carries, and Twilio's synonyms of them. */
const envelopeParameters: ReadonlySet<string> = new Set([
  "MessageSid",
  "SmsSid",
  "SmsMessageSid",
  "SmsStatus",
  "CallSid",
  "Called",
  "Caller",
  "AccountSid",
  "ApiVersion",
  "Body",
]);

/** One request is one message, or one status of a message or a call; a status may also tell that the recipient opted out. */
export function normalizeTwilio(request: WebhookRequest, codes: VendorCodes, now: number): Normalized {
  const form = parseForm(request.body);
  if (form.size === 0) return { malformed: "expected form parameters" };
  const events = eventsOf(form, { query: parseQuery(request.url), codes, now });
  if (typeof events === "string") return { events: [], quarantined: [{ reason: events, payload: parametersOf(form) }] };
  return { events, quarantined: [] };
}

interface Reading {
  readonly query: Form;
  readonly codes: VendorCodes;
  readonly now: number;
}

/** The events, or why there are none. */
function eventsOf(form: Form, reading: Reading): readonly CanonicalEvent[] | string {
  if (form.has("CallSid")) return ofCall(form, reading);
  const sid = readId(form.get("MessageSid")?.[0], maxIdLength);
  if (sid === null) return "MessageSid is missing or not a text of 1 to 100 characters";
  return form.has("MessageStatus") ? ofStatus(sid, form, reading) : ofText(sid, form, reading.now);
}

/** Twilio's webhooks on messages carry no time of what happened, so the time of receipt stands for it. */
function ofText(sid: string, form: Form, now: number): readonly CanonicalEvent[] | string {
  const sender = readAddress(form.get("From")?.[0]);
  if (sender === null) return "From is not a phone number in E.164, so no person wrote this";
  const receivedAt = new Date(now).toISOString();
  const event = inboundTextEvent({
    provider: "twilio",
    eventId: sid,
    messageId: sid,
    channel: sender.channel ?? "sms",
    theirs: sender.phone,
    ours: senderOf(form.get("To")?.[0]),
    texts: form.get("Body") ?? [],
    readings: (form.get("OptOutType") ?? []).flatMap((type) => optOutReadings.get(type) ?? []),
    occurredAt: receivedAt,
    receivedAt,
    data: parametersOf(form, "From"),
  });
  return [event];
}

function ofStatus(sid: string, form: Form, { query, codes, now }: Reading): readonly CanonicalEvent[] | string {
  const said = readId(form.get("MessageStatus")?.[0], maxStatusLength);
  if (said === null) return "MessageStatus is not a text of 1 to 40 characters";
  const recipient = readAddress(form.get("To")?.[0]);
  if (recipient === null) return "To is not a phone number in E.164";
  const code = form.get("ErrorCode")?.[0] ?? null;
  const receivedAt = new Date(now).toISOString();
  return reportEvents({
    provider: "twilio",
    kind: "sms",
    channel: recipient.channel ?? "sms",
    messageId: sid,
    status: textStatuses.get(said) ?? null,
    said,
    theirs: recipient.phone,
    ours: senderOf(form.get("From")?.[0]),
    ...idsOf(query),
    errorCode: code,
    // With a Messaging Service the refusal of an opted-out number comes this way, long after the create was accepted.
    meaning: meaningForAddress(codes, code),
    occurredAt: receivedAt,
    receivedAt,
    data: parametersOf(form, "To"),
  });
}

/** Calls of ours; that somebody called one of our numbers is kept under a name that no rule hears by accident. */
function ofCall(form: Form, { query, now }: Reading): readonly CanonicalEvent[] | string {
  const sid = readId(form.get("CallSid")?.[0], maxIdLength);
  const said = readId(form.get("CallStatus")?.[0], maxStatusLength);
  if (sid === null || said === null) return "CallSid or CallStatus is missing or too long";
  const isInbound = form.get("Direction")?.[0] === "inbound";
  const [theirName, ourName] = isInbound ? ["From", "To"] : ["To", "From"];
  const them = readAddress(form.get(theirName)?.[0]);
  if (them === null) return `${theirName} is not a phone number in E.164`;
  return reportEvents({
    provider: "twilio",
    kind: "voice",
    channel: "voice",
    messageId: sid,
    status: isInbound ? null : (callStatuses.get(said) ?? null),
    said: isInbound ? "inbound" : said,
    theirs: them.phone,
    ours: senderOf(form.get(ourName)?.[0]),
    ...idsOf(query),
    errorCode: form.get("ErrorCode")?.[0] ?? null,
    meaning: null,
    occurredAt: new Date(Math.min(timeOf(form.get("Timestamp")?.[0]) ?? now, now)).toISOString(),
    receivedAt: new Date(now).toISOString(),
    data: {
      ...parametersOf(form, theirName),
      ...(isMachine(form.get("AnsweredBy")?.[0]) && { machine: true }),
    },
  });
}

/** What Twilio heard when somebody picked up. */
export function isMachine(answeredBy: string | null | undefined): boolean {
  return answeredBy?.startsWith("machine") === true || answeredBy === "fax";
}

function idsOf(query: Form) {
  return {
    contact: readId(query.get(contactArgumentName)?.[0], maxIdLength),
    intent: readId(query.get(intentArgumentName)?.[0], maxMessageIdLength),
  };
}

/** `Timestamp` of calls is RFC 2822, of which JavaScript reads a part; null when it is no time. */
function timeOf(text: string | undefined): number | null {
  const at = Date.parse(text ?? "");
  return at > 0 ? at : null;
}

interface Address {
  readonly phone: string;
  /** Of Twilio's channels beside texts and calls. */
  readonly channel: string | null;
}

/** A phone number, with the prefix of Twilio's other channels (`whatsapp:+1…`, `rcs:+1…`) taken off. */
export function readAddress(text: string | null | undefined): Address | null {
  const match = /^(?:(whatsapp|rcs):)?(\+.*)$/s.exec(text?.trim() ?? "");
  const phone = readPhoneNumber(match?.[2]);
  return phone === null ? null : { phone, channel: match?.[1] ?? null };
}

/** A short code and a sender's name have no prefix; with a Messaging Service the sender may be empty. */
export function senderOf(text: string | null | undefined): string | null {
  return readSender(text?.replace(/^(?:whatsapp|rcs):/, ""));
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
