import type { FakeAnswer } from "./fake-server.ts";

/** What a vendor may report of a message, whatever it calls it. The last two are what people write back. */
export type ReportKind =
  | "accepted"
  | "sent"
  | "delivered"
  | "bounced"
  /** Not sent after all, because the recipient is on the vendor's own list. */
  | "suppressed"
  | "opened"
  | "machine-opened"
  | "clicked"
  | "complained"
  | "unsubscribed"
  | "replied"
  | "stopped";

export interface Report {
  readonly kind: ReportKind;
  /** Said instead by vendors who have no report of that kind. */
  readonly instead?: ReportKind;
  /** When it is told, in milliseconds after the message was taken. */
  readonly afterMs: number;
  /** When it happened, if not when it is told. */
  readonly happenedMs?: number;
  /** How many there are, each with an id of its own. */
  readonly count?: number;
  /** How often each is told: the same bytes, the same id. */
  readonly copies?: number;
  /** `stale` is genuine, and three days old. A vendor that signs no time can't be stale. */
  readonly signature?: "good" | "forged" | "stale";
}

/** What a fake does with a message: how it answers the call, and what it reports afterwards if it took it. */
export interface Behaviour {
  /** The recipient's name or +tag: `bounce@example.com`, `ana+bounce@example.com`. */
  readonly word: string;
  /** For people. */
  readonly says: string;
  /** The last two digits of `+1 202 555 01NN`; null where texts know nothing of the kind. */
  readonly digits: string | null;
  readonly answer: FakeAnswer | "slow";
  readonly story: readonly Report[];
}

const accepted: Report = { kind: "accepted", afterMs: 100 };
const sent: Report = { kind: "sent", afterMs: 200 };
const delivered: Report = { kind: "delivered", afterMs: 400 };
const arrives = [accepted, sent, delivered];
const ordinary = behaviour("delivered", "60", "is delivered, as to everybody else", arrives);

/** In the order in which people read them. The first is what every other recipient gets. */
export const behaviours: readonly Behaviour[] = [
  ordinary,
  behaviour(
    "duplicate",
    "61",
    "is delivered, and each report comes three times",
    arrives.map((report) => Object.assign({}, report, { copies: 3 })),
  ),
  behaviour("reversed", "62", "is delivered, and the reports come in the wrong order", [
    { kind: "delivered", afterMs: 3_000, happenedMs: 2_500 },
    { kind: "sent", afterMs: 3_500, happenedMs: 1_200 },
    { kind: "accepted", afterMs: 4_000, happenedMs: 0 },
  ]),
  behaviour("hard-bounce", "63", "bounces: there is no such address", [accepted, { kind: "bounced", afterMs: 500 }]),
  behaviour("late-bounce", "64", "bounces two seconds after it was delivered", [
    ...arrives,
    { kind: "bounced", afterMs: 2_500 },
  ]),
  behaviour("machine-open", null, "is opened by a machine before anybody sees it", [
    ...arrives,
    { kind: "machine-opened", afterMs: 1_000 },
  ]),
  behaviour("opens", null, "is opened", [...arrives, { kind: "opened", afterMs: 1_500 }]),
  behaviour("clicks", null, "is opened, and its first link is clicked", [
    ...arrives,
    { kind: "opened", afterMs: 1_500 },
    { kind: "clicked", afterMs: 2_500 },
  ]),
  behaviour("complains", null, "is reported as spam", [...arrives, { kind: "complained", afterMs: 1_500 }]),
  behaviour("unsubscribes", null, "is answered by unsubscribing", [
    ...arrives,
    { kind: "unsubscribed", afterMs: 1_500 },
  ]),
  behaviour("replies", "65", "is answered with a question", [...arrives, { kind: "replied", afterMs: 1_500 }]),
  behaviour("stop", "66", "is answered with STOP", [
    ...arrives,
    { kind: "stopped", instead: "unsubscribed", afterMs: 1_500 },
  ]),
  behaviour("bad-signature", "67", "is delivered, but the report of that is forged", [
    accepted,
    { ...delivered, signature: "forged" },
  ]),
  behaviour("stale", "68", "is delivered, but the report of that was signed three days ago", [
    accepted,
    { ...delivered, signature: "stale" },
  ]),
  behaviour("burst", "69", "is delivered, and 1,000 more reports come at once", [
    ...arrives,
    { kind: "opened", instead: "replied", afterMs: 1_000, count: 1_000 },
  ]),
  behaviour("silent", "70", "is taken, and never heard of again", []),
  // Who can't refuse at once takes it, and reports.
  behaviour("opted-out", "71", "is refused: they opted out", [{ kind: "suppressed", afterMs: 500 }], "opted-out"),
  behaviour("invalid", "72", "is refused: this is no address", [{ kind: "bounced", afterMs: 500 }], "invalid"),
  behaviour("rate-limited", "73", "is refused as too many, and delivered at the second attempt", arrives, "429"),
  behaviour("server-error", "74", "is answered with an error of the vendor's own, each time", [], "500"),
  behaviour(
    "lost-answer",
    "75",
    "is taken, but the answer never comes, and the report only after a minute",
    [{ kind: "delivered", afterMs: 60_000 }],
    "accept-then-hang",
  ),
  behaviour("slow", "76", "is delivered, but the answer takes three seconds", arrives, "slow"),
];

function behaviour(
  word: string,
  digits: string | null,
  says: string,
  story: readonly Report[],
  answer: Behaviour["answer"] = "ok",
): Behaviour {
  return { word, digits, says, answer, story };
}

const byWord: ReadonlyMap<string, Behaviour> = new Map(behaviours.map((one) => [one.word, one]));
const byDigits: ReadonlyMap<string | null, Behaviour> = new Map(
  behaviours.filter(({ digits }) => digits !== null).map((one) => [one.digits, one]),
);

/**
 * What happens to messages to this recipient. An email address says it by its name or +tag, a fictional number of North
 * America by its last two digits (with or without `+`, and after a channel's prefix such as `whatsapp:`), and anything
 * else, such as a push token, by itself.
 */
export function behaviourOf(recipient: string | null): Behaviour {
  const text = recipient?.trim().toLowerCase() ?? "";
  const [, name, tag] = /(?:^|<)([^<>@+\s]*)(?:\+([^<>@\s]*))?@/.exec(text) ?? [];
  const digits = /^(?:\w+:)?\+?1\d{3}55501(\d\d)$/.exec(text)?.[1];
  const known = digits === undefined ? byWord.get(tag ?? name ?? text) : byDigits.get(digits);
  return known ?? ordinary;
}
