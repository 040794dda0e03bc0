import { createHash } from "node:crypto";
import type { JsonObject } from "../../core/model/json.ts";
import type { ReportKind } from "../fake-behaviours.ts";
import type { FakeWebhooks, ReportMoment } from "../fake-vendor.ts";

/** A mail that the fake took. */
export interface PostmarkFakeMessage {
  /** Its `MessageID`. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly takenAt: number;
  /** The body of the create. */
  readonly mail: JsonObject;
}

const bounce = { ServerID: 23, DumpAvailable: false, Inactive: true };
const person = {
  Client: { Name: "Firefox 132", Company: "Mozilla", Family: "Firefox" },
  OS: { Name: "OS X 10.15", Company: "Apple Computer, Inc.", Family: "OS X" },
  Platform: "Desktop",
  UserAgent: "Mozilla/5.0",
};

/** Postmark's record of each kind. It tells nothing of a mail it took, and refuses at once those it may not send. */
function recordOf(kind: ReportKind, mail: JsonObject, time: string): JsonObject | null {
  switch (kind) {
    case "delivered":
      return { RecordType: "Delivery", DeliveredAt: time, Details: "250 OK" };
    case "bounced":
      return {
        RecordType: "Bounce",
        Type: "HardBounce",
        TypeCode: 1,
        Name: "Hard bounce",
        Details: "smtp;550 5.1.1 user unknown",
        CanActivate: true,
        ...bounce,
        BouncedAt: time,
      };
    case "complained":
      return { RecordType: "SpamComplaint", Type: "SpamComplaint", TypeCode: 100001, ...bounce, BouncedAt: time };
    case "opened":
      return { RecordType: "Open", FirstOpen: true, ReadSeconds: 5, ...person, ReceivedAt: time };
    case "clicked":
      return { RecordType: "Click", ClickLocation: "HTML", ...person, OriginalLink: firstLink(mail), ReceivedAt: time };
    case "unsubscribed":
      return {
        RecordType: "SubscriptionChange",
        ChangedAt: time,
        Origin: "Recipient",
        SuppressSending: true,
        SuppressionReason: "ManualSuppression",
      };
    default:
      return null;
  }
}

/** `heard` is told each record, so that the lists of Postmark's API have it as well. */
export function postmarkWebhooks(
  headers: Readonly<Record<string, string>>,
  heard: (record: JsonObject) => void,
): FakeWebhooks<PostmarkFakeMessage, JsonObject> {
  return {
    batch: 1,
    retries: {
      after(answer) {
        if (answer === 200) return "taken";
        const again = typeof answer === "string" || answer >= 500 || answer === 408 || answer === 429;
        return again ? "again" : "dropped";
      },
      waitsMs: [1, 5, 10, 10, 10, 15].map((minutes) => minutes * 60_000),
    },
    report(kind, message, moment) {
      const record =
        kind === "replied" || kind === "stopped" ? answerTo(kind, message, moment) : read(kind, message, moment);
      if (record !== null) heard(record);
      return record;
    },
    request([record], { forged }) {
      if (record === undefined) throw new Error("expected a record");
      const wrong = Object.entries(headers).map(([name]) => [name, "Basic bm90OnRoZSBwYXNzd29yZA=="] as const);
      return {
        path: record["RecordType"] === undefined ? "/webhooks/postmark/inbound" : "/webhooks/postmark",
        headers: { "content-type": "application/json", ...(forged ? Object.fromEntries(wrong) : headers) },
        body: JSON.stringify(record),
      };
    },
  };
}

function read(
  kind: ReportKind,
  { id, mail }: PostmarkFakeMessage,
  { happenedAt, serial }: ReportMoment,
): JsonObject | null {
  const record = recordOf(kind, mail, new Date(happenedAt).toISOString());
  if (record === null) return null;
  const isBounce = record["BouncedAt"] !== undefined;
  return {
    ...record,
    ...(isBounce && { ID: 692_560_000 + serial, From: mail["From"] ?? "", Subject: mail["Subject"] ?? "" }),
    [isBounce ? "Email" : "Recipient"]: mail["To"] ?? "",
    MessageID: id,
    MessageStream: mail["MessageStream"] ?? "outbound",
    Tag: mail["Tag"] ?? "",
    Metadata: mail["Metadata"] ?? {},
    // Each time from another place.
    ...(record["UserAgent"] !== undefined && {
      Geo: { IP: `2001:db8::${serial.toString(16).replace(/(?=(?:.{4})+$)(?!^)/g, ":")}` },
    }),
  };
}

function firstLink({ TextBody: text, HtmlBody: html }: JsonObject): string {
  const texts = [text, html].filter((part) => typeof part === "string").join(" ");
  return /https?:\/\/[^\s"'<>)]+/.exec(texts)?.[0] ?? "https://example.com/";
}

/** A mail that answers one of ours, as Postmark receives it. */
function answerTo(
  kind: "replied" | "stopped",
  { id, mail }: PostmarkFakeMessage,
  { happenedAt, serial }: ReportMoment,
): JsonObject {
  const words = kind === "stopped" ? "STOP" : "Can you tell me more?";
  const [from, to, subject] = ["To", "From", "Subject"].map((name) => text(mail[name]));
  const ours = /<([^<>]*)>/.exec(to ?? "")?.[1] ?? to ?? "";
  const date = new Date(happenedAt);
  return {
    From: from ?? "",
    FromName: "",
    FromFull: { Email: from ?? "", Name: "", MailboxHash: "" },
    To: to ?? "",
    ToFull: [{ Email: ours, Name: "", MailboxHash: "" }],
    OriginalRecipient: ours,
    Subject: `Re: ${subject ?? ""}`,
    MessageID: guidOf(`${id}:${serial}`),
    MessageStream: "inbound",
    MailboxHash: "",
    Date: date.toUTCString(),
    TextBody: `${words}\n\nOn ${date.toUTCString()} we wrote:\n> ${text(mail["TextBody"])}\n`,
    HtmlBody: "",
    StrippedTextReply: words,
    Tag: "",
    Headers: [
      { Name: "Message-ID", Value: `<answer-${serial}@mail.example.com>` },
      { Name: "In-Reply-To", Value: messageIdIn(mail) ?? `<${id}@mtasv.net>` },
    ],
    Attachments: [],
  };
}

function messageIdIn({ Headers: headers }: JsonObject): string | null {
  const [, value] = /"Name":"Message-ID","Value":"([^"]*)"/.exec(JSON.stringify(headers ?? [])) ?? [];
  return value ?? null;
}

/** An id such as Postmark's, the same for the same text. */
export function guidOf(given: string): string {
  const hex = createHash("sha256").update(given).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
