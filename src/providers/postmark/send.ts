import type { Message } from "postmark";
import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import { type MailApi, openMailSender } from "../mail-sender.ts";
import { messageIdOf } from "../message-id.ts";
import type { OutgoingMail } from "../outgoing-mail.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { failureCode, transportFailure } from "../transport-failure.ts";
import { PostmarkRefusal } from "./client.ts";
import type { PostmarkApi } from "./client.ts";
import { outcomeOfRefusal, rejectionClass } from "./refusal.ts";
import type { PostmarkSettings } from "./settings.ts";

/** Messages of one recipient that a reconciliation looks at; Postmark lists the newest first. */
const listed = 100;
/** Of a value of metadata, by Postmark's documentation. */
const maxMetadataLength = 80;

export interface PostmarkSending {
  readonly settings: PostmarkSettings;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
}

/** Postmark's email API through its own SDK, which never retries by itself. */
export function openPostmark(api: PostmarkApi, { settings, capabilities, clock }: PostmarkSending): Outbound {
  const create: MailApi["create"] = async (message, mail, signal) => {
    try {
      const answer: unknown = await api.ask(signal, (client) => client.sendEmail(bodyOf(message, mail, settings)));
      const id = field(answer, "MessageID");
      const taken = field(answer, "ErrorCode") === 0 && typeof id === "string" && id !== "";
      return taken ? { kind: "accepted", providerMessageId: id } : { kind: "ambiguous", code: "unexpected_answer" };
    } catch (error) {
      return outcomeOfError(error, clock.now());
    }
  };

  /**
   * Only the recipient is asked for: whether Postmark can look for metadata is not documented well enough to take its
   * silence for a no.
   */
  const find: MailApi["find"] = async (query, recipient, signal) => {
    try {
      const filter = { recipient, count: listed, offset: 0 };
      const answer: unknown = await api.ask(signal, (client) => client.getOutboundMessages(filter));
      const messages = field(answer, "Messages");
      if (!Array.isArray(messages)) return { kind: "unavailable", code: "unexpected_answer" };
      const isOurs = (message: unknown) =>
        field(field(message, "Metadata"), intentArgumentName) === query.message.intentId;
      const ours: unknown = messages.find(isOurs);
      const id = field(ours, "MessageID");
      return typeof id === "string" ? { kind: "found", providerMessageId: id } : { kind: "not_found" };
    } catch (error) {
      return { kind: "unavailable", code: codeOf(error) };
    }
  };

  const { timeoutMs, answersTo } = settings;
  return openMailSender({ create, find, close: () => api.close() }, { capabilities, clock, timeoutMs, answersTo });
}

function bodyOf(message: OutgoingMessage, mail: OutgoingMail, settings: PostmarkSettings): Message {
  const { marketingStream, messageStream } = settings;
  return {
    From: mail.from,
    To: mail.to,
    Subject: mail.subject,
    ...(mail.text !== "" && { TextBody: mail.text }),
    ...(mail.html !== "" && { HtmlBody: mail.html }),
    ...(mail.replyTo !== null && { ReplyTo: mail.replyTo }),
    Tag: message.ruleId,
    MessageStream: message.unsubscribeUrl === undefined ? messageStream : marketingStream,
    Headers: headersOf(message, mail),
    Metadata: metadataOf(message),
  };
}

/** With a Message-ID of ours, so that an answer names the message it answers; Postmark replaces it unless it is told not to. */
function headersOf(message: OutgoingMessage, mail: OutgoingMail): NonNullable<Message["Headers"]> {
  const headers = {
    "Message-ID": `<${messageIdOf(message.intentId, mail.domain)}>`,
    "X-PM-KeepID": "true",
    ...mail.headers,
  };
  return Object.entries(headers).map(([name, value]) => ({ Name: name, Value: value }));
}

/** What is too long for Postmark is left out, rather than the mail refused: the contact is known by its address as well. */
function metadataOf(message: OutgoingMessage): Record<string, string> {
  const ids: [string, string][] = [
    [intentArgumentName, message.intentId],
    [ruleArgumentName, message.ruleId],
  ];
  if (message.contactId !== null) ids.push([contactArgumentName, message.contactId]);
  return Object.fromEntries(ids.filter(([, id]) => id.length <= maxMetadataLength));
}

function outcomeOfError(error: unknown, now: number): SendOutcome {
  if (!(error instanceof PostmarkRefusal)) return transportFailure(error);
  const { status, code, words } = error;
  // Whatever the SDK finds amiss with a success, it is no refusal.
  if (status < 300) return { kind: "ambiguous", code: "unexpected_answer" };
  const outcome = outcomeOfRefusal({ status, code, afterMs: retryAfterMs(error.retryAfter, now) });
  return outcome.kind === "rejected" && code === "300" ? { ...outcome, class: rejectionClass(words) } : outcome;
}

function codeOf(error: unknown): string {
  if (!(error instanceof PostmarkRefusal)) return failureCode(error);
  return error.code ?? `http_${error.status}`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
