import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Clock } from "../../core/model/clock.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { withDeadline } from "../deadline.ts";
import { inboundTextEvent } from "../inbound-text.ts";
import { reportEvents } from "../message-report.ts";
import type { Backfill } from "../provider.ts";
import { failureCode } from "../transport-failure.ts";
import { meaningForAddress, type VendorCodes } from "../vendor-codes.ts";
import type { TwilioClient } from "./client.ts";
import { TwilioRefusal } from "./http-client.ts";
import { callStatuses, isMachine, readAddress, senderOf, textStatuses } from "./normalize.ts";
import type { TwilioSettings } from "./settings.ts";

/** The most that Twilio lists at once. */
const pageSize = 1_000;

/** As Twilio lists it; the SDK's types promise what is null for a message that was not sent yet. */
interface ListedText {
  readonly sid: string;
  readonly direction: string;
  readonly status: string;
  readonly from: string | null;
  readonly to: string;
  readonly body: string;
  readonly messagingServiceSid: string | null;
  readonly numMedia: string;
  readonly errorCode: number | null;
  readonly dateSent: Date | null;
  readonly dateUpdated: Date | null;
}

interface ListedCall {
  readonly sid: string;
  readonly direction: string;
  readonly status: string;
  readonly from: string;
  readonly to: string;
  readonly answeredBy: string | null;
  readonly dateUpdated: Date | null;
  readonly endTime: Date | null;
}

interface Page<Listed> {
  readonly instances: readonly Listed[];
  nextPage(): Promise<Page<Listed>> | undefined;
}

interface Reading {
  readonly codes: VendorCodes;
  readonly now: number;
}

/**
 * Texts that came, and what became of texts and calls that went, from Twilio's lists. They tell the last status only, and
 * not the callback's URL, in which our ids travel: these statuses name the message by Twilio's id.
 */
export function backfillFrom({ client, httpClient }: TwilioClient, settings: TwilioSettings, clock: Clock): Backfill {
  const ask = async <Listed>(
    what: string,
    call: () => Promise<Page<Listed>> | undefined,
  ): Promise<Page<Listed> | null> => {
    const failed = (why: string) => ({ why });
    const answer = await withDeadline<Page<Listed> | null | { readonly why: string }>(
      clock,
      settings.timeoutMs,
      failed("timeout"),
      async (signal) => {
        httpClient.signal = signal;
        return (await call()) ?? null;
      },
    ).catch((error: unknown) => failed(whyNot(error)));
    // Not as its cause: HTTP clients hang the request with its credentials onto their errors.
    if (answer !== null && "why" in answer) throw new Error(`Twilio could not be asked for its ${what}: ${answer.why}`);
    return answer;
  };

  const readAll = async function* <Listed>(
    what: string,
    first: () => Promise<Page<Listed>>,
    eventsOf: (listed: Listed, reading: Reading) => readonly CanonicalEvent[],
  ) {
    let page = await ask(what, first);
    while (page !== null) {
      const current = page;
      const reading = { codes: settings.codes, now: clock.now() };
      yield { events: current.instances.flatMap((one) => eventsOf(one, reading)), quarantined: [] };
      page = await ask(what, () => current.nextPage());
    }
  };

  return async function* (since, until) {
    const [after, before] = [new Date(since), new Date(until)];
    const texts = { dateSentAfter: after, dateSentBefore: before, pageSize };
    yield* readAll("messages", () => client.messages.page(texts), eventsOfText);
    const calls = { startTimeAfter: after, startTimeBefore: before, pageSize };
    yield* readAll("calls", () => client.calls.page(calls), eventsOfCall);
  };
}

function whyNot(error: unknown): string {
  if (!(error instanceof TwilioRefusal)) return failureCode(error);
  return error.code === null ? `status ${error.status}` : `error ${error.code}`;
}

/** None of what no person wrote or got, such as texts with short codes at both ends. */
function eventsOfText(message: ListedText, { codes, now }: Reading): readonly CanonicalEvent[] {
  const isInbound = message.direction === "inbound";
  const them = readAddress(isInbound ? message.from : message.to);
  if (them === null) return [];
  const at = Math.min((isInbound ? message.dateSent : message.dateUpdated)?.getTime() ?? now, now);
  const common = {
    provider: "twilio",
    messageId: message.sid,
    channel: them.channel ?? "sms",
    theirs: them.phone,
    ours: senderOf(isInbound ? message.to : message.from),
    occurredAt: new Date(at).toISOString(),
    receivedAt: new Date(now).toISOString(),
  };
  if (isInbound) {
    const data = { To: message.to, ...parametersOf(message), NumMedia: message.numMedia };
    return [inboundTextEvent({ ...common, eventId: message.sid, texts: [message.body], readings: [], data })];
  }
  const code = message.errorCode === null ? null : String(message.errorCode);
  return reportEvents({
    ...common,
    kind: "sms",
    status: textStatuses.get(message.status) ?? null,
    said: message.status,
    intent: null,
    contact: null,
    errorCode: code,
    meaning: meaningForAddress(codes, code),
    data: {
      MessageStatus: message.status,
      From: message.from ?? "",
      ...parametersOf(message),
      ...(code !== null && { ErrorCode: code }),
    },
  });
}

/** Calls of ours; those that came are no reports. */
function eventsOfCall(call: ListedCall, { now }: Reading): readonly CanonicalEvent[] {
  const them = readAddress(call.to);
  if (them === null || call.direction === "inbound") return [];
  const at = Math.min((call.endTime ?? call.dateUpdated)?.getTime() ?? now, now);
  return reportEvents({
    provider: "twilio",
    kind: "voice",
    channel: "voice",
    messageId: call.sid,
    status: callStatuses.get(call.status) ?? null,
    said: call.status,
    theirs: them.phone,
    ours: senderOf(call.from),
    intent: null,
    contact: null,
    errorCode: null,
    meaning: null,
    occurredAt: new Date(at).toISOString(),
    receivedAt: new Date(now).toISOString(),
    data: {
      CallStatus: call.status,
      From: call.from,
      ...(call.answeredBy !== null && { AnsweredBy: call.answeredBy }),
      ...(isMachine(call.answeredBy) && { machine: true }),
    },
  });
}

/** Under the names that webhooks use. */
function parametersOf({ messagingServiceSid }: ListedText): JsonObject {
  return messagingServiceSid ? { MessagingServiceSid: messagingServiceSid } : {};
}
