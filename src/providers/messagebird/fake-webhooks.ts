import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhook, FakeWebhooks } from "../fake-vendor.ts";
import { signBird, signClassic } from "./sign.ts";

/** A text that the fake took. */
export interface MessageBirdSent {
  readonly id: string;
  readonly platform: "classic" | "bird";
  /** E.164. */
  readonly to: string;
  /** A number without its plus, a sender name, or the id of a channel of Bird. */
  readonly from: string;
  readonly text: string;
  readonly reference: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

interface Signing {
  readonly key: string;
  /** Under which we would be reached, and which is signed. */
  readonly publicUrl: string;
}

type Told =
  | { readonly platform: "classic"; readonly query: URLSearchParams }
  | { readonly platform: "bird"; readonly body: object };

/** The word for it in both APIs, and the reason and code that the classic one adds. */
const statuses: Partial<Record<ReportKind, readonly [status: string, reason: string, code?: string]>> = {
  sent: ["sent", "pending DLR"],
  delivered: ["delivered", "successfully delivered"],
  bounced: ["delivery_failed", "unknown subscriber", "1"],
  suppressed: ["delivery_failed", "opted out", "103"],
};
const texts: Partial<Record<ReportKind, string>> = { replied: "Can you tell me more?", stopped: "STOP" };

/** One report in each request: by GET with a query string from MessageBird as it was, as JSON from Bird. */
export function messageBirdWebhooks({ key, publicUrl }: Signing): FakeWebhooks<MessageBirdSent, Told> {
  return {
    batch: 1,
    retries: {
      after: (answer) => (typeof answer === "number" && answer >= 200 && answer < 300 ? "taken" : "again"),
      waitsMs: [60_000, 300_000, 900_000, 3_600_000],
    },
    report(kind, message, { happenedAt, serial }) {
      const at = new Date(happenedAt).toISOString();
      return message.platform === "bird" ? ofBird(kind, message, at, serial) : ofClassic(kind, message, at, serial);
    },
    request([told], { at, forged }): FakeWebhook {
      if (told === undefined) throw new Error("expected a report");
      const signedWith = forged ? "not-the-key" : key;
      const path = "/webhooks/messagebird";
      if (told.platform === "bird") {
        const body = Buffer.from(JSON.stringify(told.body));
        return { path, headers: signBird(publicUrl + path, body, signedWith, at), body };
      }
      // Posted, since the fake knows no other way; MessageBird signs the address all the same.
      const body = Buffer.from(told.query.toString());
      const type = { "content-type": "application/x-www-form-urlencoded" };
      return { path, headers: { ...type, ...signClassic(publicUrl + path, body, signedWith, at) }, body };
    },
  };
}

function ofClassic(
  kind: ReportKind,
  { id, to, from, reference }: MessageBirdSent,
  at: string,
  serial: number,
): Told | null {
  const recipient = to.slice(1);
  const text = texts[kind];
  if (text !== undefined) {
    const reply = { id: `${id}${serial}`, originator: recipient, recipient: from, body: text, createdDatetime: at };
    return { platform: "classic", query: new URLSearchParams(reply) };
  }
  const [status, statusReason, code] = statuses[kind] ?? [];
  if (status === undefined || statusReason === undefined) return null;
  const report = { id, reference, recipient, originator: from, status, statusReason, statusDatetime: at };
  const query = new URLSearchParams({ ...report, ...(code !== undefined && { statusErrorCode: code }) });
  return { platform: "classic", query };
}

function ofBird(kind: ReportKind, sent: MessageBirdSent, at: string, serial: number): Told | null {
  const { id, to, from, reference } = sent;
  const contact = { id: `contact-${id}`, identifierKey: "phonenumber", identifierValue: to };
  const text = texts[kind];
  if (text !== undefined) {
    const message = { id: `${id}${serial}`, channelId: from, sender: { contact }, direction: "incoming" };
    const payload = { ...message, body: { type: "text", text: { text } }, status: "delivered", createdAt: at };
    return { platform: "bird", body: { service: "channels", event: "sms.inbound", payload } };
  }
  const [status, reason, code] = statuses[kind] ?? [];
  if (status === undefined) return null;
  const failure = code === undefined ? null : { code: Number(code), description: reason };
  const message = { id, channelId: from, receiver: { contacts: [contact] }, reference, direction: "outgoing" };
  const payload = { ...message, status, lastStatusAt: at, ...(failure !== null && { failure }) };
  return { platform: "bird", body: { service: "channels", event: "sms.outbound", payload } };
}
