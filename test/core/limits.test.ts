import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawFrom } from "../../src/core/counting.ts";
import type { Draw } from "../../src/core/model/decision.ts";
import type { Budget, Channel, Price } from "../../src/core/model/rulebook.ts";
import { flow, send } from "./flow.ts";
import { CHANNELS, type GivenCap, rule, rulebook, START, type World, world } from "./given.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const phone = (n: number) => `+1202555${String(n).padStart(4, "0")}`;
const lead = (w: World, n = 143) =>
  w.event({ event_type: "lead.created", address: { phone: phone(n), email: `c${n}@example.com` } }, `id:c${n}`);
const day = { kind: "calendar", unit: "day", zone: "contact" } as const;
const one = { max: 1, per: "contact", channel: null, class: null, onExceed: "drop" } as const;
const capped = (caps: readonly GivenCap[], fields: object = {}) =>
  rule({ id: "r", reentry: "parallel", caps: [...caps], ...fields });
const last = (w: World) => w.reasons().findLast((reason) => reason !== "completed");

describe("calendar caps per contact", () => {
  test("count anew at the contact's midnight, not 24 hours later", () => {
    const w = world(rulebook([capped([{ ...one, within: day }])]));
    lead(w);
    lead(w);
    expect(last(w)).toBe("cap.reached");
    // START is 14:00 in New York.
    w.pass(10 * HOUR - 1);
    lead(w);
    expect(w.calls).toHaveLength(1);
    w.pass(1);
    lead(w);
    expect(w.calls).toHaveLength(2);
  });

  test("defer to the moment at which the next day, week or month begins", () => {
    const moments = (["day", "week", "month"] as const).map((unit) => {
      const w = world(rulebook([capped([{ ...one, within: { ...day, unit }, onExceed: "defer" }])]));
      lead(w);
      lead(w);
      expect(last(w)).toBe("cap.deferred");
      w.pass(29 * DAY);
      return w.records.flatMap(({ reason, at }) => (reason === "sent" ? [new Date(at).toISOString()] : [])).at(-1);
    });
    expect(moments).toEqual(["2026-03-07T05:00:00.000Z", "2026-03-09T04:00:00.000Z", "2026-04-01T04:00:00.000Z"]);
  });

  test("may have a zone of their own", () => {
    const w = world(rulebook([capped([{ ...one, within: { ...day, zone: "Asia/Kathmandu" } }])]));
    lead(w);
    // It is 00:45 of the next day in Kathmandu; its midnight is 18:15 UTC.
    w.pass(Date.parse("2026-03-07T18:15:00Z") - START - 1);
    lead(w);
    expect(w.calls).toHaveLength(1);
    w.pass(1);
    lead(w);
    expect(w.calls).toHaveLength(2);
  });

  test("do not count what goes to your own people", () => {
    const steps = flow(send("sales"), send("sms"));
    const w = world(rulebook([capped([], { steps })], { caps: [{ ...one, within: day }] }));
    lead(w);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sales", "sms"]);
  });
});

describe("caps over many contacts", () => {
  const week = { kind: "calendar", unit: "week", zone: "contact" } as const;

  test("per rule count that rule alone", () => {
    const cap = { ...one, max: 2, per: "rule", within: week } as const;
    const w = world(rulebook([capped([cap]), rule({ id: "other", reentry: "parallel" })]));
    for (let n = 0; n < 4; n++) lead(w, n);
    expect(w.calls.filter(({ ruleId }) => ruleId === "r")).toHaveLength(2);
    expect(w.calls.filter(({ ruleId }) => ruleId === "other")).toHaveLength(4);
    expect(w.reasons()).toContain("cap.reached");
  });

  test.each([
    ["channel", 3],
    ["workspace", 2],
  ] as const)("per %s of heed.yaml count all rules", (per, most) => {
    const caps = [{ ...one, max: most, per, within: { count: 1, unit: "h" } as const }];
    const w = world(
      rulebook([rule({ id: "a", steps: flow(send("sms")) }), rule({ id: "b", steps: flow(send("email")) })], { caps }),
    );
    for (let n = 0; n < 5; n++) lead(w, n);
    const sent = (name: string) => w.calls.filter(({ channel }) => channel === name).length;
    expect(per === "channel" ? [sent("sms"), sent("email")] : sent("sms") + sent("email")).toEqual(
      per === "channel" ? [3, 3] : 2,
    );
  });

  test("free their places when the window has passed, and defer to that moment when told to", () => {
    const cap = { ...one, per: "rule", within: { count: 1, unit: "h" }, onExceed: "defer" } as const;
    const w = world(rulebook([capped([cap])]));
    lead(w, 1);
    w.pass(10 * MINUTE);
    lead(w, 2);
    expect(last(w)).toBe("cap.deferred");
    w.pass(50 * MINUTE - 1);
    expect(w.calls).toHaveLength(1);
    w.pass(1);
    expect(w.calls).toHaveLength(2);
  });

  test("are taken once for all attempts of a message, and not given back", () => {
    const cap = { ...one, max: 2, per: "rule", within: week } as const;
    const w = world(rulebook([capped([cap])]));
    w.outcomes.push(
      { kind: "retryable", code: "503", afterMs: null },
      { kind: "retryable", code: "503", afterMs: null },
    );
    lead(w, 1);
    w.pass(HOUR);
    w.outcomes.push({ kind: "rejected", code: "x", class: "other" });
    lead(w, 2);
    lead(w, 3);
    expect(w.calls.map(({ to }) => to)).toEqual([phone(1), phone(1), phone(1), phone(2)]);
  });

  test("take nothing when a stricter one refuses", () => {
    const hourly = { ...one, max: 1, per: "rule", within: { count: 1, unit: "h" } } as const;
    const daily = { ...one, max: 2, per: "rule", within: { count: 24, unit: "h" } } as const;
    const w = world(rulebook([capped([daily, hourly])]));
    for (let n = 0; n < 3; n++) lead(w, n);
    w.pass(HOUR);
    lead(w, 4);
    expect(w.calls).toHaveLength(2);
  });
});

describe("a new rule", () => {
  const limits = { smsSegments: 3, firstDay: 3 };

  test("pauses itself when it sends more than the limit on its first day", () => {
    const w = world(rulebook([rule({ id: "r" })], { limits }));
    for (let n = 0; n < 5; n++) lead(w, n);
    expect(w.calls).toHaveLength(3);
    expect(w.reasons().filter((reason) => reason === "self_paused")).toHaveLength(2);
    expect(w.pauses.get("r")).toEqual({ reason: "self_paused", since: START, until: null });
    w.pass(3 * DAY);
    expect(w.calls).toHaveLength(3);
  });

  test("goes on when a person resumes it after that day", () => {
    const w = world(rulebook([rule({ id: "r" })], { limits }));
    for (let n = 0; n < 5; n++) lead(w, n);
    w.pass(DAY);
    w.pauses.clear();
    // It is looked at again after a tenth of the time, but at least every ten minutes.
    w.pass(10 * MINUTE);
    expect(w.calls).toHaveLength(5);
  });

  test("needs no such protection with a cap of its own over all contacts, nor later", () => {
    const own = { ...one, max: 10, per: "rule", within: { count: 1, unit: "h" } } as const;
    const safe = world(rulebook([capped([own])], { limits }));
    for (let n = 0; n < 5; n++) lead(safe, n);
    expect(safe.calls).toHaveLength(5);
    const old = world(rulebook([rule({ id: "r" })], { limits }));
    lead(old, 0);
    old.pass(DAY);
    for (let n = 1; n < 9; n++) lead(old, n);
    expect(old.calls).toHaveLength(9);
  });
});

describe("budgets", () => {
  const usd = (amount: number) => ({ micros: Math.round(amount * 1e6), currency: "USD" });
  const price: Price = {
    per: "segment",
    usual: usd(0.01),
    prefixes: new Map([
      ["+44", usd(0.04)],
      ["+447", usd(0.05)],
    ]),
  };
  const channels = (fields: Partial<Channel>): ReadonlyMap<string, Channel> =>
    new Map(CHANNELS.map((channel) => [channel.name, channel.name === "sms" ? { ...channel, ...fields } : channel]));
  const budget = (max: number, onExceed: "hold" | "drop" = "hold"): Budget => ({
    channel: "sms",
    max: usd(max),
    per: "day",
    onExceed,
  });
  const spending = (text: string, ...budgets: readonly Budget[]) =>
    rulebook([rule({ id: "r", steps: flow(send("sms", { content: { text } })) })], {
      channels: channels({ price }),
      budgets,
    });

  test("hold what would cost more than is left, until the workspace's next day", () => {
    const w = world(spending("hello", budget(0.025)));
    for (let n = 0; n < 3; n++) lead(w, n);
    expect(w.calls).toHaveLength(2);
    expect(last(w)).toBe("budget.held");
    w.pass(10 * HOUR - 1);
    expect(w.calls).toHaveLength(2);
    w.pass(1);
    expect(w.calls).toHaveLength(3);
  });

  test("drop it when they say so", () => {
    const w = world(spending("hello", budget(0.01, "drop")));
    lead(w, 1);
    lead(w, 2);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("budget.reached");
  });

  test("count the segments that are really sent: one emoji makes a long text cost more", () => {
    const plain = world(spending("x".repeat(160), budget(0.02)));
    const emoji = world(spending(`${"x".repeat(140)}🎉`, budget(0.02)));
    for (const w of [plain, emoji]) {
      lead(w, 1);
      lead(w, 2);
    }
    expect(plain.calls).toHaveLength(2);
    expect(emoji.calls).toHaveLength(0);
  });

  test("know the price of a country by the longest prefix that fits", () => {
    const w = world(spending("hello", budget(0.1)));
    for (const [index, to] of ["+447911123456", "+447911123457", "+442071234567"].entries()) {
      w.event({ event_type: "lead.created", address: { phone: to } }, `id:c${index}`);
    }
    expect(w.calls).toHaveLength(2);
    expect(last(w)).toBe("budget.held");
  });
});

test("a text of more segments than the workspace allows is not sent", () => {
  const rules = (text: string) =>
    rulebook([
      rule({ id: "r", steps: flow(send("sms", { content: { text } }), send("sales", { content: { text } })) }),
    ]);
  const w = world(rules("x".repeat(460)));
  lead(w);
  expect(w.calls.map(({ channel }) => channel)).toEqual(["sales"]);
  expect(w.reasons()).toContain("segments.exceeded");
  const fits = world(rules("x".repeat(459)));
  lead(fits);
  expect(fits.calls).toHaveLength(2);
});

describe("the kill switch", () => {
  test.each(["r", "sms", "all"])(
    "of %s holds what has not begun, in retry included, and lets it go on after",
    (target) => {
      const w = world(rulebook([rule({ id: "r" })]));
      w.outcomes.push({ kind: "retryable", code: "503", afterMs: MINUTE });
      lead(w, 1);
      w.pauses.set(target, { reason: "paused", since: w.now, until: null });
      lead(w, 2);
      w.pass(HOUR);
      expect(w.calls).toHaveLength(1);
      // Looking again and again is no news.
      expect(w.reasons().filter((reason) => reason === "paused")).toHaveLength(2);
      w.pauses.clear();
      // Looked at again after a tenth of the time that it stood.
      w.pass(6 * MINUTE);
      expect(w.calls).toHaveLength(3);
    },
  );

  test("for a time ends by itself", () => {
    const w = world(rulebook([rule({ id: "r" })]));
    w.pauses.set("all", { reason: "paused", since: START, until: START + HOUR });
    lead(w);
    w.pass(HOUR - 1);
    expect(w.calls).toHaveLength(0);
    w.pauses.clear();
    w.pass(1);
    expect(w.calls).toHaveLength(1);
  });

  test("for a time may be resumed sooner", () => {
    const w = world(rulebook([rule({ id: "r" })]));
    w.pauses.set("all", { reason: "paused", since: START, until: START + 24 * HOUR });
    lead(w);
    w.pass(HOUR);
    expect(w.calls).toHaveLength(0);
    w.pauses.clear();
    w.pass(HOUR / 6);
    expect(w.calls).toHaveLength(1);
  });

  test("comes before all other reasons", () => {
    const w = world(rulebook([rule({ id: "r", guard: { test: "no" } })]));
    w.conditions["no"] = () => false;
    w.pauses.set("all", { reason: "paused", since: w.now, until: null });
    lead(w);
    expect(w.reasons()).toEqual(["paused"]);
  });
});

describe("a rule in shadow mode", () => {
  test("decides everything, sends nothing and takes nothing from others", () => {
    const cap = { ...one, within: { count: 30, unit: "d" } } as const;
    const w = world(
      rulebook([rule({ id: "shadow", shadow: true, guard: { test: "asked" } }), rule({ id: "live" })], { caps: [cap] }),
    );
    let asked = 0;
    w.conditions["asked"] = () => (asked += 1) > 0;
    lead(w);
    lead(w);
    expect(asked).toBe(2);
    expect(w.calls.map(({ ruleId }) => ruleId)).toEqual(["live"]);
    expect(w.reasons().filter((reason) => reason === "rule.shadow")).toHaveLength(1);
    expect(w.counts.size).toBe(1);
  });
});

test("drawing from counters is what a naive recount says", () => {
  const window = fc.oneof(
    fc.integer({ min: 1, max: 50 }).map((ms) => ({ kind: "rolling", ms }) as const),
    fc.constant({ kind: "span", from: 0, to: 100 } as const),
  );
  const request = fc.record({ after: fc.integer({ min: 0, max: 20 }), amount: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(
      window,
      fc.integer({ min: 1, max: 10 }),
      fc.array(request, { maxLength: 40 }),
      (each, limit, requests) => {
        let now = 0;
        let counts: Parameters<typeof drawFrom>[0] = new Map();
        const granted: { readonly at: number; readonly amount: number }[] = [];
        for (const { after, amount } of requests) {
          now += after;
          if (each.kind === "span" && now >= each.to) break;
          const draw: Draw = { counter: "c", window: each, limit, amount };
          const inside = granted.filter(({ at }) => each.kind === "span" || at > now - each.ms);
          const fits = inside.reduce((sum, taken) => sum + taken.amount, 0) + amount <= limit;
          const drawn = drawFrom(counts, [draw], now);
          expect(drawn.refused === null).toBe(fits);
          if (drawn.refused !== null && amount <= limit && each.kind === "rolling") {
            const early = drawFrom(counts, [draw], drawn.refused.freeAt - 1);
            const then = drawFrom(counts, [draw], drawn.refused.freeAt);
            expect([early.refused === null, then.refused === null]).toEqual([false, true]);
          }
          counts = drawn.counts;
          if (fits) granted.push({ at: now, amount });
        }
      },
    ),
  );
});
