import type { KeyObject } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhooks } from "../fake-vendor.ts";
import { mailContentType, replyTo } from "./fake-mail.ts";
import { recipientOf, textsOf } from "./fake-message.ts";
import type { SendGridFakeMessage } from "./fake-message.ts";
import { createSendGridKeys, signSendGrid } from "./sign.ts";

/** One of a batch of events, or a mail that came back, which is a request of its own. */
type Told = { readonly event: JsonObject } | { readonly mail: string };

/** SendGrid's event of each kind. */
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

/** Batches of the signed event webhook, with the custom arguments of each mail in each of its events; and Inbound Parse. */
export function sendGridWebhooks(privateKey: KeyObject): FakeWebhooks<SendGridFakeMessage, Told> {
  const wrong = createSendGridKeys().privateKey;
  return {
    batch: 1_000,
    retries: {
      // For 24 hours, at intervals that grow and that SendGrid does not document.
      after: (answer) => (typeof answer === "number" && answer >= 200 && answer < 300 ? "taken" : "again"),
      waitsMs: Array.from({ length: 10 }, (_, attempt) => 60_000 * 2 ** attempt),
    },
    report(kind, message, { happenedAt, serial }) {
      const reply = kind === "replied" ? replyTo(message, serial) : null;
      if (reply !== null) return { mail: reply };
      const { id, mail } = message;
      const named = events[kind];
      const email = recipientOf(mail);
      if (named === undefined || email === null) return null;
      const custom = mail["custom_args"];
      const event = {
        ...(isJsonObject(custom) ? custom : {}),
        ...named,
        ...(kind === "clicked" && { url: firstLink(mail) }),
        email,
        timestamp: Math.floor(happenedAt / 1_000),
        sg_event_id: `${id}-${serial}`,
        sg_message_id: `${id}.recvd-0`,
      };
      return { event };
    },
    request(told, { at, forged }) {
      const [mail, more] = told.flatMap((one) => ("mail" in one ? [one.mail] : []));
      if (more !== undefined) throw new Error("expected one mail in a request");
      const lines = told.flatMap((one) => ("event" in one ? [JSON.stringify(one.event)] : []));
      // As real bodies are: a line for each event, and one at the end.
      const body = mail ?? `[${lines.join(",\r\n")}]\r\n`;
      const headers = signSendGrid(body, Math.floor(at / 1_000), forged ? wrong : privateKey);
      if (mail === undefined) return { path: "/webhooks/sendgrid", headers, body };
      return { path: "/webhooks/sendgrid/inbound", headers: { ...headers, "content-type": mailContentType }, body };
    },
  };
}

function firstLink(mail: JsonObject): string {
  const found = textsOf(mail).map((text) => /https?:\/\/[^\s"'<>)]+/.exec(text)?.[0]);
  return found.find((link) => link !== undefined) ?? "https://example.com/";
}
