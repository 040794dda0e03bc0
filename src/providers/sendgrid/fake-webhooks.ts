import type { KeyObject } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhooks } from "../fake-vendor.ts";
import { recipientOf, textsOf } from "./fake-message.ts";
import type { SendGridFakeMessage } from "./fake-message.ts";
import { createSendGridKeys, signSendGrid } from "./sign.ts";

/** SendGrid's event of each kind. What people write back comes through its Inbound Parse, which is another webhook. */
const events: Partial<Record<ReportKind, JsonObject>> = {
  accepted: { event: "processed" },
  delivered: { event: "delivered", response: "250 OK" },
  bounced: { event: "bounce", type: "bounce", status: "5.1.1", reason: "550 5.1.1 The email account does not exist" },
  suppressed: { event: "dropped", reason: "Unsubscribed Address" },
  opened: { event: "open", sg_machine_open: false, useragent: "Mozilla/5.0" },
  "machine-opened": { event: "open", sg_machine_open: true, useragent: "Mozilla/5.0" },
  clicked: { event: "click", useragent: "Mozilla/5.0" },
  complained: { event: "spamreport" },
  unsubscribed: { event: "unsubscribe" },
};

/** Batches of the signed event webhook, with the custom arguments of each mail in each of its events. */
export function sendGridWebhooks(privateKey: KeyObject): FakeWebhooks<SendGridFakeMessage, JsonObject> {
  const wrong = createSendGridKeys().privateKey;
  return {
    batch: 1_000,
    retries: {
      // For 24 hours, at intervals that grow and that SendGrid does not document.
      after: (answer) => (typeof answer === "number" && answer >= 200 && answer < 300 ? "taken" : "again"),
      waitsMs: Array.from({ length: 10 }, (_, attempt) => 60_000 * 2 ** attempt),
    },
    report(kind, { id, mail }, { happenedAt, serial }) {
      const event = events[kind];
      const email = recipientOf(mail);
      if (event === undefined || email === null) return null;
      const custom = mail["custom_args"];
      return {
        ...(isJsonObject(custom) ? custom : {}),
        ...event,
        ...(kind === "clicked" && { url: firstLink(mail) }),
        email,
        timestamp: Math.floor(happenedAt / 1_000),
        sg_event_id: `${id}-${serial}`,
        sg_message_id: `${id}.recvd-0`,
      };
    },
    request(payloads, { at, forged }) {
      // As real bodies are: a line for each event, and one at the end.
      const body = `[${payloads.map((payload) => JSON.stringify(payload)).join(",\r\n")}]\r\n`;
      const headers = signSendGrid(body, Math.floor(at / 1_000), forged ? wrong : privateKey);
      return { path: "/webhooks/sendgrid", headers, body };
    },
  };
}

function firstLink(mail: JsonObject): string {
  const found = textsOf(mail).map((text) => /https?:\/\/[^\s"'<>)]+/.exec(text)?.[0]);
  return found.find((link) => link !== undefined) ?? "https://example.com/";
}
