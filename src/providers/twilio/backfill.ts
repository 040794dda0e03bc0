import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Clock } from "../../core/model/clock.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { withDeadline } from "../deadline.ts";
import { inboundTextEvent } from "../inbound-text.ts";
import { reportEvents } from "../message-report.ts";
import type { Backfill } from "../provider.ts";
import { failureCode } from "../transport-failure.ts";
import type { TwilioClient } from "./client.ts";
import { TwilioRefusal } from "./http-client.ts";
import { meaningForAddress, readAddress, senderOf, textStatuses } from "./normalize.ts";
import type { TwilioSettings } from "./settings.ts";

/** The most that Twilio lists at once. */
const pageSize = 1_000;

/** As Twilio lists it; the SDK's types promise what is null for a message that was not sent yet. */
interface Listed {
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

interface Page {
  readonly instances: readonly Listed[];
  nextPage(): Promise<Page> | undefined;
}

/**
 * Texts that came and what became of those that went, from the list of messages. Twilio lists the last status only, and
 * not the callback's URL, in which our ids travel: these statuses name the message by Twilio's id.
 */
export function backfillFrom({ client, httpClient }: TwilioClient, settings: TwilioSettings, clock: Clock): Backfill {
  const ask = async (call: () => Promise<Page> | undefined): Promise<Page | null> => {
    const failed = (why: string) => ({ why });
    const answer = await withDeadline<Page | null | { readonly why: string }>(
      clock,
      settings.timeoutMs,
      failed("timeout"),
      async (signal) => {
        httpClient.signal = signal;
        return (await call()) ?? null;
      },
    ).catch((error: unknown) => failed(whyNot(error)));
    // Not as its cause: HTTP clients hang the request with its credentials onto their errors.
    if (answer !== null && "why" in answer)
      throw new Error(`Twilio could not be asked for its messages: ${answer.why}`);
    return answer;
  };

  return async function* (since, until) {
    const period = { dateSentAfter: new Date(since), dateSentBefore: new Date(until), pageSize };
    let page = await ask(() => client.messages.page(period));
    while (page !== null) {
      const current = page;
      yield { events: current.instances.flatMap((message) => eventsOf(message, clock.now())), quarantined: [] };
      page = await ask(() => current.nextPage());
    }
  };
}

function whyNot(error: unknown): string {
  if (!(error instanceof TwilioRefusal)) return failureCode(error);
  return error.code === null ? `status ${error.status}` : `error ${error.code}`;
}

/** None of what no person wrote or got, such as texts with short codes at both ends. */
function eventsOf(message: Listed, now: number): readonly CanonicalEvent[] {
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
    meaning: meaningForAddress(code),
    data: {
      MessageStatus: message.status,
      From: message.from ?? "",
      ...parametersOf(message),
      ...(code !== null && { ErrorCode: code }),
    },
  });
}

/** Under the names that webhooks use. */
function parametersOf({ messagingServiceSid }: Listed): JsonObject {
  return messagingServiceSid ? { MessagingServiceSid: messagingServiceSid } : {};
}
