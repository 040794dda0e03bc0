import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhook, FakeWebhooks } from "../fake-vendor.ts";
import { signMessages, signSms } from "./sign.ts";
import type { SignatureMethod } from "./sign.ts";

/** A text that the fake took. Numbers are without their plus. */
export interface VonageSent {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly text: string;
  readonly reference: string | null;
  readonly api: "sms" | "messages";
}

interface Signing {
  readonly secret: string;
  readonly method: SignatureMethod;
}

type Told =
  | { readonly api: "sms"; readonly parameters: ReadonlyMap<string, string> }
  | { readonly api: "messages"; readonly body: object };

/** The word of a receipt, and its error code, in the SMS API. */
const receipts: Partial<Record<ReportKind, readonly [status: string, code: string]>> = {
  sent: ["accepted", "0"],
  delivered: ["delivered", "0"],
  bounced: ["failed", "3"],
  suppressed: ["rejected", "9"],
};
/** And in the Messages API. */
const statuses: Partial<Record<ReportKind, readonly [status: string, code?: string]>> = {
  sent: ["submitted"],
  delivered: ["delivered"],
  bounced: ["rejected", "1190"],
  suppressed: ["rejected", "1240"],
};
const texts: Partial<Record<ReportKind, string>> = { replied: "Can you tell me more?", stopped: "STOP" };

/** One report in each request: receipts and replies in the words of the API that the text was sent by. */
export function vonageWebhooks({ secret, method }: Signing): FakeWebhooks<VonageSent, Told> {
  return {
    batch: 1,
    retries: {
      after: (answer) => (answer === 200 || answer === 204 ? "taken" : "again"),
      waitsMs: [60_000, 120_000, 240_000, 480_000],
    },
    report(kind, message, { happenedAt, serial }) {
      const at = new Date(happenedAt);
      return message.api === "sms" ? ofSms(kind, message, at, serial) : ofMessages(kind, message, at, serial);
    },
    request([told], { at, forged }): FakeWebhook {
      if (told === undefined) throw new Error("expected a report");
      const key = forged ? "not-the-secret" : secret;
      const path = "/webhooks/vonage";
      if (told.api === "messages") {
        const body = Buffer.from(JSON.stringify(told.body));
        return { path, headers: signMessages(body, key, at), body };
      }
      const body = new URLSearchParams([...signSms(told.parameters, key, { method, at })]).toString();
      return { path, headers: { "content-type": "application/x-www-form-urlencoded" }, body };
    },
  };
}

function ofSms(kind: ReportKind, { id, to, from, reference }: VonageSent, at: Date, serial: number): Told | null {
  const common = { msisdn: to, to: from, "message-timestamp": at.toISOString().slice(0, 19).replace("T", " ") };
  const text = texts[kind];
  if (text !== undefined) {
    const keyword = text.split(" ")[0]?.toUpperCase() ?? "";
    return { api: "sms", parameters: mapOf({ ...common, messageId: `${id}${serial}`, type: "text", text, keyword }) };
  }
  const [status, code] = receipts[kind] ?? [];
  if (status === undefined || code === undefined) return null;
  const receipt = { ...common, messageId: id, status, "err-code": code, price: "0.03330000", "network-code": "310090" };
  return { api: "sms", parameters: mapOf({ ...receipt, ...(reference !== null && { "client-ref": reference }) }) };
}

function mapOf(parameters: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(parameters));
}

function ofMessages(kind: ReportKind, sent: VonageSent, at: Date, serial: number): Told | null {
  const common = { channel: "sms", timestamp: at.toISOString() };
  const text = texts[kind];
  if (text !== undefined) {
    const reply = { message_uuid: `${sent.id}${serial}`, from: sent.to, to: sent.from, message_type: "text", text };
    return { api: "messages", body: { ...common, ...reply } };
  }
  const [status, code] = statuses[kind] ?? [];
  if (status === undefined) return null;
  const error = { type: `https://developer.vonage.com/api-errors/messages#${code ?? ""}`, title: code };
  const ids = { message_uuid: sent.id, to: sent.to, from: sent.from, client_ref: sent.reference };
  return { api: "messages", body: { ...common, ...ids, status, ...(code !== undefined && { error }) } };
}
