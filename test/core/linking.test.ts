import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import { on, rule, rulebook, START, type World, world } from "./given.ts";

const HOUR = 3_600_000;
const phone = "+12025550143";
const phoneKey = `phone:${phone}`;
const once = {
  max: 1,
  per: "contact",
  channel: "sms",
  class: null,
  within: { count: 24, unit: "h" },
  onExceed: "drop",
} as const;

/** Lets what documents told each other arrive, in an order drawn by the test, until nothing is left. */
function arrive(w: World, pick: (count: number) => number = () => 0): void {
  for (let left = w.mail?.length ?? 0; left > 0; left = w.mail?.length ?? 0) {
    const [hand] = w.mail?.splice(pick(left), 1) ?? [];
    if (hand !== undefined) w.deliver(hand.key, { id: hand.id, ...hand.what });
  }
}

describe("a place in a cap that moved while its call was under way at the address", () => {
  const second = rule({ id: "second", trigger: { match: on("second"), maxAge: { count: 24, unit: "h" } } });
  /** The phone's own message is under way when the contact learns of its phone. */
  const underWay = () => {
    const w = world(rulebook([rule({ id: "first" }), second], { caps: [once] }));
    w.outcomes.push({ kind: "ambiguous", code: "timeout" });
    w.event({ event_type: "lead.created", address: { phone } }, phoneKey);
    w.mail = [];
    w.event({ event_type: "contact.identified", contact_id: "c1", address: { phone } });
    return w;
  };
  const settle = (w: World, outcome: SendOutcome) => {
    const [intent = ""] = Object.keys(w.contact(phoneKey).intents);
    w.deliver(phoneKey, { kind: "result", id: "late", intent, attempt: 1, outcome });
  };
  const failed = { kind: "rejected", code: "30007", class: "content" } as const;

  test("is given back when the call fails for good", () => {
    const w = underWay();
    arrive(w);
    expect(w.contact().taken).toHaveLength(1);
    settle(w, failed);
    arrive(w);
    expect(w.contact().taken).toEqual([]);
    w.event({ event_type: "second" });
    expect(w.calls.map(({ ruleId }) => ruleId)).toEqual(["first", "second"]);
  });

  test("stays taken when the message was sent", () => {
    const w = underWay();
    arrive(w);
    settle(w, { kind: "accepted", providerMessageId: "SM1" });
    arrive(w);
    w.event({ event_type: "second" });
    expect(w.contact().taken).toHaveLength(1);
    expect(w.contact(phoneKey).taken).toEqual([]);
    expect(w.calls).toHaveLength(1);
  });

  test("is taken once by the attempt that follows, whatever arrives first", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), fc.boolean(), (draws, early) => {
        const w = underWay();
        const pick = (count: number): number => (draws.next().value ?? 0) % count;
        if (!early) arrive(w, pick);
        else arriveAt(w, phoneKey);
        settle(w, { kind: "retryable", code: "busy", afterMs: null });
        arrive(w, pick);
        expect(w.contact().taken).toEqual([]);
        w.pass(HOUR);
        arrive(w, pick);
        expect(w.calls).toHaveLength(2);
        expect(w.contact().taken.map(({ at }) => at > START)).toEqual([true]);
        expect(w.contact(phoneKey).taken).toEqual([]);
      }),
    );
  });
});

/** Lets arrive what is for one document, and leaves the rest on its way. */
function arriveAt(w: World, key: string): void {
  const mail = w.mail ?? [];
  w.mail = mail.filter((hand) => hand.key !== key);
  for (const hand of mail.filter((each) => each.key === key)) w.deliver(key, { id: hand.id, ...hand.what });
}

test("what was known under a phone reaches the contact by way of its mailbox, however late it comes", () => {
  const email = "ana@example.com";
  const w = world(rulebook([rule({ id: "first" })], { caps: [once] }));
  w.event({ event_type: "lead.created", address: { phone } }, phoneKey);
  w.mail = [];
  w.event({ event_type: "contact.identified", address: { email, phone } }, `email:${email}`);
  arriveAt(w, phoneKey);
  const late = w.mail;
  w.mail = null;
  w.event({ event_type: "contact.identified", contact_id: "c1", address: { email } });
  for (const hand of late) w.deliver(hand.key, { id: hand.id, ...hand.what });
  expect(w.contact().taken).toHaveLength(1);
  expect(w.contact(`email:${email}`).taken).toEqual([]);
});
