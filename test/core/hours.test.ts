import { describe, expect, test } from "vitest";
import type { Channel, Window } from "../../src/core/model/rulebook.ts";
import { flow, send, tag } from "./flow.ts";
import { CHANNELS, rule, rulebook, START, type World, world } from "./given.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"] as const;
const office: Window = { days: WEEKDAYS, from: 9 * 60 + 15, to: 17 * 60, zone: "contact" };
const quiet = { quietHours: { from: 21 * 60, to: 8 * 60 } };

function channelsWith(fields: Partial<Channel>): ReadonlyMap<string, Channel> {
  return new Map(CHANNELS.map((channel) => [channel.name, { ...channel, ...fields }]));
}

function spoken(w: World): readonly string[] {
  return w.records.flatMap(({ reason, at }) => (reason === "sent" ? [new Date(at).toISOString()] : []));
}

function lead(w: World, at: string, phone = "+12025550143"): void {
  w.now = Date.parse(at);
  w.event({ event_type: "lead.created", address: { phone, email: "ana@example.com" } });
  w.pass(7 * DAY);
}

describe("a window", () => {
  test("makes 2 AM on a Saturday wait until Monday 9:15 in the lead's zone", () => {
    const w = world(rulebook([rule({ id: "r", window: office })]));
    lead(w, "2026-03-07T02:00:00-08:00", "+13105550143");
    expect(spoken(w)).toEqual(["2026-03-09T16:15:00.000Z"]);
    expect(w.reasons()).toEqual(["window.deferred", "sent", "completed"]);
  });

  test("must be open in every zone of a number that may be in several", () => {
    const w = world(rulebook([rule({ id: "r", window: office })]));
    // 208 is Idaho: Boise is an hour ahead of the north, which keeps the time of Los Angeles.
    lead(w, "2026-03-09T08:30:00-07:00", "+12085550143");
    expect(spoken(w)).toEqual(["2026-03-09T16:15:00.000Z"]);
  });

  test("in a zone of its own is the same for everybody", () => {
    const w = world(rulebook([rule({ id: "r", window: { ...office, zone: "Europe/Berlin" } })]));
    lead(w, "2026-03-09T08:30:00Z", "+13105550143");
    expect(spoken(w)).toEqual(["2026-03-09T08:30:00.000Z"]);
  });

  test("concerns messages to the contact alone: not your own people, not other steps", () => {
    const w = world(
      rulebook([rule({ id: "r", window: office, steps: flow(tag("tag", "seen"), send("sales"), send("sms")) })]),
    );
    w.now = Date.parse("2026-03-07T02:00:00-05:00");
    w.event({ event_type: "lead.created", address: { phone: "+12025550143" } });
    expect(w.contact().tags).toEqual(["seen"]);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sales"]);
  });

  test("that never opens where the number may be lets the enrollment expire, in silence", () => {
    const short: Window = { ...office, from: 9 * 60, to: 9 * 60 + 30 };
    const w = world(rulebook([rule({ id: "r", window: short, expires: { count: 5, unit: "d" } })]));
    lead(w, "2026-03-09T08:30:00-07:00", "+12085550143");
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["window.deferred", "expired", "expired"]);
  });

  test("is judged anew when it opens: who has converted meanwhile hears nothing", () => {
    const w = world(rulebook([rule({ id: "r", window: office, guard: { test: "still open" } })]));
    w.conditions["still open"] = () => w.now < Date.parse("2026-03-09T00:00:00Z");
    lead(w, "2026-03-07T02:00:00-05:00");
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["window.deferred", "guard.false", "guard.false"]);
  });
});

describe("quiet hours", () => {
  const rules = (messageClass: "marketing" | "transactional", window: Window | null = null) =>
    rulebook([rule({ id: "r", class: messageClass, window })], {
      channels: channelsWith(quiet),
      consent: { sms: "opt_out" },
    });

  test("make marketing wait, in the contact's zone, and let transactional pass", () => {
    const marketing = world(rules("marketing"));
    lead(marketing, "2026-03-06T22:00:00-05:00");
    expect(spoken(marketing)).toEqual(["2026-03-07T13:00:00.000Z"]);
    expect(marketing.reasons()[0]).toBe("quiet_hours.deferred");
    const transactional = world(rules("transactional"));
    lead(transactional, "2026-03-06T22:00:00-05:00");
    expect(spoken(transactional)).toEqual(["2026-03-07T03:00:00.000Z"]);
  });

  test("and a window make one wait, for a moment that satisfies both", () => {
    const early: Window = { days: WEEKDAYS, from: 7 * 60, to: 9 * 60, zone: "contact" };
    const w = world(rules("marketing", early));
    lead(w, "2026-03-06T10:00:00-05:00");
    expect(spoken(w)).toEqual(["2026-03-09T12:00:00.000Z"]);
    expect(w.reasons()).toEqual(["window.deferred", "sent", "completed"]);
  });

  test("do not concern your own people", () => {
    const w = world(
      rulebook([rule({ id: "r", class: "marketing", steps: flow(send("sales")) })], { channels: channelsWith(quiet) }),
    );
    lead(w, new Date(START + 12 * HOUR).toISOString());
    expect(spoken(w)).toEqual([new Date(START + 12 * HOUR).toISOString()]);
  });
});
