import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import { on, rule, rulebook, START, type World, world } from "./given.ts";
import { arrive, arriveAt } from "./post.ts";

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

const hourly = { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } as const;
const hereAt = (ms: number): string => new Date(START + ms).toISOString();

describe("an anonymous id", () => {
  const device = "anon:browser-1";
  const visit = { event_type: "lead.created", data: { anonymous_id: "browser-1" } };
  const login = { event_type: "contact.identified", data: { anonymous_id: "browser-1" } };

  test("brings along what was known of it, and hands on what follows", () => {
    const w = world(rulebook([rule({ id: "first", delay: hourly })], { caps: [once] }));
    w.event(visit, device);
    w.event({ ...login, address: { phone } });
    expect(w.contact(device).enrollments).toEqual({});
    expect(Object.values(w.contact().enrollments).map(({ rule: id }) => id)).toEqual(["first"]);
    w.event({ event_type: "contact.updated", data: { anonymous_id: "browser-1", traits: { plan: "pro" } } }, device);
    expect(w.contact().attributes).toEqual({ plan: "pro" });
    w.pass(HOUR);
    expect(w.calls.map(({ to }) => to)).toEqual([phone]);
  });

  test("of a mailbox becomes the contact's when the mailbox does", () => {
    const email = "ana@example.com";
    const w = world(rulebook([]));
    w.event({ ...login, address: { email } }, `email:${email}`);
    expect(w.contact(device).pointsTo).toEqual([`email:${email}`]);
    w.event({ event_type: "contact.identified", contact_id: "c1", address: { email } });
    expect(w.contact(device).pointsTo).toEqual(["id:c1"]);
  });

  test("is one person's at a time, and goes to whoever used it last", () => {
    const w = world(rulebook([]));
    for (const who of ["id:c1", "id:c2", "id:c1"]) {
      w.event(login, who);
      expect(w.contact(device).pointsTo).toEqual([who]);
    }
    expect(w.contact("id:c2").linked).toEqual([]);
  });

  test("is told once, not with every event", () => {
    const w = world(rulebook([]));
    w.event(login);
    w.mail = [];
    w.event(login);
    expect(w.mail).toEqual([]);
  });
});

describe("an address that was replaced", () => {
  const newer = "+12025550144";
  const moved = () => {
    const w = world(rulebook([rule({ id: "m", class: "marketing", delay: hourly })], { consent: { sms: "opt_out" } }));
    w.event({ event_type: "contact.identified", address: { phone } });
    w.event({ event_type: "contact.identified", contact_id: "c2", address: { phone } }, "id:c2");
    w.now += HOUR;
    w.event({ event_type: "contact.identified", address: { phone: newer } });
    return w;
  };

  test("belongs to the contact no more, but to whoever shares it", () => {
    const w = moved();
    expect(w.contact(phoneKey).pointsTo).toEqual(["id:c2"]);
    expect(w.contact(`phone:${newer}`).pointsTo).toEqual(["id:c1"]);
  });

  test("is silenced by its STOP, and the contact's new one is not", () => {
    const w = moved();
    w.event({ event_type: "lead.created" });
    w.event({ event_type: "lead.created", contact_id: "c2" }, "id:c2");
    w.event({ event_type: "sms.received", address: { phone }, data: { text: "STOP" } }, phoneKey);
    w.pass(2 * HOUR);
    expect(w.calls.map(({ to }) => to)).toEqual([newer]);
    expect(w.contact("id:c2").suppressions[phoneKey]?.state).toBe("suppressed");
  });

  test("is the contact's again when the contact says so, in whatever order the words arrive", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (draws) => {
        const w = world(rulebook([]));
        w.mail = [];
        for (const [hour, number] of [phone, newer, phone].entries()) {
          const at = { occurred_at: hereAt(hour * HOUR), received_at: hereAt(hour * HOUR) };
          w.event({ event_type: "contact.identified", address: { phone: number }, ...at });
        }
        arrive(w, (count) => (draws.next().value ?? 0) % count);
        expect(w.contact(phoneKey).pointsTo).toEqual(["id:c1"]);
        expect(w.contact(`phone:${newer}`).pointsTo).toEqual([]);
      }),
    );
  });
});

test("of two words about an attribute the newer counts, whichever comes first", () => {
  const w = world(rulebook([]));
  w.now += HOUR;
  w.event({ event_type: "contact.updated", data: { traits: { plan: "pro", city: "Rome" } } });
  w.event({ event_type: "contact.updated", occurred_at: hereAt(0), data: { traits: { plan: "free", name: "Ana" } } });
  expect(w.contact().attributes).toEqual({ plan: "pro", city: "Rome", name: "Ana" });
});
