import type { JsonObject } from "../../core/model/json.ts";
import type { FakeReply } from "../fake-server.ts";
import type { PostmarkFakeMessage } from "./fake-webhooks.ts";

/** What the fake knows. */
export interface PostmarkFakeBooks {
  readonly messages: readonly PostmarkFakeMessage[];
  /** As webhooks tell them, oldest first. */
  readonly records: readonly JsonObject[];
}

/** The lists of Postmark's API, newest first. They tell of records without metadata. Null where there is no list. */
export function answerList({ messages, records }: PostmarkFakeBooks, url: URL): FakeReply | null {
  const ofType = (...types: readonly string[]) =>
    records.filter(({ RecordType }) => types.some((type) => type === RecordType)).map(withoutMetadata);
  const mails = records.filter(({ RecordType, From }) => RecordType === undefined && From !== undefined);
  const [, kind, name, third] = url.pathname.split("/");
  switch (url.pathname) {
    case "/messages/outbound": {
      const wanted = url.searchParams.get("recipient");
      const found = messages.filter(({ mail }) => wanted === null || mail["To"] === wanted);
      return page(url, "Messages", found.map(listedMessage));
    }
    case "/messages/outbound/opens":
      return page(url, "Opens", ofType("Open"));
    case "/messages/outbound/clicks":
      return page(url, "Clicks", ofType("Click"));
    case "/messages/inbound":
      return page(url, "InboundMessages", mails.map(listedMail));
    case "/bounces":
      return page(url, "Bounces", ofType("Bounce", "SpamComplaint"));
  }
  if (kind === "message-streams" && third === "suppressions") {
    return reply({ Suppressions: ofType("SubscriptionChange").flatMap((change) => suppressionOf(change, name)) });
  }
  if (kind !== "messages" || !url.pathname.endsWith("/details")) return null;
  if (name === "inbound") return replyOrNull(mails.find(({ MessageID }) => MessageID === third));
  const message = messages.find((one) => one.id === third);
  return replyOrNull(message === undefined ? undefined : detailsOf(message, records));
}

function listedMessage({ id, takenAt, mail }: PostmarkFakeMessage): JsonObject {
  return {
    MessageID: id,
    Tag: mail["Tag"] ?? "",
    To: [{ Email: mail["To"] ?? "", Name: null }],
    Recipients: [mail["To"] ?? ""],
    ReceivedAt: new Date(takenAt).toISOString().replace("Z", "0000-00:00"),
    From: mail["From"] ?? "",
    Subject: mail["Subject"] ?? "",
    Status: "Sent",
    Metadata: mail["Metadata"] ?? {},
    MessageStream: mail["MessageStream"] ?? "outbound",
  };
}

function detailsOf(message: PostmarkFakeMessage, records: readonly JsonObject[]): JsonObject {
  const deliveries = records.filter(
    ({ RecordType, MessageID }) => RecordType === "Delivery" && MessageID === message.id,
  );
  return {
    ...listedMessage(message),
    MessageEvents: deliveries.map(({ Recipient = null, DeliveredAt = null, Details = null }) => ({
      Recipient,
      Type: "Delivered",
      ReceivedAt: DeliveredAt,
      Details: { DeliveryMessage: Details, DestinationServer: "mx.example.com", DestinationIP: "192.0.2.1" },
    })),
  };
}

function listedMail({ TextBody: _text, HtmlBody: _html, StrippedTextReply: _reply, ...mail }: JsonObject): JsonObject {
  return mail;
}

function withoutMetadata({ Metadata: _metadata, FirstOpen: _first, ...record }: JsonObject): JsonObject {
  return record;
}

function suppressionOf(change: JsonObject, stream: string | undefined): JsonObject[] {
  if (change["SuppressSending"] !== true || change["MessageStream"] !== stream) return [];
  return [
    {
      EmailAddress: change["Recipient"] ?? "",
      SuppressionReason: change["SuppressionReason"] ?? "",
      Origin: change["Origin"] ?? "",
      CreatedAt: change["ChangedAt"] ?? "",
    },
  ];
}

function page(url: URL, name: string, all: readonly JsonObject[]): FakeReply {
  const offset = Number(url.searchParams.get("offset") ?? 0);
  const count = Number(url.searchParams.get("count") ?? 100);
  return reply({ TotalCount: all.length, [name]: all.toReversed().slice(offset, offset + count) });
}

function reply(body: JsonObject): FakeReply {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function replyOrNull(body: JsonObject | undefined): FakeReply | null {
  return body === undefined ? null : reply(body);
}
