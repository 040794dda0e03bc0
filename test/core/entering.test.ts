import { describe, expect, test } from "vitest";
import type { EventMatch, Rule } from "../../src/core/model/rulebook.ts";
import { versionKey } from "../../src/core/model/rulebook.ts";
import { branch, flow, hold, send, stop, tag, wait } from "./flow.ts";
import { type GivenRule, on, rule, rulebook, START, type World, world } from "./given.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ana = { address: { phone: "+12025550143", email: "ana@example.com" } };
const lead = (w: World, fields: object = {}, key?: string) =>
  w.event({ event_type: "lead.created", ...ana, ...fields }, key);
const later = flow(wait(1, "h"), send("sms"));
const people = Array.from({ length: 2_000 }, (_, index) => `id:c${index}`);

describe("reentry by key", () => {
  test("makes each value of the key an enrollment of its own", () => {
    const carts = rule({ id: "r", reentry: { key: ["data", "cart_id"] }, steps: later });
    const w = world(rulebook([carts]));
    for (const cart_id of ["a", "b", "a", 7, "7"]) lead(w, { data: { cart_id } });
    lead(w);
    lead(w);
    w.pass(2 * HOUR);
    expect(w.calls).toHaveLength(4);
    expect(w.reasons().filter((reason) => reason === "reentry.active")).toHaveLength(3);
  });

  test("restarts the one with the same key alone", () => {
    const w = world(
      rulebook([rule({ id: "r", reentry: { policy: "restart", key: ["data", "cart_id"] }, steps: later })]),
    );
    lead(w, { data: { cart_id: "a" } });
    lead(w, { data: { cart_id: "b" } });
    w.pass(30 * MINUTE);
    lead(w, { data: { cart_id: "a" } });
    w.pass(30 * MINUTE);
    expect(w.calls).toHaveLength(1);
    w.pass(30 * MINUTE);
    expect(w.calls).toHaveLength(2);
  });

  test("never fills a document: one rule runs at most fifty times side by side", () => {
    const w = world(rulebook([rule({ id: "r", reentry: { key: ["data", "cart_id"] }, steps: later })]));
    for (let cart = 0; cart < 60; cart++) lead(w, { data: { cart_id: `cart-${cart}` } });
    expect(Object.keys(w.contact().enrollments)).toHaveLength(50);
  });
});

describe("a cooldown", () => {
  const cooling = rulebook([rule({ id: "r", reentry: { cooldown: { count: 7, unit: "d" } } })]);

  test("blocks re-entry after the end, in calendar days, and not a moment longer", () => {
    const w = world(cooling);
    lead(w);
    // Seven days over the change of clocks are 167 hours.
    w.pass(167 * HOUR - 1);
    lead(w);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons().at(-1)).toBe("reentry.cooldown");
    w.pass(1);
    lead(w);
    expect(w.calls).toHaveLength(2);
  });

  test("counts by when things happened, so late news of then starts nothing now", () => {
    const w = world(cooling);
    lead(w);
    w.pass(167 * HOUR + HOUR);
    lead(w, { occurred_at: new Date(START + 166 * HOUR).toISOString() });
    expect(w.reasons().at(-1)).toBe("reentry.cooldown");
  });

  test("is not set off by a restart, and is kept for each key", () => {
    const reentry = { policy: "restart", key: ["data", "cart_id"], cooldown: { count: 7, unit: "d" } } as const;
    const w = world(rulebook([rule({ id: "r", reentry, steps: later })]));
    lead(w, { data: { cart_id: "a" } });
    lead(w, { data: { cart_id: "a" } });
    lead(w, { data: { cart_id: "a" } });
    w.pass(HOUR);
    lead(w, { data: { cart_id: "b" } });
    lead(w, { data: { cart_id: "a" } });
    w.pass(HOUR);
    expect(w.calls).toHaveLength(2);
    expect(w.reasons()).toContain("reentry.cooldown");
  });
});

describe("a rollout", () => {
  const enrolledWith = (rollout: number): ReadonlySet<string> => {
    const w = world(rulebook([rule({ id: "r", rollout, steps: flow(tag("tag", "in")) })]));
    for (const key of people) lead(w, { address: {} }, key);
    return new Set(people.filter((key) => w.contact(key).tags.length > 0));
  };

  test("enrolls a stable share of contacts, and keeps those it had when it grows", () => {
    const [few, more] = [enrolledWith(0.05), enrolledWith(0.2)];
    expect(few.size / people.length).toBeGreaterThan(0.03);
    expect(few.size / people.length).toBeLessThan(0.07);
    expect([...few].filter((key) => !more.has(key))).toEqual([]);
    expect(enrolledWith(1).size).toBe(people.length);
  });

  test("records why the others were not", () => {
    const w = world(rulebook([rule({ id: "r", rollout: 0 })]));
    lead(w);
    expect(w.reasons()).toEqual(["rollout"]);
  });
});

describe("a holdout", () => {
  const held = (fields: Partial<GivenRule> = {}): Rule => rule({ id: "r", holdout: 0.1, ...fields });
  const armsOf = (each: Rule): ReadonlyMap<string, unknown> => {
    const w = world(rulebook([each]));
    const arms = people.map((key) => {
      lead(w, { address: {} }, key);
      return [key, w.records.findLast(({ kind }) => kind === "enrolled")?.detail?.["arm"]] as const;
    });
    return new Map(arms);
  };

  test("is a stable share that is enrolled, measured and never messaged, and takes no place in a cap", () => {
    const all = world(
      rulebook([
        held({
          holdout: 1,
          goal: { match: on("Order Completed"), within: { count: 7, unit: "d" }, value: ["data", "revenue"] },
        }),
      ]),
    );
    lead(all);
    all.pass(DAY);
    all.event({ event_type: "Order Completed", data: { revenue: 49.5 } });
    expect(all.calls).toEqual([]);
    expect(all.contact().taken).toEqual([]);
    expect(all.reasons()).toEqual(["holdout", "completed"]);
    expect(all.records.filter(({ kind }) => kind === "converted")).toMatchObject([
      { rule: "r", detail: { arm: "holdout", after_ms: DAY, value: 49.5 } },
    ]);
  });

  test("is drawn by the experiment, so that rules which share one hold out the same contacts", () => {
    const [own, one, two] = [
      armsOf(held()),
      armsOf(held({ id: "a", experiment: "x" })),
      armsOf(held({ id: "b", experiment: "x" })),
    ];
    expect(one).toEqual(two);
    expect(own).not.toEqual(one);
    const share = [...own.values()].filter((arm) => arm === "holdout").length / people.length;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
  });

  test("stays the same when the rule is edited or gets a new id", () => {
    const before = armsOf(held());
    expect(armsOf(held({ digest: "e" }))).toEqual(before);
    expect(armsOf(held({ id: "renamed", movedFrom: "r" }))).toEqual(before);
  });
});

describe("a goal", () => {
  const goal = { match: on("Order Completed"), within: { count: 7, unit: "d" }, value: null } as const;
  const rules = rulebook([rule({ id: "r", goal })]);
  const converted = (w: World) => w.records.filter(({ kind }) => kind === "converted");

  test("is reached once, after the trigger and in time, ended or not", () => {
    const w = world(rules);
    lead(w);
    w.event({ event_type: "Order Completed", occurred_at: new Date(START - 1).toISOString() });
    expect(converted(w)).toEqual([]);
    w.pass(6 * DAY);
    w.event({ event_type: "Order Completed" });
    w.event({ event_type: "Order Completed" });
    expect(converted(w)).toMatchObject([{ rule: "r", detail: { arm: "treated", after_ms: 6 * DAY } }]);
  });

  test("is not reached too late, and is when only the news is late", () => {
    const late = world(rules);
    lead(late);
    late.pass(8 * DAY);
    late.event({ event_type: "Order Completed" });
    expect(converted(late)).toEqual([]);
    const news = world(rules);
    lead(news);
    news.pass(167 * HOUR + HOUR);
    news.event({ event_type: "Order Completed", occurred_at: new Date(START + 167 * HOUR).toISOString() });
    expect(converted(news)).toHaveLength(1);
  });

  test("is reached by an event that arrived before its trigger did", () => {
    const w = world(rules);
    w.event({ event_type: "Order Completed" });
    lead(w, { occurred_at: new Date(START - MINUTE).toISOString() });
    expect(converted(w)).toMatchObject([{ detail: { after_ms: MINUTE } }]);
  });
});

describe("history", () => {
  const opened: EventMatch = {
    ...on("email.opened"),
    where: (facts) => JSON.stringify(facts["event"]).includes("promo"),
  };
  const questions = new Map([["opened", { match: opened, within: { count: 30, unit: "d" }, atLeast: 2 } as const]]);
  const asking = rulebook([rule({ id: "r", guard: { test: "history" } })], {}, questions);
  const facts = (w: World): unknown => {
    let seen: unknown;
    w.conditions["history"] = (question) => {
      seen = question.facts["history"];
      return true;
    };
    lead(w);
    return seen;
  };

  test("keeps the newest times that deployed conditions ask for, whatever the order of news", () => {
    const w = world(asking);
    const at = (days: number) => new Date(START - days * DAY).toISOString();
    w.event({ event_type: "email.opened", data: { template: "promo" }, occurred_at: at(3) });
    w.event({ event_type: "email.opened", data: { template: "promo" }, occurred_at: at(9) });
    w.event({ event_type: "email.opened", data: { template: "promo" }, occurred_at: at(5) });
    w.event({ event_type: "email.opened", data: { template: "other" } });
    w.event({ event_type: "email.opened", data: { template: "promo", machine: true } });
    expect(facts(w)).toMatchObject({ did: { opened: [START - 5 * DAY, START - 3 * DAY] }, sent: [] });
  });

  test("knows what was sent, or may have been, and forgets what surely was not", () => {
    const w = world(asking);
    w.outcomes.push({ kind: "accepted", providerMessageId: "p" }, { kind: "rejected", code: "x", class: "other" });
    lead(w);
    lead(w);
    expect(facts(w)).toMatchObject({ sent: [{ channel: "sms", rule: "r", at: START }] });
  });

  test("forgets what no deployed condition asks for", () => {
    const w = world(asking);
    w.event({ event_type: "email.opened", data: { template: "promo" } });
    expect(w.contact().history).toHaveProperty("opened");
    w.rules = rulebook([]);
    w.event({ event_type: "other" });
    expect(w.contact().history).toEqual({});
  });

  test("counts the event that is looked at, too", () => {
    const counting = rulebook(
      [
        rule({
          id: "r",
          trigger: {
            match: {
              ...on("email.opened"),
              where: ({ history }) => JSON.stringify(history).includes(`"opened":[${START},${START}]`),
            },
            maxAge: { count: 1, unit: "d" },
          },
        }),
      ],
      {},
      questions,
    );
    const w = world(counting);
    const open = () => w.event({ event_type: "email.opened", data: { template: "promo" }, ...ana });
    open();
    expect(w.calls).toHaveLength(0);
    open();
    expect(w.calls).toHaveLength(1);
  });
});

describe("a new version of a rule", () => {
  const before = rule({ id: "r", digest: "1", steps: flow(wait(1, "h"), send("sms", { content: { text: "old" } })) });
  const after = (fields: Partial<GivenRule>): Rule =>
    rule({ id: "r", digest: "2", steps: flow(wait(1, "h"), send("sms", { content: { text: "new" } })), ...fields });
  const said = (next: Rule, former: readonly Rule[] = [before]): World => {
    const w = world(rulebook([before]));
    lead(w);
    w.rules = { ...rulebook([next]), former: new Map(former.map((each) => [versionKey(next.id, each.digest), each])) };
    w.pass(2 * HOUR);
    return w;
  };

  test("lets enrollments finish with the one they began with", () => {
    expect(said(after({ onChange: "finish" })).calls).toMatchObject([{ content: { text: "old" } }]);
  });

  test("takes them over when it says migrate, or when the old one is not known any more", () => {
    expect(said(after({ onChange: "migrate" })).calls).toMatchObject([{ content: { text: "new" } }]);
    expect(said(after({ onChange: "finish" }), []).calls).toMatchObject([{ content: { text: "new" } }]);
  });

  test("cancels them when it says so", () => {
    const w = said(after({ onChange: "cancel" }));
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["cancelled"]);
  });

  test("cancels those of a version that a person has ended, also when their message waits for its turn", () => {
    const next = after({ onChange: "finish" });
    const ended = new Set([versionKey("r", "1")]);
    const w = world(rulebook([before]));
    lead(w);
    w.rules = { ...rulebook([next]), ended };
    w.pass(2 * HOUR);
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["cancelled"]);
  });

  test("ends them when it has no such step any more", () => {
    const w = said(after({ onChange: "migrate", steps: flow(branch({}, [stop("nothing")])) }));
    expect(w.reasons()).toEqual(["rule.changed"]);
  });

  test("switches all versions off, whatever it says of the old one", () => {
    expect(said(after({ onChange: "finish", enabled: false })).reasons()).toEqual(["rule.disabled"]);
  });
});

test("a rule that continues another under a new id takes over its enrollments, caps, cooldowns and holds", () => {
  const caps = [
    { max: 1, per: "contact", channel: null, class: null, within: { count: 30, unit: "d" }, onExceed: "drop" },
  ] as const;
  const fields = { caps, reentry: { policy: "parallel" }, onChange: "migrate" } as const;
  const w = world(
    rulebook([
      rule({ id: "old", ...fields, steps: later }),
      rule({
        id: "holder",
        trigger: { match: on("ticket.opened"), maxAge: { count: 1, unit: "d" } },
        steps: flow(hold({ kind: "rules", rules: ["old"] }, 90, "m")),
      }),
    ]),
  );
  lead(w);
  w.event({ event_type: "ticket.opened" });
  w.rules = rulebook([rule({ id: "new", movedFrom: "old", ...fields, steps: later })]);
  w.pass(HOUR);
  expect(w.calls).toEqual([]);
  w.pass(30 * MINUTE);
  expect(w.calls).toMatchObject([{ ruleId: "new" }]);
  lead(w);
  w.pass(2 * HOUR);
  expect(w.calls).toHaveLength(1);
  expect(w.reasons().filter((reason) => reason === "cap.reached")).toHaveLength(1);
});

test("an event that starts nothing says so", () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.event({ event_type: "Order Completed" });
  expect(w.records).toMatchObject([{ kind: "event", reason: "trigger.no_match", rulebook: "digest" }]);
});
