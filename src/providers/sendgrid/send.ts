import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import { listUnsubscribe } from "../list-unsubscribe.ts";
import { answerAddressOf } from "../message-id.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { rateLimitResetMs, retryAfterMs } from "../retry-after.ts";
import { transportFailure } from "../transport-failure.ts";
import { type HttpAnswer, openVendorHttp } from "../vendor-http.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { loadSendGridSdk } from "./sdk.ts";
import type { SendGridMail } from "./sdk.ts";
import type { SendGridSettings } from "./settings.ts";

/** Mail Send v3 through SendGrid's own SDK, which never retries by itself, over our own HTTP in the place of its axios. */
export async function openSendGrid(
  settings: SendGridSettings,
  capabilities: Capabilities,
  clock: Clock,
): Promise<Outbound> {
  const { Client, MailService } = await loadSendGridSdk();
  const http = openVendorHttp();
  const client = new Client();
  client.setApiKey(settings.apiKey);
  // Key first: `setApiKey` resets the base URL.
  if (settings.baseUrl !== null) client.setDefaultRequest("baseUrl", settings.baseUrl);
  const mail = new MailService();
  /** Of the call that is begun next: the service hands a call to its client without a pause. */
  let signalOfNext = new AbortController().signal;
  mail.setClient({
    async request({ method, url, body }) {
      // Without the headers of the mail, which the service repeats beside the mail that has them.
      const { baseURL, headers } = client.createRequest({ method, url, body });
      const whole = { url: baseURL.replace(/\/+$/, "") + url, headers, body: JSON.stringify(body) };
      return http.call({ method: "POST", ...whole }, signalOfNext);
    },
  });

  const call = async (mailData: SendGridMail, signal: AbortSignal): Promise<SendOutcome> => {
    try {
      signalOfNext = signal;
      return outcomeOfAnswer(await mail.send(mailData), clock.now());
    } catch (error) {
      return transportFailure(error);
    }
  };

  return {
    capabilities,
    timeoutMs: settings.timeoutMs + abortGraceMs,
    async send(message) {
      if (message.kind !== "email") return { kind: "rejected", code: "kind_unsupported", class: "other" };
      if (message.to === null) return { kind: "rejected", code: "to_missing", class: "invalid_address" };
      const from = message.from === null ? null : readSender(message.from);
      if (from === null) return { kind: "misconfigured", code: "from_invalid" };
      const mailData = mailOf(message, { from, to: message.to, answersTo: settings.answersTo });
      if (mailData === null) return { kind: "rejected", code: "content_missing", class: "content" };
      const gaveUp: SendOutcome = { kind: "ambiguous", code: "timeout" };
      return withDeadline(clock, settings.timeoutMs, gaveUp, (signal) => call(mailData, signal));
    },
    close: () => http.close(),
  };
}

interface Sender {
  readonly name?: string;
  readonly email: string;
}

/** `Acme <hello@acme.example>`, `"Acme, Inc." <hello@acme.example>` or the bare address. Line breaks never reach a header. */
export function readSender(text: string): Sender | null {
  const line = oneLine(text);
  const match = /^(?:"?([^"<>]*?)"?\s*<)?([^\s<>"@]+@[^\s<>"@]+?)>?$/.exec(line);
  const [, name, email] = match ?? [];
  if (email === undefined) return null;
  return name === undefined || name === "" ? { email } : { name, email };
}

interface Addresses {
  readonly from: Sender;
  readonly to: string;
  readonly answersTo: string | null;
}

/** Null without a subject or without any text, which SendGrid refuses. */
function mailOf(message: OutgoingMessage, { from, to, answersTo }: Addresses): SendGridMail | null {
  const { text, html } = message.content;
  const subject = oneLine(message.content["subject"] ?? "");
  // In order of growing richness (RFC 2046 section 5.1.4), as SendGrid demands.
  const parts = [];
  if (text !== undefined && text !== "") parts.push({ type: "text/plain", value: text });
  if (html !== undefined && html !== "") parts.push({ type: "text/html", value: html });
  const [first, ...others] = parts;
  if (first === undefined || subject === "") return null;
  return {
    to: { email: oneLine(to) },
    from,
    ...(answersTo === null ? {} : { replyTo: { email: answerAddressOf(answersTo, message.intentId) } }),
    subject,
    headers: listUnsubscribe(message),
    content: [first, ...others],
    customArgs: {
      [intentArgumentName]: message.intentId,
      [ruleArgumentName]: message.ruleId,
      ...(message.contactId === null ? {} : { [contactArgumentName]: message.contactId }),
    },
  };
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ").trim();
}

/** 202 is the only answer that says the message was taken. 200 without a body is what sandbox mode answers. */
function outcomeOfAnswer({ status, headers, body }: HttpAnswer, now: number): SendOutcome {
  if (status === 202 || (status === 200 && body === "")) {
    return { kind: "accepted", providerMessageId: headers["x-message-id"] ?? null };
  }
  if (status < 300) return { kind: "ambiguous", code: "unexpected_answer" };
  const afterMs = retryAfterMs(headers["retry-after"], now) ?? rateLimitResetMs(headers["x-ratelimit-reset"], now);
  const outcome = outcomeOfRefusal({ status, code: null, afterMs });
  return outcome.kind === "rejected" ? { ...outcome, class: rejectionClass(status, body) } : outcome;
}

/** SendGrid names the offending field: `personalizations.0.to.0.email`, `content.0.value`. */
function rejectionClass(status: number, body: string): "invalid_address" | "content" | "other" {
  if (status === 413) return "content";
  const parsed = parseJson(body);
  const errors = parsed.ok && isJsonObject(parsed.value) ? parsed.value["errors"] : undefined;
  const found = isJsonArray(errors) ? errors : [];
  const names = found.flatMap((one) => (isJsonObject(one) && typeof one["field"] === "string" ? [one["field"]] : []));
  if (names.some((name) => /^personalizations\.\d+\.to(\.|$)/.test(name))) return "invalid_address";
  return names.some((name) => /^(content|subject)(\.|$)/.test(name)) ? "content" : "other";
}
