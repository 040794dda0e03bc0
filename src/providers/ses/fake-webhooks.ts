import type { KeyObject } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhooks } from "../fake-vendor.ts";
import { createSnsKeys, signSns } from "./sign.ts";

/** A mail that the fake took. */
export interface SesFakeMessage {
  readonly id: string;
  readonly recipient: string;
  /** The first value of each tag, by name. */
  readonly tags: Readonly<Record<string, string>>;
  /** The body of SendEmail. */
  readonly request: JsonObject;
}

interface Payload {
  readonly id: string;
  readonly event: JsonObject;
}

type EventOf = (recipient: string, at: string) => JsonObject;

const open: EventOf = (_, timestamp) => ({
  eventType: "Open",
  open: { timestamp, userAgent: "Mozilla/5.0", ipAddress: "198.51.100.7" },
});

/** SES's event of each kind. It never says that a machine opened, and unsubscribing is its own list management. */
const events: Partial<Record<ReportKind, EventOf>> = {
  accepted: () => ({ eventType: "Send", send: {} }),
  delivered: (recipient, timestamp) => ({
    eventType: "Delivery",
    delivery: {
      timestamp,
      recipients: [recipient],
      processingTimeMillis: 500,
      smtpResponse: "250 2.6.0 Message received",
    },
  }),
  bounced: (emailAddress, timestamp) => bounce("General", emailAddress, timestamp),
  suppressed: (emailAddress, timestamp) => bounce("OnAccountSuppressionList", emailAddress, timestamp),
  opened: open,
  "machine-opened": open,
  clicked: (_, timestamp) => ({
    eventType: "Click",
    click: { timestamp, userAgent: "Mozilla/5.0", ipAddress: "198.51.100.7", link: "https://example.com/" },
  }),
  complained: (emailAddress, timestamp) => ({
    eventType: "Complaint",
    complaint: { timestamp, complainedRecipients: [{ emailAddress }], complaintFeedbackType: "abuse" },
  }),
};

function bounce(bounceSubType: string, emailAddress: string, timestamp: string): JsonObject {
  const recipient = { emailAddress, action: "failed", status: "5.1.1", diagnosticCode: "smtp; 550 5.1.1 user unknown" };
  return {
    eventType: "Bounce",
    bounce: { timestamp, bounceType: "Permanent", bounceSubType, bouncedRecipients: [recipient] },
  };
}

/** Notifications of SNS, one event in each. */
export function sesWebhooks(topic: string, privateKey: KeyObject): FakeWebhooks<SesFakeMessage, Payload> {
  const wrong = createSnsKeys().privateKey;
  const region = topic.split(":")[3] ?? "us-east-1";
  return {
    batch: 1,
    retries: {
      after: (answer) => (typeof answer === "number" && answer >= 200 && answer < 300 ? "taken" : "again"),
      waitsMs: [20_000, 20_000, 20_000],
    },
    report(kind, { id, recipient, tags, request }, { happenedAt, serial }) {
      const at = new Date(happenedAt).toISOString();
      const event = events[kind]?.(recipient, at);
      if (event === undefined) return null;
      const lists = Object.entries(tags).map(([name, value]) => [name, [value]]);
      const mail = {
        timestamp: at,
        source: request["FromEmailAddress"] ?? "",
        messageId: id,
        destination: [recipient],
        tags: Object.fromEntries(lists) as JsonObject,
      };
      return { id: `${id}-${serial}`, event: { ...event, mail } };
    },
    request([payload], { at, forged }) {
      const fields = {
        Type: "Notification",
        MessageId: payload?.id ?? "",
        TopicArn: topic,
        Subject: "Amazon SES Email Event Notification",
        Message: `${JSON.stringify(payload?.event)}\n`,
        Timestamp: new Date(at).toISOString(),
        SignatureVersion: "2",
        SigningCertURL: `https://sns.${region}.amazonaws.com/SimpleNotificationService-fake.pem`,
      };
      const headers = {
        "content-type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-topic-arn": topic,
      };
      return { path: "/webhooks/ses", headers, body: signSns(fields, forged ? wrong : privateKey) };
    },
  };
}
