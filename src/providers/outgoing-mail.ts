import { normalizeEmail } from "../core/model/address.ts";
import type { OutgoingMessage, SendOutcome } from "../core/model/outgoing.ts";
import { addressIn } from "./inbound-mail.ts";
import { listUnsubscribe } from "./list-unsubscribe.ts";
import { answerAddressOf } from "./message-id.ts";

/** A message as a mail, in words that all who carry mail share. Nothing in it breaks a line of a header. */
export interface OutgoingMail {
  /** As configured: `Acme <hello@acme.example>`. */
  readonly from: string;
  /** The domain of the sender's address. */
  readonly domain: string;
  readonly to: string;
  readonly subject: string;
  /** One of both at least is not empty. */
  readonly text: string;
  readonly html: string;
  readonly replyTo: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The mail, or why nobody needs to be asked to send it. */
export function outgoingMail(message: OutgoingMessage, answersTo: string | null): OutgoingMail | SendOutcome {
  if (message.kind !== "email") return { kind: "rejected", code: "kind_unsupported", class: "other" };
  if (message.to === null) return { kind: "rejected", code: "to_missing", class: "invalid_address" };
  // A list of addresses would be several messages.
  if (normalizeEmail(message.to) === null) return { kind: "rejected", code: "to_invalid", class: "invalid_address" };
  const from = oneLine(message.from ?? "");
  const sender = addressIn(from);
  if (sender === null) return { kind: "misconfigured", code: "from_invalid" };
  const { text = "", html = "" } = message.content;
  const subject = oneLine(message.content["subject"] ?? "");
  if (subject === "" || (text === "" && html === "")) {
    return { kind: "rejected", code: "content_missing", class: "content" };
  }
  return {
    from,
    domain: sender.slice(sender.indexOf("@") + 1),
    to: message.to.trim(),
    subject,
    text,
    html,
    replyTo: answersTo === null ? null : answerAddressOf(answersTo, message.intentId),
    headers: listUnsubscribe(message),
  };
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ").trim();
}
