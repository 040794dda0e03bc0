import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { readId } from "../decode.ts";
import { readMoment, without } from "../event-parts.ts";
import { inboundTextEvent } from "../inbound-text.ts";
import { reportEvents } from "../message-report.ts";
import { readPhoneNumber, readSender } from "../phone-number.ts";
import { meaningForAddress, type VendorCodes } from "../vendor-codes.ts";

const maxIdLength = 100;

/** Vonage's other channels name people by ids that look like phone numbers and are none. */
const channelsOfPhones: ReadonlySet<string> = new Set(["sms", "mms", "rcs", "whatsapp", "viber_service"]);

/** `submitted` is handed to the carrier; `read`, which chat channels know, implies delivery. */
const statuses: ReadonlyMap<string, string> = new Map([
  ["submitted", "sent"],
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["undeliverable", "undelivered"],
  ["rejected", "failed"],
]);

const envelope: ReadonlySet<string> = new Set(["message_uuid", "timestamp", "text", "client_ref", "channel"]);

/** One request of the Messages API is one message that somebody wrote, or one status of a message of ours. */
export function normalizeMessages(
  message: JsonObject,
  codes: VendorCodes,
  now: number,
): readonly CanonicalEvent[] | string {
  const id = readId(message["message_uuid"], maxIdLength);
  if (id === null) return "message_uuid is missing or not a text of 1 to 100 characters";
  const channel = message["channel"] ?? "sms";
  if (typeof channel !== "string" || !channelsOfPhones.has(channel)) return "channel is not one of phone numbers";
  const isReport = message["status"] !== undefined;
  const [theirName, ourName] = isReport ? (["to", "from"] as const) : (["from", "to"] as const);
  const theirs = readPhoneNumber(message[theirName]);
  if (theirs === null) return `${theirName} is not a phone number`;
  const receivedAt = new Date(now).toISOString();
  const common = {
    provider: "vonage",
    channel,
    messageId: id,
    theirs,
    ours: readSender(message[ourName]),
    occurredAt: readMoment(message["timestamp"], now) ?? receivedAt,
    receivedAt,
    data: without(message, new Set([...envelope, theirName])),
  };
  if (!isReport) return [inboundTextEvent({ ...common, eventId: id, texts: [textOf(message)], readings: [] })];
  const said = readId(message["status"], maxIdLength);
  if (said === null) return "status is not a text of 1 to 100 characters";
  const errorCode = errorCodeOf(message["error"]);
  return reportEvents({
    ...common,
    kind: "sms",
    status: statuses.get(said) ?? null,
    said,
    intent: readId(message["client_ref"], maxIdLength),
    contact: null,
    errorCode,
    meaning: meaningForAddress(codes, errorCode),
  });
}

/** The words under a picture are words too; what has none is an empty text. */
function textOf(message: JsonObject): string {
  const { text, image } = message;
  if (typeof text === "string") return text;
  const caption = isJsonObject(image) ? image["caption"] : undefined;
  return typeof caption === "string" ? caption : "";
}

/** The number in `title`, or behind the `#` of the error's address in `type`. */
export function errorCodeOf(error: Json | undefined): string | null {
  if (!isJsonObject(error)) return null;
  for (const text of [error["title"], error["type"]]) {
    const code = /(?:^|#)(\d{1,6})$/.exec(
      typeof text === "number" ? String(text) : typeof text === "string" ? text : "",
    );
    if (code?.[1] !== undefined) return code[1];
  }
  return null;
}
