import { describe, expect, test } from "vitest";
import {
  branch,
  emit,
  flow,
  hold,
  literal,
  onlyWhen,
  send,
  set,
  stop,
  tag,
  text,
  wait,
  waitFor,
  waitUntil,
} from "./flow.ts";
import { on, rule, rulebook, START, type World, world } from "./given.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ana = { address: { phone: "+12025550143", email: "ana@example.com" } };
const trigger = (event: string) => ({ match: on(event), maxAge: { count: 24, unit: "h" } }) as const;
const lead = (w: World, fields: object = {}) => w.event({ event_type: "lead.created", ...ana, ...fields });
const channels = (w: World) => w.calls.map(({ channel }) => channel);
const texts = (w: World) => w.calls.map(({ content }) => content["text"]);

describe("tag and untag", () => {
  test("change the contact and tell other rules so, once", () => {
    const w = world(
      rulebook([
        rule({ id: "triage", reentry: "parallel", steps: flow(tag("tag", "source:webinar")) }),
        rule({ id: "nurture", trigger: trigger("contact.tagged"), steps: flow(send("sms")) }),
      ]),
    );
    lead(w);
    lead(w);
    expect(w.contact().tags).toEqual(["source:webinar"]);
    // A tag that is already there emits nothing.
    expect(w.calls.map(({ ruleId }) => ruleId)).toEqual(["nurture"]);
    const tagged = w.records.filter(({ kind, detail }) => kind === "event" && detail?.["type"] === "contact.tagged");
    expect(tagged).toHaveLength(1);
  });

  test("of a tag that is not there emit nothing either", () => {
    const w = world(
      rulebook([
        rule({ id: "r", steps: flow(tag("untag", "vip"), tag("tag", "vip"), tag("untag", "vip")) }),
        rule({ id: "gone", trigger: trigger("contact.untagged"), steps: flow(send("sales")) }),
      ]),
    );
    lead(w);
    expect(w.contact().tags).toEqual([]);
    expect(channels(w)).toEqual(["sales"]);
  });

  test("do nothing with a tag that cannot be rendered or is blank", () => {
    const w = world(rulebook([rule({ id: "r", steps: flow(tag("tag", "broken"), tag("tag", "  ")) })]));
    lead(w);
    expect(w.contact().tags).toEqual([]);
    expect(w.reasons()).toEqual(["template.missing", "template.empty", "completed"]);
  });

  test("by somebody else are taken in as well", () => {
    const w = world(rulebook([]));
    w.event({ event_type: "contact.tagged", data: { tag: "vip" } });
    w.event({ event_type: "contact.tagged", data: { tag: "slow" } });
    w.event({ event_type: "contact.untagged", data: { tag: "slow" } });
    expect(w.contact().tags).toEqual(["vip"]);
  });
});

describe("emit", () => {
  test("hands over to other rules, with the same event whoever decides it again", () => {
    const qualify = rule({
      id: "r",
      steps: flow(emit("lead.qualified", { source: text("webinar"), score: literal(7) })),
    });
    const after = rule({ id: "after", trigger: trigger("lead.qualified"), steps: flow(send("sms")) });
    const emitted = [1, 2].map(() => {
      const w = world(rulebook([qualify, after]));
      const handed = lead(w).filter(({ kind }) => kind === "hand");
      expect(channels(w)).toEqual(["sms"]);
      return handed.at(-1);
    });
    expect(emitted[0]).toEqual(emitted[1]);
    expect(emitted[0]).toMatchObject({
      kind: "hand",
      key: "id:c1",
      what: {
        event: {
          event_type: "lead.qualified",
          provider: "heed",
          contact_id: "c1",
          data: { source: "webinar", score: 7 },
        },
      },
    });
  });

  test("is left out when a text of it cannot be rendered", () => {
    const w = world(rulebook([rule({ id: "r", steps: flow(emit("lead.qualified", { source: text("broken") })) })]));
    const handed = lead(w).flatMap((effect) => (effect.kind === "hand" ? [effect.what.kind] : []));
    expect(handed).not.toContain("event");
    expect(w.reasons()).toEqual(["template.missing", "completed"]);
  });
});

test("set writes attributes that the next condition of the same run sees", () => {
  const w = world(
    rulebook([
      rule({
        id: "r",
        steps: flow(
          set({ lead_source: text("webinar"), score: literal(7), broken: text("broken"), email: literal("x@y.z") }),
          onlyWhen("seen", send("sms")),
        ),
      }),
    ]),
  );
  const seen: unknown[] = [];
  w.conditions["seen"] = ({ facts }) => {
    seen.push(facts["contact"]);
    return true;
  };
  lead(w);
  expect(w.contact().attributes).toEqual({ lead_source: "webinar", score: 7 });
  expect(seen).toMatchObject([{ lead_source: "webinar", score: 7, email: "ana@example.com" }]);
  expect(w.reasons()).toEqual(["template.missing", "sent", "completed"]);
});

test("set makes of a text what its field holds, and leaves alone what is no such value", () => {
  const fields = new Map([
    ["score", { type: "integer", values: null }],
    ["vip", { type: "boolean", values: null }],
    ["rate", { type: "number", values: null }],
  ] as const);
  const w = world(
    rulebook(
      [
        rule({
          id: "r",
          steps: flow(
            set({ score: text(" 7 "), vip: text("true"), rate: text("0.5"), name: text("7") }),
            set({ score: text("7.5"), vip: text("maybe"), rate: text(" ") }),
          ),
        }),
      ],
      { fields },
    ),
  );
  lead(w);
  expect(w.contact().attributes).toEqual({ score: 7, vip: true, rate: 0.5, name: "7" });
  expect(w.reasons().filter((reason) => reason === "template.missing")).toHaveLength(2);
  expect(w.reasons().filter((reason) => reason === "template.empty")).toHaveLength(1);
});

test("set writes no blank and no `null`, which texts take for missing", () => {
  const w = world(
    rulebook([
      rule({
        id: "r",
        steps: flow(set({ a: text("old"), b: text("old") }), set({ a: text(" "), b: text("NULL"), c: text("") })),
      }),
    ]),
  );
  lead(w);
  expect(w.contact().attributes).toEqual({ a: "old", b: "old" });
  expect(w.reasons().filter((reason) => reason === "template.empty")).toHaveLength(3);
});

describe("branch", () => {
  const steps = flow(
    branch({ webinar: [tag("tag", "webinar"), send("email")], demo: [send("sales")] }, [stop("neither")]),
    send("sms"),
  );

  test.each([
    ["the first way whose condition holds", { webinar: true, demo: true }, ["email", "sms"], ["webinar"]],
    ["a later way", { webinar: false, demo: true }, ["sales", "sms"], []],
  ])("takes %s, then goes on behind it", (_what, holds, sent, tags) => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    w.conditions["webinar"] = () => holds.webinar;
    w.conditions["demo"] = () => holds.demo;
    lead(w);
    expect(channels(w)).toEqual(sent);
    expect(w.contact().tags).toEqual(tags);
  });

  test("takes `otherwise` when none holds", () => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    w.conditions["webinar"] = w.conditions["demo"] = () => false;
    lead(w);
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["stopped.by_step"]);
  });
});

describe("wait until a time of day", () => {
  const morning = rulebook([rule({ id: "r", steps: flow(waitUntil(9 * 60 + 15), send("sms")) })]);
  const spoken = (w: World) =>
    w.records.flatMap(({ reason, at }) => (reason === "sent" ? [new Date(at).toISOString()] : []));

  test("sleeps until the clock of the contact's number shows it", () => {
    const w = world(morning);
    w.event({ event_type: "lead.created", address: { phone: "+18085550143" } });
    w.pass(3 * DAY);
    // START is 09:00 in Honolulu.
    expect(spoken(w)).toEqual(["2026-03-06T19:15:00.000Z"]);
  });

  test("prefers the zone the contact has told, and falls back to the workspace's", () => {
    const told = world(morning);
    told.event({ event_type: "contact.identified", data: { traits: { time_zone: "Asia/Kathmandu" } }, ...ana });
    lead(told);
    told.pass(DAY);
    expect(spoken(told)).toEqual(["2026-03-07T03:30:00.000Z"]);
    const unknown = world(morning);
    unknown.event({ event_type: "lead.created", address: { phone: "+18005550143" } });
    unknown.pass(DAY);
    expect(spoken(unknown)).toEqual(["2026-03-07T14:15:00.000Z"]);
    const sources = [told, unknown].map(
      (w) => w.records.find(({ kind }) => kind === "enrolled")?.detail?.["zone_source"],
    );
    expect(sources).toEqual(["contact", "workspace"]);
  });

  test("at exactly that time is now, even when the clock has moved on by some milliseconds", () => {
    const w = world(rulebook([rule({ id: "r", steps: flow(waitUntil(14 * 60), waitUntil(14 * 60), send("sms")) })]));
    lead(w);
    expect(spoken(w)).toEqual([new Date(START).toISOString()]);
  });

  test("never speaks at the wrong hour because everything stood still over it", () => {
    const w = world(rulebook([rule({ id: "r", steps: flow(wait(1, "h"), waitUntil(16 * 60), send("sms")) })]));
    lead(w);
    w.now += 10 * HOUR;
    w.pass(DAY);
    expect(spoken(w)).toEqual(["2026-03-07T21:00:00.000Z"]);
  });
});

describe("wait_for", () => {
  const steps = flow(
    waitFor({
      match: on("Order Completed"),
      timeout: { count: 3, unit: "d" },
      then: [send("sales")],
      otherwise: [send("email")],
    }),
    send("sms"),
  );

  test("goes on with `then` as soon as the event comes, and behind the step", () => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    lead(w);
    w.pass(DAY);
    expect(w.calls).toEqual([]);
    w.event({ event_type: "Order Completed" });
    expect(channels(w)).toEqual(["sales", "sms"]);
    w.pass(5 * DAY);
    expect(w.calls).toHaveLength(2);
  });

  test("goes on with `otherwise` at the time-out, in calendar days", () => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    lead(w);
    // Three days over the change of clocks are 71 hours.
    w.pass(71 * HOUR - 1);
    expect(w.calls).toEqual([]);
    w.pass(1);
    expect(channels(w)).toEqual(["email", "sms"]);
    w.event({ event_type: "Order Completed" });
    expect(w.calls).toHaveLength(2);
  });

  test("hears an event that came while the step was overdue, and none that happened before it", () => {
    const delayed = flow(
      wait(1, "h"),
      waitFor({ match: on("Order Completed"), timeout: { count: 1, unit: "d" }, then: [send("sales")] }),
    );
    const w = world(rulebook([rule({ id: "r", steps: delayed })]));
    lead(w);
    w.event({ event_type: "Order Completed" });
    w.now += 2 * HOUR;
    w.event({ event_type: "Order Completed", occurred_at: new Date(START + 90 * MINUTE).toISOString() });
    expect(channels(w)).toEqual(["sales"]);
    const early = world(rulebook([rule({ id: "r", steps: delayed })]));
    lead(early);
    early.event({ event_type: "Order Completed" });
    early.pass(2 * DAY);
    expect(early.calls).toEqual([]);
  });

  test("of the same thing ignores others, and a machine's doing", () => {
    const same = flow(
      waitFor({
        match: on("email.clicked"),
        same: ["message_id"],
        timeout: { count: 1, unit: "d" },
        then: [send("sales")],
      }),
    );
    const w = world(rulebook([rule({ id: "r", steps: same })]));
    lead(w, { message_id: "m1" });
    w.event({ event_type: "email.clicked", message_id: "m2" });
    w.event({ event_type: "email.clicked", message_id: "m1", data: { machine: true } });
    expect(w.calls).toEqual([]);
    w.event({ event_type: "email.clicked", message_id: "m1" });
    expect(channels(w)).toEqual(["sales"]);
  });
});

describe("hold", () => {
  const holding = rule({
    id: "urgent",
    trigger: trigger("ticket.opened"),
    steps: flow(hold({ kind: "class", class: "marketing" }, 3, "d"), send("sales")),
  });
  const reminder = rule({ id: "reminder", class: "marketing", steps: flow(wait(1, "h"), send("email")) });

  test("makes this contact's other enrollments wait, also those that begin meanwhile", () => {
    const w = world(rulebook([holding, reminder, rule({ id: "receipt", steps: flow(send("sms")) })]));
    w.event({ event_type: "ticket.opened", ...ana });
    lead(w);
    // The one that holds, and other classes, go on.
    expect(channels(w)).toEqual(["sales", "sms"]);
    w.pass(71 * HOUR - 1);
    expect(channels(w)).toEqual(["sales", "sms"]);
    w.pass(1);
    expect(channels(w)).toEqual(["sales", "sms", "email"]);
    expect(w.reasons().filter((reason) => reason === "held")).toHaveLength(1);
  });

  test("by rule id holds a message that waits in its lane, too", () => {
    const rules = rulebook([
      rule({
        id: "urgent",
        trigger: trigger("ticket.opened"),
        steps: flow(hold({ kind: "rules", rules: ["reminder"] }, 1, "h")),
      }),
      rule({ id: "reminder", steps: flow(send("sms")) }),
    ]);
    const w = world(rules);
    w.outcomes.push({ kind: "retryable", code: "429", afterMs: MINUTE });
    lead(w);
    w.event({ event_type: "ticket.opened" });
    w.pass(59 * MINUTE);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("held");
    w.pass(MINUTE);
    expect(w.calls).toHaveLength(2);
  });
});

describe("on_failure", () => {
  const steps = flow(send("sms", { onFailure: [send("email", { content: { text: "instead" } })] }), send("sales"));

  test.each([
    ["no address", { address: { email: "ana@example.com" } }, "address.missing"],
    ["an impossible one", { address: { phone: "12345", email: "ana@example.com" } }, "address.invalid"],
  ])("runs for %s, then goes on behind the send", (_what, who, reason) => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    w.event({ event_type: "lead.created", ...who });
    expect(channels(w)).toEqual(["email", "sales"]);
    expect(w.reasons()).toEqual([reason, "sent", "sent", "completed"]);
  });

  test("runs when the provider refuses for good, and when trying has ended", () => {
    const refused = world(rulebook([rule({ id: "r", steps })]));
    refused.outcomes.push({ kind: "rejected", code: "30003", class: "other" });
    lead(refused);
    expect(channels(refused)).toEqual(["sms", "email", "sales"]);
    const tried = world(rulebook([rule({ id: "r", steps, retry: { attempts: 2, within: { count: 15, unit: "m" } } })]));
    const failure = { kind: "retryable", code: "503", afterMs: null } as const;
    tried.outcomes.push(failure, failure);
    lead(tried);
    tried.pass(HOUR);
    expect(channels(tried)).toEqual(["sms", "sms", "email", "sales"]);
  });

  test("does not run while nobody knows, nor for a guard, a cap or a text", () => {
    const unknown = world(rulebook([rule({ id: "r", steps })]));
    unknown.outcomes.push({ kind: "ambiguous", code: "timeout" });
    lead(unknown);
    unknown.pass(MINUTE);
    expect(channels(unknown)).toEqual(["sms"]);
    const empty = world(
      rulebook([
        rule({
          id: "r",
          steps: flow(send("sms", { content: { text: " " }, onFailure: [send("email")] }), send("sales")),
        }),
      ]),
    );
    lead(empty);
    expect(channels(empty)).toEqual(["sales"]);
  });

  test("is where a suppressed address and missing consent lead to", () => {
    const marketing = world(rulebook([rule({ id: "r", class: "marketing", steps })]));
    lead(marketing);
    expect(channels(marketing)).toEqual(["email", "sales"]);
    const silenced = world(rulebook([rule({ id: "r", steps })]));
    silenced.event({ event_type: "sms.opted_out", ...ana });
    lead(silenced);
    expect(channels(silenced)).toEqual(["email", "sales"]);
    expect(silenced.reasons()).toContain("suppressed");
  });
});

describe("a send to a list of channels", () => {
  const steps = flow(send(["sms", "email"], { onFailure: [send("sales")] }));

  test("takes the first that can reach the contact", () => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    lead(w);
    w.event({ event_type: "lead.created", address: { email: "bo@example.com" } }, "id:c2");
    expect(channels(w)).toEqual(["sms", "email"]);
    expect(w.reasons().filter((reason) => reason === "address.missing")).toEqual([]);
  });

  test("takes the contact's preferred channel before the others", () => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    w.event({ event_type: "contact.identified", data: { traits: { preferred_channel: "email" } }, ...ana });
    lead(w);
    expect(channels(w)).toEqual(["email"]);
  });

  test("goes on to the next when only the address itself knew of the opt-out", () => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    lead(w, { event_type: "contact.identified" });
    w.event({ event_type: "sms.opted_out", address: { phone: "+12025550143" } }, "phone:+12025550143");
    // The contact's own document has forgotten.
    w.contacts.set("id:c1", { ...w.contact(), suppressions: {} });
    lead(w);
    expect(channels(w)).toEqual(["email"]);
    expect(w.reasons()).toEqual(expect.arrayContaining(["suppressed", "sent"]));
  });

  test("leads to on_failure when none can, with the reason of the first", () => {
    const w = world(rulebook([rule({ id: "r", steps })]));
    w.event({ event_type: "lead.created" });
    expect(channels(w)).toEqual(["sales"]);
    expect(w.reasons()).toEqual(["address.missing", "sent", "completed"]);
  });
});

test("`to` and `provider` send a message elsewhere", () => {
  const steps = flow(send("email", { to: "Boss@Example.com ", provider: "other" }));
  const w = world(rulebook([rule({ id: "r", steps })]));
  lead(w);
  expect(w.calls).toMatchObject([{ to: "boss@example.com" }]);
  expect(Object.values(w.contact().intents)).toMatchObject([{ provider: "other" }]);
  expect(texts(w)).toEqual(["hello"]);
});

test("a webhook carries its map, with its texts rendered", () => {
  const body = {
    kind: "map",
    of: { who: text("ana"), marks: { kind: "list", of: [literal(1), text("two")] } },
  } as const;
  const w = world(rulebook([rule({ id: "r", steps: flow(send("sales", { content: {}, body })) })]));
  lead(w);
  expect(w.calls).toMatchObject([{ body: { who: "ana", marks: [1, "two"] } }]);
});

test("rules that trigger each other without end are stopped: the rule pauses, and the contact's document stays small", () => {
  const loop = rule({ id: "loop", reentry: "parallel", steps: flow(emit("lead.created")) });
  const w = world(rulebook([loop]));
  lead(w);
  const emitted = w.records.filter(({ detail }) => detail?.["emitted"] === "lead.created");
  expect(emitted).toHaveLength(100);
  expect(w.reasons()).toContain("self_paused");
  expect(w.pauses.get("loop")).toMatchObject({ reason: "self_paused" });
  w.pass(HOUR);
  lead(w);
  expect(w.records.filter(({ detail }) => detail?.["emitted"] === "lead.created").length).toBeGreaterThan(100);
});
