import { createHash } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhooks, ReportMoment } from "../fake-vendor.ts";
import { signMailgun } from "./sign.ts";

/** A mail that the fake took. */
export interface MailgunFakeMessage {
  /** What the answer says, in angle brackets. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly takenAt: number;
  /** The parameters of the create. */
  readonly form: Readonly<Record<string, string>>;
}

/** A webhook's `event-data`, or the fields of a route. */
export type MailgunFakePayload = { readonly event: JsonObject } | { readonly mail: Readonly<Record<string, string>> };

const failed = { severity: "permanent", "log-level": "error" };
const person = { "client-info": { "client-name": "Firefox", "client-type": "browser", bot: "" }, ip: "198.51.100.7" };

/** Mailgun's event of each kind. What people write back comes by a route. */
const events: Partial<Record<ReportKind, JsonObject>> = {
  accepted: { event: "accepted", "log-level": "info" },
  delivered: { event: "delivered", "log-level": "info", "delivery-status": { code: 250, message: "OK" } },
  bounced: {
    event: "failed",
    ...failed,
    reason: "bounce",
    "delivery-status": { code: 550, "enhanced-code": "5.1.1", message: "5.1.1 The email account does not exist" },
  },
  suppressed: { event: "failed", ...failed, reason: "suppress-unsubscribe" },
  opened: { event: "opened", ...person },
  "machine-opened": { event: "opened", "client-info": { "client-name": "Apple Mail", bot: "apple" } },
  clicked: { event: "clicked", ...person },
  complained: { event: "complained", "log-level": "warn" },
  unsubscribed: { event: "unsubscribed", "log-level": "info", ...person },
};

/** An event as webhooks and the list of events have it. */
export function eventOf(
  kind: ReportKind,
  { id, form }: MailgunFakeMessage,
  { happenedAt, serial }: ReportMoment,
): JsonObject | null {
  const event = events[kind];
  if (event === undefined) return null;
  const { to = "", from = "", subject = "" } = form;
  const variables = Object.entries(form).flatMap(([name, value]) =>
    name.startsWith("v:") ? [[name.slice(2), value] as const] : [],
  );
  return {
    ...event,
    ...(kind === "clicked" && { url: /https?:\/\/[^\s"'<>)]+/.exec(textsOf(form))?.[0] ?? "https://example.com/" }),
    id: createHash("sha256").update(`${id}:${kind}:${serial}`).digest("base64url").slice(0, 22),
    timestamp: happenedAt / 1_000,
    recipient: to,
    "recipient-domain": to.split("@")[1] ?? "",
    tags: [],
    campaigns: [],
    "user-variables": Object.fromEntries(variables),
    flags: { "is-routed": false, "is-authenticated": true, "is-test-mode": false },
    message: { headers: { to, from, subject, "message-id": id.replace(/^<|>$/g, "") }, attachments: [], size: 867 },
  };
}

function textsOf({ text = "", html = "" }: Readonly<Record<string, string>>): string {
  return `${text} ${html}`;
}

/** `heard` is told each event, so that the list of events has it as well. */
export function mailgunWebhooks(
  signingKey: string,
  heard: (event: JsonObject) => void,
): FakeWebhooks<MailgunFakeMessage, MailgunFakePayload> {
  return {
    batch: 1,
    retries: {
      after(answer) {
        if (answer === 200) return "taken";
        return answer === 406 ? "dropped" : "again";
      },
      waitsMs: [5, 10, 15, 60, 120, 240].map((minutes) => minutes * 60_000),
    },
    report(kind, message, moment) {
      if (kind === "replied" || kind === "stopped") {
        const words = kind === "stopped" ? "STOP" : "Can you tell me more?";
        return { mail: answerTo(message, words, moment.serial) };
      }
      const event = eventOf(kind, message, moment);
      // An accepted mail is in the list since it was taken.
      if (event !== null && kind !== "accepted") heard(event);
      return event === null ? null : { event };
    },
    request([payload], { at, forged }) {
      if (payload === undefined) throw new Error("expected a payload");
      const token = createHash("sha256")
        .update(JSON.stringify([payload, at]))
        .digest("hex")
        .slice(0, 50);
      const signature = signMailgun(forged ? `not ${signingKey}` : signingKey, Math.floor(at / 1_000), token);
      if ("event" in payload) {
        const headers = { "content-type": "application/json" };
        return { path: "/webhooks/mailgun", headers, body: JSON.stringify({ signature, "event-data": payload.event }) };
      }
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const body = new URLSearchParams({ ...payload.mail, ...signature }).toString();
      return { path: "/webhooks/mailgun/inbound", headers, body };
    },
  };
}

/** A mail that answers one of ours, as a route forwards it. */
function answerTo({ id, form }: MailgunFakeMessage, words: string, serial: number): Readonly<Record<string, string>> {
  const { to = "", from = "", subject = "" } = form;
  const headers = [
    ["From", to],
    ["To", from],
    ["Subject", `Re: ${subject}`],
    ["Message-Id", `<answer-${serial}-${id.replace(/^<|>$/g, "")}>`],
    ["In-Reply-To", id],
  ];
  const quoted = (form["text"] ?? "").replace(/^/gm, "> ");
  return {
    recipient: /<([^<>]*)>/.exec(from)?.[1] ?? from,
    sender: to,
    from: to,
    subject: `Re: ${subject}`,
    "body-plain": `${words}\r\n\r\nOn Tue, Nov 14, 2023 at 2:00 PM ${from} wrote:\r\n${quoted}`,
    "stripped-text": words,
    "stripped-signature": "",
    "attachment-count": "0",
    "message-headers": JSON.stringify(headers),
  };
}
