import { createHash } from "node:crypto";
import { normalizeEmail } from "../core/model/address.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { JsonObject } from "../core/model/json.ts";
import { automaticMail } from "./automatic-mail.ts";
import type { AutomaticMail } from "./automatic-mail.ts";
import { conversationId } from "./conversation.ts";
import { intentOfAddress, intentOfMessageId, messageIdsIn } from "./message-id.ts";
import { cut, loadReplyText, textOfHtml } from "./reply-text.ts";
import type { ReplyText } from "./reply-text.ts";

/** A mail that a vendor received for us, in words that all of them share. */
export interface ReceivedMail {
  readonly provider: string;
  /** The vendor's own id of it, the same at every try; without one it is known by its Message-ID and recipients. */
  readonly id: string | null;
  /** As in the header: `Ada Example <ada@example.com>`. */
  readonly from: string;
  /** Addresses of ours to which it came, those of the envelope where the vendor tells them. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What the vendor took for the person's own words; null when it does not judge. Empty is no judgement either. */
  readonly stripped: string | null;
  /** All headers in their order, with names as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The sender of the envelope; null when the vendor does not tell it. */
  readonly returnPath: string | null;
  /** Epoch milliseconds at which the vendor received it; null when it does not say. */
  readonly receivedAt: number | null;
  /** The vendor's id of our mail that has this Message-ID, if the vendor makes Message-IDs of them. */
  readonly ownMessage?: (messageId: string) => string | null;
  /** What else the vendor says of it. */
  readonly data: JsonObject;
}

/** The event, or why there is none. */
export type ReadMail = (mail: ReceivedMail, now: number) => CanonicalEvent | string;

const maxSubjectLength = 500;

/** Loads what reads mail, for providers that receive any. */
export async function openMailReader(): Promise<ReadMail> {
  const replyText = await loadReplyText();
  return (mail, now) => readMail(mail, replyText, now);
}

/**
 * An answer of a person is `email.replied`. What a machine sent on its own is `email.auto_replied`, with its `kind`: it
 * ends nothing, and nothing answers it, so that two machines never talk to each other.
 */
function readMail(mail: ReceivedMail, replyText: ReplyText, now: number): CanonicalEvent | string {
  const sender = addressIn(mail.from);
  if (sender === null) return "From is not an address";
  const headers = firstOfEach(mail.headers);
  const ours = mail.to.map(addressIn).find((address) => address !== null) ?? null;
  const kind = kindOf(mail, sender, headers);
  const message = messageOf(mail, headers);
  const received = new Date(now).toISOString();
  return {
    schema_version: 1,
    event_id: mail.id ?? idOfMail(mail, headers),
    event_type: kind === null ? "email.replied" : "email.auto_replied",
    occurred_at: new Date(Math.min(mail.receivedAt ?? receivedAt(mail) ?? now, now)).toISOString(),
    received_at: received,
    provider: mail.provider,
    channel: "email",
    ...(ours === null ? {} : { conversation_id: conversationId("email", sender, mailbox(ours)) }),
    ...(message === null ? {} : { message_id: message }),
    address: { email: kind === "bounce" ? (addressIn(headers.get("x-failed-recipients") ?? "") ?? sender) : sender },
    data: {
      ...mail.data,
      ...(kind === null ? {} : { kind }),
      text: textOf(mail, replyText),
      subject: mail.subject.replace(/\s+/g, " ").trim().slice(0, maxSubjectLength),
    },
  };
}

/** The address in a header: `ada@example.com`, `Ada <ada@example.com>`, `"Example, Ada" <ada@example.com>`. */
export function addressIn(header: string): string | null {
  const text = header.slice(0, 1_000);
  const [, inBrackets] = /<([^<>]*)>[^<>]*$/.exec(text) ?? [];
  return normalizeEmail(inBrackets ?? text.split(",", 1)[0] ?? "");
}

function kindOf(mail: ReceivedMail, sender: string, headers: ReadonlyMap<string, string>): AutomaticMail | null {
  // One of ours that came back whole, because the address to answer to was among its recipients.
  if (intentOfMessageId(headers.get("message-id") ?? "") !== null) return "own";
  const returnPath = mail.returnPath ?? headers.get("return-path") ?? null;
  return automaticMail({ headers, sender, subject: mail.subject, returnPath });
}

/** The message of ours that it answers: by the address it went to, else by the mails that it names, the nearest first. */
function messageOf(mail: ReceivedMail, headers: ReadonlyMap<string, string>): string | null {
  for (const address of mail.to) {
    const intent = intentOfAddress(address);
    if (intent !== null) return intent;
  }
  const answered = messageIdsIn(headers.get("in-reply-to") ?? "");
  const before = messageIdsIn(headers.get("references") ?? "");
  const named = [...answered, ...before.toReversed()];
  const ours = named.map(intentOfMessageId).find((intent) => intent !== null);
  return ours ?? named.map((id) => mail.ownMessage?.(id) ?? null).find((id) => id !== null) ?? null;
}

function textOf(mail: ReceivedMail, replyText: ReplyText): string {
  const stripped = cut(mail.stripped ?? "");
  if (stripped !== "") return stripped;
  const text = replyText(mail.text);
  return text === "" && mail.html !== "" ? replyText(textOfHtml(mail.html)) : text;
}

/** What is behind a plus sign names a message, not a mailbox. */
function mailbox(address: string): string {
  return address.replace(/\+[^@]*@/, "@");
}

function firstOfEach(headers: ReceivedMail["headers"]): ReadonlyMap<string, string> {
  return new Map(headers.toReversed().map(([name, value]) => [name.trim().toLowerCase(), value]));
}

/** A mail without a Message-ID is known by all of it. */
function idOfMail(mail: ReceivedMail, headers: ReadonlyMap<string, string>): string {
  const named = headers.get("message-id")?.trim() ?? "";
  const parts = named === "" ? [mail.from, mail.subject, mail.text, mail.html, ...mail.headers.flat()] : [named];
  const hash = createHash("sha256").update(JSON.stringify([...parts, ...mail.to]));
  return `mail-${hash.digest("base64url").slice(0, 32)}`;
}

/** By the clock of the vendor, whose line is the topmost. A sender's own `Date` may say anything. */
function receivedAt(mail: ReceivedMail): number | null {
  const [, line] = mail.headers.find(([name]) => name.trim().toLowerCase() === "received") ?? [];
  const date = /\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}/.exec((line ?? "").slice(0, 2_000))?.[0];
  const at = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) || at <= 0 ? null : at;
}

/** The header lines of a mail as one text; a line that begins with a space goes on with the one before. */
export function parseHeaders(text: string): readonly (readonly [string, string])[] {
  const lines = text.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  return lines.flatMap((line) => {
    const colon = line.indexOf(":");
    return colon < 1 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const];
  });
}
