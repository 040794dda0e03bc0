import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { contactArgumentName, intentArgumentName, ruleArgumentName } from "../correlation.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import { listUnsubscribe } from "../list-unsubscribe.ts";
import { answerAddressOf } from "../message-id.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { rateLimitResetMs, retryAfterMs } from "../retry-after.ts";
import { transportFailure } from "../transport-failure.ts";
import { openVendorConnection } from "../vendor-connection.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { loadSendGridSdk } from "./sdk.ts";
import type { SendGridMail } from "./sdk.ts";
import type { SendGridSettings } from "./settings.ts";

/** An answer of Mail Send is empty or a short list of errors. */
const maxAnswerBytes = 1_048_576;

/** Mail Send v3 through SendGrid's own SDK, which never retries by itself. */
export async function openSendGrid(
  settings: SendGridSettings,
  capabilities: Capabilities,
  clock: Clock,
): Promise<Outbound> {
  const { Client, MailService } = await loadSendGridSdk();
  const connection = openVendorConnection();
  const client = new Client();
  client.setApiKey(settings.apiKey);
  const mail = new MailService();
  mail.setClient(client);

  const call = async (mailData: SendGridMail, signal: AbortSignal): Promise<SendOutcome> => {
    // The SDK has no options per call; it reads these defaults synchronously inside `send`. `setApiKey` resets the
    // base URL, which is why it is set here, after it. A redirect is never followed: it would repeat the create.
    const defaults = {
      ...(settings.baseUrl === null ? {} : { baseUrl: settings.baseUrl }),
      httpAgent: connection.httpAgent,
      httpsAgent: connection.httpsAgent,
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      timeout: settings.timeoutMs,
      signal,
    };
    client.setDefaultRequest(defaults);
    try {
      const [answer] = await mail.send(mailData);
      return outcomeOfAnswer(answer.statusCode, answer.headers, answer.body);
    } catch (error) {
      return outcomeOfError(error, clock.now());
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
    async close() {
      connection.close();
    },
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
function outcomeOfAnswer(status: number, headers: unknown, body: unknown): SendOutcome {
  const empty = body === undefined || body === null || body === "";
  if (status === 202 || (status === 200 && empty)) {
    const id = header(headers, "x-message-id");
    return { kind: "accepted", providerMessageId: id === "" ? null : id };
  }
  return { kind: "ambiguous", code: "unexpected_answer" };
}

function outcomeOfError(error: unknown, now: number): SendOutcome {
  const answer = readAnswer(error);
  if (answer === null) return transportFailure(error);
  const { status, headers, body } = answer;
  const afterMs =
    retryAfterMs(header(headers, "retry-after"), now) ?? rateLimitResetMs(header(headers, "x-ratelimit-reset"), now);
  const outcome = outcomeOfRefusal({ status, code: null, afterMs });
  return outcome.kind === "rejected" ? { ...outcome, class: rejectionClass(status, body) } : outcome;
}

/** The SDK throws its own error with the status as `code` from 400 on, and Axios' error for redirects. */
function readAnswer(
  error: unknown,
): { readonly status: number; readonly headers: unknown; readonly body: unknown } | null {
  const response = read(error, "response");
  if (typeof response !== "object" || response === null) return null;
  const status = read(response, "status") ?? read(error, "code");
  if (typeof status !== "number") return null;
  return { status, headers: read(response, "headers"), body: read(response, "body") };
}

/** SendGrid names the offending field: `personalizations.0.to.0.email`, `content.0.value`. */
function rejectionClass(status: number, body: unknown): "invalid_address" | "content" | "other" {
  if (status === 413) return "content";
  const errors = read(body, "errors");
  const fields = Array.isArray(errors) ? errors.map((one) => read(one, "field")) : [];
  const names = fields.filter((name) => typeof name === "string");
  if (names.some((name) => /^personalizations\.\d+\.to(\.|$)/.test(name))) return "invalid_address";
  return names.some((name) => /^(content|subject)(\.|$)/.test(name)) ? "content" : "other";
}

function header(headers: unknown, name: string): string {
  const value = read(headers, name);
  return typeof value === "string" ? value : "";
}

function read(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
