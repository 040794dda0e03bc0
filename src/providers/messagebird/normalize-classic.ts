import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isHostileKey, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { shortMark } from "../../core/model/sha256.ts";
import { decodeText, readId } from "../decode.ts";
import { readMoment, without } from "../event-parts.ts";
import { inboundTextEvent } from "../inbound-text.ts";
import { reportEvents } from "../message-report.ts";
import { readPhoneNumber, readSender } from "../phone-number.ts";
import type { WebhookRequest } from "../provider.ts";
import type { VendorCodes } from "../vendor-codes.ts";
import { meaningOfReport } from "./codes.ts";

const maxIdLength = 100;

/** What is `buffered` waits at the carrier for a phone that is off. */
const statuses: ReadonlyMap<string, string> = new Map([
  ["scheduled", "queued"],
  ["sent", "sent"],
  ["buffered", "sent"],
  ["delivered", "delivered"],
  ["expired", "undelivered"],
  ["delivery_failed", "undelivered"],
]);

const envelope: ReadonlySet<string> = new Set(["id", "reference", "statusDatetime", "createdDatetime", "body"]);

/**
 * What MessageBird said, whichever way: reports come as a query string, texts as one, as a form or as JSON. Null when it
 * can't be read.
 */
export function readFields({ method, url, headers, body }: WebhookRequest): JsonObject | null {
  if (method === "GET" || body.length === 0) return ofPairs(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
  const text = decodeText(body);
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) return ofPairs(text);
  const parsed = parseJson(text);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

/**
 * The first value of each, but never of a name that JavaScript gives a meaning to. Of a text that comes twice, all: any
 * STOP among them is one.
 */
function ofPairs(text: string): JsonObject | null {
  const parameters = new URLSearchParams(text);
  const fields = new Map<string, Json>();
  for (const [name, value] of parameters) {
    if (!fields.has(name) && !isHostileKey(name)) fields.set(name, value);
  }
  const texts = parameters.getAll("body");
  if (texts.length > 1) fields.set("body", texts);
  return fields.size === 0 ? null : Object.fromEntries(fields);
}

/** One request is one text that somebody wrote, or one report on a text of ours. */
export function normalizeClassic(
  fields: JsonObject,
  codes: VendorCodes,
  now: number,
): readonly CanonicalEvent[] | string {
  const id = readId(fields["id"], maxIdLength);
  if (id === null) return "id is missing or not a text of 1 to 100 characters";
  const isReport = fields["status"] !== undefined;
  const [theirName, ourName] = isReport
    ? (["recipient", "originator"] as const)
    : (["originator", "recipient"] as const);
  const theirs = readPhoneNumber(fields[theirName]);
  if (theirs === null) return `${theirName} is not a phone number`;
  const receivedAt = new Date(now).toISOString();
  const common = {
    provider: "messagebird",
    channel: "sms",
    messageId: id,
    theirs,
    ours: readSender(fields[ourName]),
    occurredAt: readMoment(fields[isReport ? "statusDatetime" : "createdDatetime"], now) ?? receivedAt,
    receivedAt,
    data: without(fields, new Set([...envelope, theirName])),
  };
  if (!isReport) {
    const texts = [fields["body"]].flat().filter((text) => typeof text === "string");
    return [inboundTextEvent({ ...common, eventId: id, texts, readings: [] })];
  }
  const said = readId(fields["status"], maxIdLength);
  if (said === null) return "status is not a text of 1 to 100 characters";
  const code = readId(fields["statusErrorCode"], maxIdLength);
  const errorCode = code === "0" ? null : code;
  return reportEvents({
    ...common,
    kind: "sms",
    // A message of somebody else's may have many recipients, all under its one id.
    about: `${id}:${shortMark(theirs)}`,
    status: statuses.get(said) ?? null,
    said,
    intent: readId(fields["reference"], maxIdLength),
    contact: null,
    errorCode,
    meaning: meaningOfReport(codes, errorCode, readId(fields["statusReason"], maxIdLength)),
  });
}
