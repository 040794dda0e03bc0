import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { readJsonBody, readMs } from "../event-parts.ts";
import type { ReadMail, ReceivedMail } from "../inbound-mail.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { normalizePostmarkRecord } from "./normalize-event.ts";

export interface PostmarkReading {
  readonly contactMetadata: string;
  readonly readMail: ReadMail;
}

type Read = Extract<Normalized, { events: unknown }>;

const maxHeaders = 500;
const maxAttachments = 100;
const maxNameLength = 200;
/** The host of Message-IDs that Postmark makes of its own ids. */
const postmarkMessageId = /^([0-9a-f-]{36})@mtasv\.net$/i;

/** One request is one record of a message of ours or, without a `RecordType`, one mail that came in. */
export function normalizePostmark(request: WebhookRequest, reading: PostmarkReading, now: number): Normalized {
  const body = readJsonBody(request.body);
  if ("malformed" in body) return body;
  const { value } = body;
  if (!isJsonObject(value)) return { malformed: "expected a JSON object" };
  const isMail = value["RecordType"] === undefined && value["From"] !== undefined;
  return isMail ? readReceived(value, reading, now) : readRecord(value, reading.contactMetadata, now);
}

export function readRecord(record: JsonObject, contactMetadata: string, now: number): Read {
  return outcome(normalizePostmarkRecord(record, contactMetadata, now), record);
}

/** A mail as the inbound webhook and the list of received mail have it. What was attached is told by its name alone. */
export function readReceived(mail: JsonObject, { readMail }: PostmarkReading, now: number): Read {
  const attachments = namesOfAttachments(mail["Attachments"]);
  const event = readMail(receivedMail(mail, attachments), now);
  if (typeof event !== "string") return outcome([event], mail);
  return outcome(event, { ...mail, Attachments: attachments });
}

function outcome(events: readonly CanonicalEvent[] | string, payload: Json): Read {
  if (typeof events === "string") return { events: [], quarantined: [{ reason: events, payload }] };
  return { events, quarantined: [] };
}

function receivedMail(mail: JsonObject, attachments: readonly string[]): ReceivedMail {
  const id = text(mail["MessageID"]);
  const original = text(mail["OriginalRecipient"]);
  return {
    provider: "postmark",
    id: id === "" || id.length > maxNameLength ? null : `mail-${id}`,
    from: text(mail["From"]),
    to: [original, ...recipientsIn(mail["ToFull"])].filter((address) => address !== ""),
    subject: text(mail["Subject"]),
    text: text(mail["TextBody"]),
    html: text(mail["HtmlBody"]),
    stripped: typeof mail["StrippedTextReply"] === "string" ? mail["StrippedTextReply"] : null,
    headers: headersIn(mail["Headers"]),
    returnPath: null,
    receivedAt: readMs(mail["ReceivedAt"]),
    ownMessage: (messageId) => postmarkMessageId.exec(messageId)?.[1] ?? null,
    data: {
      MessageStream: text(mail["MessageStream"]),
      MailboxHash: text(mail["MailboxHash"]),
      Tag: text(mail["Tag"]),
      recipient: original,
      attachments,
    },
  };
}

function recipientsIn(list: Json | undefined): readonly string[] {
  const people = isJsonArray(list) ? list.filter(isJsonObject) : [];
  return people.map((person) => text(person["Email"]));
}

function headersIn(list: Json | undefined): ReceivedMail["headers"] {
  const headers = isJsonArray(list) ? list.slice(0, maxHeaders).filter(isJsonObject) : [];
  return headers.map((header) => [text(header["Name"]), text(header["Value"])] as const);
}

function namesOfAttachments(list: Json | undefined): readonly string[] {
  const attached = isJsonArray(list) ? list.slice(0, maxAttachments).filter(isJsonObject) : [];
  return attached.map((one) => text(one["Name"]).slice(0, maxNameLength));
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
