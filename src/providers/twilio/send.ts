import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "../../core/model/outgoing.ts";
import { contactArgumentName, intentArgumentName } from "../correlation.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import type { Capabilities, Outbound, ReconcileQuery } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { failureCode, transportFailure } from "../transport-failure.ts";
import type { VendorCodes } from "../vendor-codes.ts";
import type { TwilioClient } from "./client.ts";
import { outcomeOfRefusal } from "./codes.ts";
import { TwilioRefusal, UnreadableAnswer } from "./http-client.ts";
import type { TwilioSettings } from "./settings.ts";
import { maxTwiml, speech } from "./speech.ts";

/** Messages or calls of one recipient that a reconciliation looks at; Twilio lists the newest first. */
const listed = 100;
/** Twilio's `date_created` has whole seconds, and its clock is not ours. */
const clockSlackMs = 60_000;
/** What Twilio tells of a call as it goes on; of its end it always tells. */
const callProgress = ["initiated", "ringing", "answered", "completed"];

/** Texts and calls through Twilio's own SDK. */
export function openTwilio(
  { client, httpClient, close }: TwilioClient,
  settings: TwilioSettings,
  capabilities: Capabilities,
  clock: Clock,
): Outbound {
  const create = async (message: OutgoingMessage, target: Target, signal: AbortSignal): Promise<SendOutcome> => {
    try {
      httpClient.signal = signal;
      const created =
        target.kind === "voice"
          ? await client.calls.create(callOptions(message, target, settings))
          : await client.messages.create(textOptions(message, target, settings));
      const accepted = typeof created.sid === "string" && created.sid !== "";
      return accepted ? { kind: "accepted", providerMessageId: created.sid } : unexpectedAnswer;
    } catch (error) {
      return outcomeOfError(error, settings.codes, clock.now());
    }
  };

  const find = async (query: ReconcileQuery, target: Target, signal: AbortSignal): Promise<Reconciliation> => {
    try {
      httpClient.signal = signal;
      const { to, from } = target;
      const limits = { limit: listed, pageSize: listed };
      if (target.kind === "voice")
        return findTaken(await client.calls.list({ to, from, ...limits }), query, () => true);
      const messages = await client.messages.list({ to, ...(!isMessagingService(from) && { from }), ...limits });
      return findTaken(messages, query, (message) => isSameText(message, target));
    } catch (error) {
      return { kind: "unavailable", code: refusalCode(error) };
    }
  };

  return {
    capabilities,
    timeoutMs: settings.timeoutMs + abortGraceMs,
    async send(message) {
      const target = targetOf(message, settings);
      if ("refused" in target) return target.refused;
      return withDeadline<SendOutcome>(clock, settings.timeoutMs, { kind: "ambiguous", code: "timeout" }, (signal) =>
        create(message, target, signal),
      );
    },
    async reconcile(query) {
      const target = targetOf(query.message, settings);
      // What `send` refuses without asking Twilio was surely never sent.
      if ("refused" in target) return { kind: "not_found" };
      return withDeadline<Reconciliation>(
        clock,
        settings.timeoutMs,
        { kind: "unavailable", code: "timeout" },
        (signal) => find(query, target, signal),
      );
    },
    close,
  };
}

const unexpectedAnswer: SendOutcome = { kind: "ambiguous", code: "unexpected_answer" };

interface Target {
  readonly kind: "sms" | "voice";
  readonly to: string;
  /** A number in E.164; for texts also a short code, a sender name, or a Messaging Service (`MG…`). */
  readonly from: string;
  /** The text, or TwiML that speaks it. */
  readonly said: string;
}

function targetOf(message: OutgoingMessage, { voice }: TwilioSettings): Target | { readonly refused: SendOutcome } {
  const { to, from, kind } = message;
  const text = message.content["text"] ?? "";
  if (kind !== "sms" && kind !== "voice")
    return { refused: { kind: "rejected", code: "kind_unsupported", class: "other" } };
  if (to === null) return { refused: { kind: "rejected", code: "to_missing", class: "invalid_address" } };
  if (text === "") return { refused: { kind: "rejected", code: "content_missing", class: "content" } };
  if (from === null) return { refused: { kind: "misconfigured", code: "from_missing" } };
  if (kind === "sms") return { kind, to, from, said: text };
  if (isMessagingService(from)) return { refused: { kind: "misconfigured", code: "from_is_no_number" } };
  const said = speech(text, voice);
  if (said.length > maxTwiml) return { refused: { kind: "rejected", code: "content_too_long", class: "content" } };
  return { kind, to, from, said };
}

function isMessagingService(from: string): boolean {
  return /^MG\w{8,}$/.test(from);
}

function textOptions(message: OutgoingMessage, { to, from, said }: Target, { webhook }: TwilioSettings) {
  return {
    to,
    body: said,
    ...(isMessagingService(from) ? { messagingServiceSid: from } : { from }),
    ...(webhook !== null && { statusCallback: statusCallback(webhook.publicUrl, message) }),
  };
}

function callOptions(message: OutgoingMessage, { to, from, said }: Target, { webhook, voice }: TwilioSettings) {
  return {
    to,
    from,
    twiml: said,
    ...(voice.machineDetection !== null && { machineDetection: voice.machineDetection }),
    ...(webhook !== null && {
      statusCallback: statusCallback(webhook.publicUrl, message),
      statusCallbackEvent: callProgress,
    }),
  };
}

/** The only place where a text or a call can carry our ids: they come back in the query string of every callback. */
function statusCallback(publicUrl: string, message: OutgoingMessage): string {
  const ids = new URLSearchParams({ [intentArgumentName]: message.intentId });
  if (message.contactId !== null) ids.set(contactArgumentName, message.contactId);
  return `${publicUrl}/webhooks/twilio?${ids.toString()}`;
}

function outcomeOfError(error: unknown, codes: VendorCodes, now: number): SendOutcome {
  if (error instanceof UnreadableAnswer) return unexpectedAnswer;
  if (!(error instanceof TwilioRefusal)) return transportFailure(error);
  const code = error.code === null ? null : String(error.code);
  return outcomeOfRefusal({ status: error.status, code, afterMs: retryAfterMs(error.retryAfter, now) }, codes);
}

function refusalCode(error: unknown): string {
  if (error instanceof UnreadableAnswer) return "unexpected_answer";
  if (!(error instanceof TwilioRefusal)) return failureCode(error);
  return error.code === null ? `http_${error.status}` : String(error.code);
}

interface Listed {
  readonly sid: string;
  readonly dateCreated: Date | null;
}

interface ListedText {
  readonly body: string;
  readonly messagingServiceSid: string | null;
}

/**
 * The number that a Messaging Service chose is not known yet when a message is queued, so the service itself must agree.
 */
function isSameText(message: ListedText, { from, said }: Target): boolean {
  return message.body === said && (!isMessagingService(from) || message.messagingServiceSid === from);
}

/**
 * The oldest message or call that can be the lost attempt: created since the attempt began, and not known to be another
 * intent's. What a call says is not listed, so any call between the two numbers will do: rather none than a second one.
 */
function findTaken<T extends Listed>(
  found: readonly T[],
  query: ReconcileQuery,
  isIt: (one: T) => boolean,
): Reconciliation {
  const earliest = query.startedAt - clockSlackMs;
  const candidates = found.filter(
    (one) => isIt(one) && !query.known.includes(one.sid) && (one.dateCreated?.getTime() ?? 0) >= earliest,
  );
  const oldest = candidates.toSorted((a, b) => (a.dateCreated?.getTime() ?? 0) - (b.dateCreated?.getTime() ?? 0))[0];
  return oldest === undefined ? { kind: "not_found" } : { kind: "found", providerMessageId: oldest.sid };
}
