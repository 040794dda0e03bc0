import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import { type MailApi, openMailSender } from "../mail-sender.ts";
import { messageIdOf } from "../message-id.ts";
import type { OutgoingMail } from "../outgoing-mail.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { failureCode, transportFailure } from "../transport-failure.ts";
import type { HttpAnswer } from "../vendor-http.ts";
import { readEventsPage, readObject } from "./api.ts";
import type { MailgunApi } from "./api.ts";
import { intentOfEvent, mailgunMessageId } from "./normalize-event.ts";
import { outcomeOfRefusal, rejectionClass } from "./refusal.ts";
import type { MailgunSettings } from "./settings.ts";

/** Mailgun's clock is not ours. */
const clockSlackMs = 60_000;
/** Pages of one recipient's events that a reconciliation reads. */
const maxPages = 5;
const pageSize = "300";

export interface MailgunSending {
  readonly settings: MailgunSettings;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
}

/** Mailgun's messages API. */
export function openMailgun(api: MailgunApi, { settings, capabilities, clock }: MailgunSending): Outbound {
  const create: MailApi["create"] = async (message, mail, signal) => {
    try {
      return outcomeOfAnswer(await api.send(formOf(message, mail), signal), clock.now());
    } catch (error) {
      return transportFailure(error);
    }
  };

  /** Not found is not known as long as the list may be late. */
  const find: MailApi["find"] = async (query, recipient, signal) => {
    const begin = String(Math.floor((query.startedAt - clockSlackMs) / 1_000));
    let page: URLSearchParams | string = new URLSearchParams({ begin, ascending: "yes", limit: pageSize, recipient });
    try {
      for (let count = 0; count < maxPages; count += 1) {
        const answer = await api.events(page, signal);
        const found = answer.status === 200 ? readEventsPage(answer.body) : null;
        if (found === null) return { kind: "unavailable", code: codeOf(answer) };
        const event = found.items.find((item) => intentOfEvent(item) === query.message.intentId);
        if (event !== undefined) {
          return { kind: "found", providerMessageId: mailgunMessageId(event) ?? query.message.intentId };
        }
        if (found.items.length === 0 || found.next === null) break;
        page = found.next;
      }
    } catch (error) {
      return { kind: "unavailable", code: failureCode(error) };
    }
    const settled = clock.now() - query.startedAt >= settings.settleMs;
    return settled ? { kind: "not_found" } : { kind: "unavailable", code: "too_early" };
  };

  const { timeoutMs, answersTo } = settings;
  return openMailSender({ create, find, close: () => api.close() }, { capabilities, clock, timeoutMs, answersTo });
}

/** The parameters of a create. */
function formOf(message: OutgoingMessage, mail: OutgoingMail): URLSearchParams {
  const headers = {
    ...mail.headers,
    // So that an answer names the message it answers.
    "Message-Id": `<${messageIdOf(message.intentId, mail.domain)}>`,
    ...(mail.replyTo !== null && { "Reply-To": mail.replyTo }),
  };
  return new URLSearchParams({
    from: mail.from,
    to: mail.to,
    subject: mail.subject,
    ...(mail.text !== "" && { text: mail.text }),
    ...(mail.html !== "" && { html: mail.html }),
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [`h:${name}`, value])),
    [`v:${intentArgumentName}`]: message.intentId,
    [`v:${ruleArgumentName}`]: message.ruleId,
    ...(message.contactId !== null && { [`v:${contactArgumentName}`]: message.contactId }),
  });
}

function outcomeOfAnswer(answer: HttpAnswer, now: number): SendOutcome {
  const body = readObject(answer.body);
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const id = body?.["id"];
    if (status !== 200 || typeof id !== "string" || id === "") return { kind: "ambiguous", code: "unexpected_answer" };
    return { kind: "accepted", providerMessageId: id.replace(/^<|>$/g, "") };
  }
  const afterMs = retryAfterMs(answer.headers["retry-after"], now);
  const outcome = outcomeOfRefusal({ status, code: null, afterMs });
  if (outcome.kind !== "rejected") return outcome;
  const message = body?.["message"];
  return { ...outcome, class: rejectionClass(status, typeof message === "string" ? message : "") };
}

function codeOf({ status }: HttpAnswer): string {
  return status === 200 ? "unexpected_answer" : `http_${status}`;
}
