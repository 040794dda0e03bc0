import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhooks } from "../fake-vendor.ts";
import type { TwilioFakePhoneCall, TwilioSent } from "./fake-message.ts";
import { signTwilio } from "./sign.ts";

interface Account {
  readonly accountSid: string;
  readonly authToken: string;
  /** Under which Twilio would reach us, and which it signs. */
  readonly publicUrl: string;
}

interface Told {
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** Of a message of ours: Twilio's word, and its error. */
const statuses: Partial<Record<ReportKind, readonly [status: string, errorCode?: string]>> = {
  accepted: ["queued"],
  sent: ["sent"],
  delivered: ["delivered"],
  bounced: ["undelivered", "30005"],
  suppressed: ["failed", "21610"],
};

/** Of a call of ours: Twilio's word. Nobody answers one with a text. */
const callStatuses: Partial<Record<ReportKind, string>> = {
  accepted: "initiated",
  sent: "in-progress",
  delivered: "completed",
  bounced: "failed",
};

const texts: Partial<Record<ReportKind, string>> = {
  replied: "Can you tell me more?",
  stopped: "STOP",
};

/** One report in each request, to the callback of its message; what people write goes to the number's webhook. */
export function twilioWebhooks(account: Account): FakeWebhooks<TwilioSent, Told> {
  const common = { AccountSid: account.accountSid, ApiVersion: "2010-04-01" };
  return {
    batch: 1,
    retries: {
      // Status callbacks are lost for good on any answer; only when nobody listens Twilio comes once more.
      after: (answer) =>
        answer === "no_connection" ? "again" : typeof answer === "number" && answer < 300 ? "taken" : "dropped",
      waitsMs: [10_000],
    },
    report(kind, { message, callback }, { serial }) {
      if (!("body" in message)) return ofCall(kind, message, callback, account);
      const sender = message.from ?? "+15005550006";
      const text = texts[kind];
      if (text !== undefined) {
        // As long as Twilio's, and no other's.
        const sid = `SMa${message.sid.slice(-24)}${String(serial).padStart(7, "0")}`;
        const reply = { ...common, From: message.to, To: sender, Body: text, NumMedia: "0", NumSegments: "1" };
        const ids = { MessageSid: sid, SmsSid: sid, SmsMessageSid: sid, SmsStatus: "received" };
        return { path: "/webhooks/twilio", parameters: new URLSearchParams({ ...reply, ...ids }) };
      }
      const [status, errorCode] = statuses[kind] ?? [];
      if (status === undefined || callback?.startsWith(account.publicUrl) !== true) return null;
      const parameters = new URLSearchParams({
        ...common,
        From: sender,
        To: message.to,
        MessageSid: message.sid,
        SmsSid: message.sid,
        MessageStatus: status,
        SmsStatus: status,
        ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
      });
      return { path: callback.slice(account.publicUrl.length), parameters };
    },
    request([first], { forged }) {
      if (first === undefined) throw new Error("expected a report");
      const { path, parameters } = first;
      const headers = signTwilio(account.publicUrl + path, parameters, forged ? "not-the-token" : account.authToken);
      return { path, headers, body: parameters.toString() };
    },
  };
}

function ofCall(
  kind: ReportKind,
  { sid, to, from }: TwilioFakePhoneCall,
  callback: string | null,
  { accountSid, publicUrl }: Account,
): Told | null {
  const status = callStatuses[kind];
  if (status === undefined || callback?.startsWith(publicUrl) !== true) return null;
  const parameters = { CallSid: sid, CallStatus: status, To: to, From: from, Direction: "outbound-api" };
  const common = { AccountSid: accountSid, ApiVersion: "2010-04-01" };
  return { path: callback.slice(publicUrl.length), parameters: new URLSearchParams({ ...common, ...parameters }) };
}
