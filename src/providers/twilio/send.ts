import twilioSdk from "twilio";
import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "../../core/model/outgoing.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import type { Capabilities, Outbound, ReconcileQuery } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { failureCode, transportFailure } from "../transport-failure.ts";
import { openVendorConnection } from "../vendor-connection.ts";
import { outcomeOfRefusal } from "./codes.ts";
import { TwilioHttpClient, TwilioRefusal, UnreadableAnswer } from "./http-client.ts";
import type { TwilioSettings } from "./settings.ts";

/** Messages of one recipient that a reconciliation looks at; Twilio lists the newest first. */
const listed = 100;
/** Twilio's `date_created` has whole seconds, and its clock is not ours. */
const clockSlackMs = 60_000;

/** Programmable Messaging through Twilio's own SDK, with its retries left off. */
export function openTwilio(settings: TwilioSettings, capabilities: Capabilities, clock: Clock): Outbound {
  const connection = openVendorConnection();
  const httpClient = new TwilioHttpClient(connection, settings.baseUrl, settings.timeoutMs);
  // A log level is given because TWILIO_LOG_LEVEL=debug would print credentials and texts.
  const client = twilioSdk(settings.accountSid, settings.authToken, { httpClient, logLevel: "none", autoRetry: false });
  if (settings.baseUrl !== null) client.api.baseUrl = settings.baseUrl;

  const create = async (message: OutgoingMessage, target: Target, signal: AbortSignal): Promise<SendOutcome> => {
    try {
      httpClient.signal = signal;
      const created = await client.messages.create(createOptions(message, target, settings));
      const accepted = typeof created.sid === "string" && created.sid !== "";
      return accepted ? { kind: "accepted", providerMessageId: created.sid } : unexpectedAnswer;
    } catch (error) {
      return outcomeOfError(error, clock.now());
    }
  };

  const find = async (query: ReconcileQuery, target: Target, signal: AbortSignal): Promise<Reconciliation> => {
    try {
      httpClient.signal = signal;
      const from = isMessagingService(target.from) ? {} : { from: target.from };
      const messages = await client.messages.list({ to: target.to, ...from, limit: listed, pageSize: listed });
      return findMessage(messages, query, target.from);
    } catch (error) {
      return { kind: "unavailable", code: refusalCode(error) };
    }
  };

  return {
    capabilities,
    timeoutMs: settings.timeoutMs + abortGraceMs,
    async send(message) {
      const target = targetOf(message);
      if ("refused" in target) return target.refused;
      return withDeadline<SendOutcome>(clock, settings.timeoutMs, { kind: "ambiguous", code: "timeout" }, (signal) =>
        create(message, target, signal),
      );
    },
    async reconcile(query) {
      const target = targetOf(query.message);
      // What `send` refuses without asking Twilio was surely never sent.
      if ("refused" in target) return { kind: "not_found" };
      return withDeadline<Reconciliation>(
        clock,
        settings.timeoutMs,
        { kind: "unavailable", code: "timeout" },
        (signal) => find(query, target, signal),
      );
    },
    async close() {
      connection.close();
    },
  };
}

const unexpectedAnswer: SendOutcome = { kind: "ambiguous", code: "unexpected_answer" };

interface Target {
  readonly to: string;
  /** A number in E.164, a short code, a sender name, or a Messaging Service (`MG…`). */
  readonly from: string;
  readonly text: string;
}

function targetOf(message: OutgoingMessage): Target | { readonly refused: SendOutcome } {
  const { to, from, kind } = message;
  const text = message.content["text"] ?? "";
  if (kind !== "sms") return { refused: { kind: "rejected", code: "kind_unsupported", class: "other" } };
  if (to === null) return { refused: { kind: "rejected", code: "to_missing", class: "invalid_address" } };
  if (text === "") return { refused: { kind: "rejected", code: "content_missing", class: "content" } };
  if (from === null) return { refused: { kind: "misconfigured", code: "from_missing" } };
  return { to, from, text };
}

function isMessagingService(from: string): boolean {
  return /^MG\w{8,}$/.test(from);
}

function createOptions(message: OutgoingMessage, target: Target, settings: TwilioSettings) {
  const callback = settings.webhook === null ? null : statusCallback(settings.webhook.publicUrl, message);
  return {
    to: target.to,
    body: target.text,
    ...(isMessagingService(target.from) ? { messagingServiceSid: target.from } : { from: target.from }),
    ...(callback === null ? {} : { statusCallback: callback }),
  };
}

/** The only place where a text message can carry our ids: they come back in the query string of every callback. */
function statusCallback(publicUrl: string, message: OutgoingMessage): string {
  const ids = new URLSearchParams({ [intentArgumentName]: message.intentId });
  if (message.contactId !== null) ids.set(contactArgumentName, message.contactId);
  return `${publicUrl}/webhooks/twilio?${ids.toString()}`;
}

function outcomeOfError(error: unknown, now: number): SendOutcome {
  if (error instanceof UnreadableAnswer) return unexpectedAnswer;
  if (!(error instanceof TwilioRefusal)) return transportFailure(error);
  return outcomeOfRefusal({
    status: error.status,
    code: error.code === null ? null : String(error.code),
    afterMs: retryAfterMs(error.retryAfter, now),
  });
}

function refusalCode(error: unknown): string {
  if (error instanceof UnreadableAnswer) return "unexpected_answer";
  if (!(error instanceof TwilioRefusal)) return failureCode(error);
  return error.code === null ? `http_${error.status}` : String(error.code);
}

interface ListedMessage {
  readonly sid: string;
  readonly body: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly dateCreated: Date | null;
}

/**
 * The oldest message that can be the lost attempt: the same text, created since the attempt began, and not known to be
 * another intent's. The number that a Messaging Service chose is not known yet when a message is queued, so `from` may
 * be null; the service itself must then agree.
 */
function findMessage(messages: readonly ListedMessage[], query: ReconcileQuery, from: string): Reconciliation {
  const candidates = messages.filter(
    (message) =>
      message.body === query.message.content["text"] &&
      !query.known.includes(message.sid) &&
      (message.dateCreated?.getTime() ?? 0) >= query.startedAt - clockSlackMs &&
      (!isMessagingService(from) || message.messagingServiceSid === from),
  );
  const oldest = candidates.toSorted((a, b) => (a.dateCreated?.getTime() ?? 0) - (b.dateCreated?.getTime() ?? 0))[0];
  return oldest === undefined ? { kind: "not_found" } : { kind: "found", providerMessageId: oldest.sid };
}
