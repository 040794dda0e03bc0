import { addressKey } from "../../src/core/model/identity.ts";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import type { Chance } from "./chance.ts";
import { type Post, START_TEXTS, STOP_TEXTS } from "./events.ts";
import type { World } from "./world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What follows a message that a vendor took: its own reports, and what the person does. */
export function callbacksOf(world: World, message: OutgoingMessage, copy: number): readonly Post[] {
  const luck = world.luck(`callbacks of ${message.intentId}`);
  const now = world.scheduler.now();
  if (message.kind === "sms")
    return [...textReports(message, copy, luck, now), ...replies(message, copy, luck, now)].flatMap((post) =>
      befall(world, post),
    );
  if (message.kind === "email") return mailReports(message, copy, luck, now).flatMap((post) => befall(world, post));
  return [];
}

/** Reports get lost and overtake each other. What a person says does not get lost. */
function befall(world: World, post: Post): readonly Post[] {
  const name = post.expects[0]?.event ?? "";
  const isReport = post.by !== "twilio" || post.form["MessageStatus"] !== undefined;
  if (isReport && world.strikes("callback.lost", name)) return [];
  if (isReport && world.strikes("callback.out_of_order", name)) {
    return [{ ...post, at: post.at + world.luck(name).between(0, 10) * MINUTE }];
  }
  return [post];
}

function textReports(message: OutgoingMessage, copy: number, luck: Chance, now: number): readonly Post[] {
  const sid = `SM${message.intentId}x${copy}`;
  const end = luck.pick(["delivered", "delivered", "delivered", "undelivered", "failed", null]);
  const query = new URLSearchParams({
    heed_intent: message.intentId,
    ...(message.contactId !== null && { heed_contact: message.contactId }),
  });
  const key = message.contactId === null ? addressKey("phone", message.to ?? "") : `id:${message.contactId}`;
  return [["queued", 0] as const, ["sent", 2] as const, ...(end === null ? [] : [[end, 6] as const])].map(
    ([status, seconds]): Post => ({
      at: now + seconds * SECOND + luck.between(0, SECOND),
      by: "twilio",
      query: `?${query.toString()}`,
      form: {
        MessageSid: sid,
        MessageStatus: status,
        To: message.to ?? "",
        From: message.from ?? "",
        ...(status === "failed" && { ErrorCode: luck.pick(["30005", "30008"]) }),
      },
      expects: [{ key, event: `twilio:${sid}:${status}` }],
    }),
  );
}

function replies(message: OutgoingMessage, copy: number, luck: Chance, now: number): readonly Post[] {
  if (!luck.happens(0.25)) return [];
  const sid = `SMr${message.intentId}x${copy}`;
  const body = luck.pick([...STOP_TEXTS, ...START_TEXTS, "YES", "hello", "who is this?", "call me"]);
  return [
    {
      at: now + luck.pick([SECOND, 10 * SECOND, 5 * MINUTE, 60 * MINUTE]),
      by: "twilio",
      query: "",
      form: { MessageSid: sid, From: message.to ?? "", To: message.from ?? "", Body: body, NumMedia: "0" },
      expects: [{ key: addressKey("phone", message.to ?? ""), event: `twilio:${sid}` }],
    },
  ];
}

function mailReports(message: OutgoingMessage, copy: number, luck: Chance, now: number): readonly Post[] {
  const life = luck.pick([
    ["processed", "delivered"],
    ["processed", "delivered", "open"],
    ["processed", "delivered", "open", "click"],
    ["processed", "deferred", "delivered"],
    ["processed", "bounce"],
    ["processed", "delivered", "bounce"],
    ["processed", "delivered", "open", "spamreport"],
    ["processed", "delivered", "unsubscribe"],
    ["dropped"],
  ]);
  const key = message.contactId === null ? addressKey("email", message.to ?? "") : `id:${message.contactId}`;
  let at = now;
  const reports = life.map((event, index) => {
    at += luck.between(0, 4) * (index < 2 ? SECOND : 5 * MINUTE);
    const id = `sgr${message.intentId}x${copy}.${index}`;
    const element = {
      email: message.to,
      timestamp: Math.floor(at / SECOND),
      event,
      ...(event === "bounce" && { type: "bounce" }),
      ...(event === "click" && { url: "https://acme.example/guides/2" }),
      sg_event_id: id,
      sg_message_id: `m${message.intentId}.recvd`,
      heed_intent: message.intentId,
      heed_rule: message.ruleId,
      ...(message.contactId !== null && { heed_contact: message.contactId }),
    };
    return { at, element, expected: { key, event: `sendgrid:${id}` } };
  });
  // SendGrid gathers events and sends them together.
  const together = luck.happens(0.5);
  if (!together)
    return reports.map(({ at, element, expected }) => ({
      at,
      by: "sendgrid",
      elements: [element],
      expects: [expected],
    }));
  return [
    {
      at,
      by: "sendgrid",
      elements: reports.map(({ element }) => element),
      expects: reports.map(({ expected }) => expected),
    },
  ];
}
