import type { CanonicalEvent } from "../../core/model/event.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { isHostileKey } from "../../core/model/parse-json.ts";
import { readId } from "../decode.ts";
import { readMoment } from "../event-parts.ts";
import { inboundTextEvent } from "../inbound-text.ts";
import type { InboundText } from "../inbound-text.ts";
import { reportEvents } from "../message-report.ts";
import { readPhoneNumber, readSender } from "../phone-number.ts";
import { meaningForAddress, type VendorCodes } from "../vendor-codes.ts";
import type { Parameters } from "./sign.ts";

const maxIdLength = 100;

/** A carrier that has `accepted` or `buffered` a text has it; `unknown`, which Vonage says too, is none of ours. */
const statuses: ReadonlyMap<string, string> = new Map([
  ["accepted", "sent"],
  ["buffered", "sent"],
  ["delivered", "delivered"],
  ["expired", "undelivered"],
  ["failed", "undelivered"],
  ["rejected", "failed"],
]);

/** Parameters that the envelope carries, and what was for the signature only. */
const envelope: ReadonlySet<string> = new Set([
  "msisdn",
  "messageId",
  "message-timestamp",
  "text",
  "client-ref",
  "api-key",
  "timestamp",
  "nonce",
  "sig",
]);

/** One request of the SMS API is one text that somebody wrote, or one receipt of a part of a text of ours. */
export function normalizeSms(
  parameters: Parameters,
  codes: VendorCodes,
  now: number,
): readonly CanonicalEvent[] | string {
  const id = readId(parameters.get("messageId"), maxIdLength);
  if (id === null) return "messageId is missing or not a text of 1 to 100 characters";
  // In both directions `msisdn` is the person's number, and `to` is ours.
  const theirs = readPhoneNumber(parameters.get("msisdn"));
  if (theirs === null) return "msisdn is not a phone number";
  const receivedAt = new Date(now).toISOString();
  const common = {
    provider: "vonage",
    channel: "sms",
    messageId: id,
    theirs,
    ours: readSender(parameters.get("to")),
    occurredAt: readMoment(parameters.get("message-timestamp"), now) ?? receivedAt,
    receivedAt,
    data: dataOf(parameters),
  };
  const status = parameters.get("status");
  if (status === undefined) return [inbound(parameters, common)];
  const said = readId(status, maxIdLength);
  if (said === null) return "status is not a text of 1 to 100 characters";
  const code = readId(parameters.get("err-code"), maxIdLength);
  const errorCode = code === "0" ? null : code;
  return reportEvents({
    ...common,
    kind: "sms",
    status: statuses.get(said) ?? null,
    said,
    intent: readId(parameters.get("client-ref"), maxIdLength),
    contact: null,
    errorCode,
    meaning: meaningForAddress(codes, errorCode),
  });
}

/**
 * A long text comes in parts, each a text of its own here, with `data.concat-ref`, `-part` and `-total`: waiting for the
 * rest in memory could lose them all, and what decides, a STOP, is never long.
 */
function inbound(parameters: Parameters, common: Omit<InboundText, "eventId" | "texts" | "readings">): CanonicalEvent {
  const part = readId(parameters.get("concat-part"), maxIdLength);
  const eventId = part === null ? common.messageId : `${common.messageId}:${part}`;
  return inboundTextEvent({ ...common, eventId, texts: [parameters.get("text") ?? ""], readings: [] });
}

function dataOf(parameters: Parameters): JsonObject {
  return Object.fromEntries([...parameters].filter(([name]) => !envelope.has(name) && !isHostileKey(name)));
}
