import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isList } from "../../core/model/path.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { readId } from "../decode.ts";
import { readMoment, without } from "../event-parts.ts";
import { inboundTextEvent } from "../inbound-text.ts";
import { reportEvents } from "../message-report.ts";
import { readPhoneNumber, readSender } from "../phone-number.ts";
import type { BirdFields } from "./bird-fields.ts";

const maxIdLength = 100;

const statuses: ReadonlyMap<string, string> = new Map([
  ["accepted", "queued"],
  ["scheduled", "queued"],
  ["processing", "queued"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["delivery_failed", "undelivered"],
  ["sending_failed", "failed"],
  ["rejected", "failed"],
  ["skipped", "failed"],
]);

/** What the envelope carries, and people's addresses and words. */
function envelopeOf({ id, sender, receiver, body, reference, written_at, status_at }: BirdFields): ReadonlySet<string> {
  return new Set([id, sender, receiver, body, reference, written_at, status_at, "template", "updatedAt"]);
}

/** One request of Bird is one message that somebody wrote, or one status of a message of ours. */
export function normalizeBird(notice: JsonObject, names: BirdFields, now: number): readonly CanonicalEvent[] | string {
  const { event, payload } = notice;
  const match = /^([a-z_-]{1,40})\.([a-z_-]{1,40})$/.exec(typeof event === "string" ? event : "");
  const [said, channel, what] = match ?? [];
  if (said === undefined || channel === undefined || !isJsonObject(payload)) return "event or payload is missing";
  const id = readId(payload[names.id], maxIdLength);
  if (id === null) return "the id of the payload is missing or not a text of 1 to 100 characters";
  const theirs = what === "inbound" ? numberOf(payload[names.sender]) : numberOf(payload[names.receiver]);
  if (theirs === null) return "payload names no phone number of a person";
  const receivedAt = new Date(now).toISOString();
  const common = {
    provider: "messagebird",
    channel,
    messageId: id,
    theirs,
    // Bird tells the number that it is only sometimes, and its own channel always.
    ours: readSender(payload[names.channel]),
    receivedAt,
    data: { ...without(payload, envelopeOf(names)), event: said },
  };
  const at = (field: string) => readMoment(payload[field], now) ?? receivedAt;
  if (what === "inbound") {
    const occurredAt = at(names.written_at);
    return [
      inboundTextEvent({ ...common, eventId: id, texts: [textOf(payload[names.body])], readings: [], occurredAt }),
    ];
  }
  const status = readId(payload[names.status], maxIdLength);
  const isReport = what === "outbound" && status !== null;
  return reportEvents({
    ...common,
    kind: "sms",
    status: isReport ? (statuses.get(status) ?? null) : null,
    said: isReport ? status : said,
    intent: readId(payload[names.reference], maxIdLength),
    contact: null,
    errorCode: errorCodeOf(payload[names.failure]),
    meaning: null,
    occurredAt: at(names.status_at),
  });
}

/** `{contact}` of a sender, `{contacts: [...]}` of a receiver: whoever is named by a phone number. */
function numberOf(party: Json | undefined): string | null {
  if (!isJsonObject(party)) return null;
  const { contact, contacts } = party;
  for (const one of [contact, ...(isList(contacts) ? contacts : [])]) {
    if (isJsonObject(one) && one["identifierKey"] === "phonenumber") return readPhoneNumber(one["identifierValue"]);
  }
  return null;
}

/** `{type: "text", text: {text}}`; what has no words is an empty text. */
function textOf(body: Json | undefined): string {
  const text = isJsonObject(body) ? body["text"] : undefined;
  const words = isJsonObject(text) ? text["text"] : undefined;
  return typeof words === "string" ? words : "";
}

function errorCodeOf(failure: Json | undefined): string | null {
  if (!isJsonObject(failure)) return null;
  const { code, source } = failure;
  return readId(code, maxIdLength) ?? (isJsonObject(source) ? readId(source["code"], maxIdLength) : null);
}
