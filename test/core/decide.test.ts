import { describe, expect, test } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { on, rule, rulebook, sendStep, START, waitStep, world } from "./given.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ana = { address: { phone: "+12025550143" } };

describe("a rule that texts after a delay", () => {
  const rules = rulebook([rule({ id: "r", delay: { min: { count: 15, unit: "m" }, max: { count: 15, unit: "m" } } })]);

  test("sends once, at the end of the delay", () => {
    const w = world(rules);
    w.event({ event_type: "lead.created", ...ana });
    w.pass(15 * MINUTE - 1);
    expect(w.calls).toEqual([]);
    w.pass(1);
    expect(w.calls).toMatchObject([{ to: "+12025550143", channel: "sms", attempt: 1, content: { text: "hello" } }]);
    w.pass(24 * HOUR);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toEqual(["sent", "completed"]);
  });

  test("counts a long delay from what happened, so late news waits less", () => {
    const w = world(rules);
    w.event({ event_type: "lead.created", ...ana, occurred_at: new Date(START - 10 * MINUTE).toISOString() });
    w.pass(5 * MINUTE);
    expect(w.calls).toHaveLength(1);
  });

  test("does nothing at all with the same event again", () => {
    const w = world(rules);
    const event: CanonicalEvent = {
      schema_version: 1,
      event_id: "same",
      event_type: "lead.created",
      occurred_at: new Date(START).toISOString(),
      received_at: new Date(START).toISOString(),
      provider: "test",
      data: {},
      ...ana,
    };
    w.deliver("id:c1", { kind: "event", id: "same", event });
    const decision = decide(rules, w.contact(), { kind: "event", id: "same", event }, new Map(), START + 1);
    expect(decision).toMatchObject({ changed: false, effects: [] });
    // For the metrics alone: what changes nothing is not written.
    expect(decision).toMatchObject({ records: [{ kind: "event", reason: "event.duplicate" }] });
  });

  test("never starts on an event older than max_age", () => {
    const w = world(rules);
    w.event({ event_type: "lead.created", ...ana, occurred_at: new Date(START - 25 * HOUR).toISOString() });
    w.pass(HOUR);
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["event.stale"]);
  });
});

test("a short delay is a race delay and counts from arrival", () => {
  const w = world(
    rulebook([rule({ id: "r", delay: { min: { count: 60, unit: "s" }, max: { count: 60, unit: "s" } } })]),
  );
  w.event({ event_type: "lead.created", ...ana, occurred_at: new Date(START - 10 * MINUTE).toISOString() });
  expect(w.calls).toEqual([]);
  w.pass(MINUTE);
  expect(w.calls).toHaveLength(1);
});

test("a delay from a range is drawn the same for the same event, within both ends", () => {
  const ranged = { min: { count: 3, unit: "m" }, max: { count: 7, unit: "m" } } as const;
  const due = [1, 2].map(() => {
    const w = world(rulebook([rule({ id: "r", delay: ranged })]));
    w.event({ event_type: "lead.created", ...ana });
    w.pass(3 * MINUTE - 1);
    expect(w.calls).toEqual([]);
    w.pass(4 * MINUTE + 1);
    expect(w.calls).toHaveLength(1);
    return w.records.find(({ reason }) => reason === "sent")?.at;
  });
  expect(due[0]).toBe(due[1]);
});

describe("stop_on", () => {
  const stopping = rulebook([
    rule({
      id: "verify",
      trigger: { match: on("email.delivered"), maxAge: { count: 24, unit: "h" } },
      delay: { min: { count: 15, unit: "m" }, max: { count: 15, unit: "m" } },
      stopOn: [{ match: on("email.opened"), same: ["message_id"] }],
    }),
  ]);

  test("ends the enrollment on an event about the same message, and only that", () => {
    const w = world(stopping);
    w.event({ event_type: "email.delivered", message_id: "m1", ...ana });
    w.event({ event_type: "email.opened", message_id: "m2" });
    expect(w.reasons()).toEqual([]);
    w.event({ event_type: "email.opened", message_id: "m1" });
    w.pass(HOUR);
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["stopped.by_event"]);
  });

  test("holds when the stopping event arrives before its trigger does", () => {
    const w = world(stopping);
    w.event({ event_type: "email.opened", message_id: "m1", occurred_at: new Date(START).toISOString() });
    w.event({
      event_type: "email.delivered",
      message_id: "m1",
      ...ana,
      occurred_at: new Date(START - MINUTE).toISOString(),
    });
    w.pass(HOUR);
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toContain("stopped.by_event");
  });

  test("ignores events that happened before the trigger", () => {
    const w = world(stopping);
    w.event({ event_type: "email.delivered", message_id: "m1", ...ana });
    w.event({ event_type: "email.opened", message_id: "m1", occurred_at: new Date(START - MINUTE).toISOString() });
    w.pass(HOUR);
    expect(w.calls).toHaveLength(1);
  });

  test("does not take a machine's opening for a person's", () => {
    const w = world(stopping);
    w.event({ event_type: "email.delivered", message_id: "m1", ...ana });
    w.event({ event_type: "email.opened", message_id: "m1", data: { machine: true } });
    w.pass(HOUR);
    expect(w.calls).toHaveLength(1);
  });
});

describe("the gates", () => {
  test("ask the guard at the moment of speaking, and end the enrollment when it is false", () => {
    const w = world(
      rulebook([
        rule({
          id: "r",
          guard: { test: "fresh" },
          delay: { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } },
          steps: [sendStep("sms"), sendStep("email", { id: "1" })],
        }),
      ]),
    );
    const asked: number[] = [];
    w.conditions["fresh"] = () => {
      asked.push(w.now);
      return false;
    };
    w.event({ event_type: "lead.created", ...ana });
    w.pass(2 * HOUR);
    expect(asked).toEqual([START + HOUR]);
    expect(w.reasons()).toEqual(["guard.false", "guard.false"]);
    expect(w.contact().enrollments).toEqual({});
  });

  test("skip only the step whose `when` is false", () => {
    const w = world(
      rulebook([rule({ id: "r", steps: [sendStep("sms", { when: { test: "no" } }), sendStep("sales", { id: "1" })] })]),
    );
    w.conditions["no"] = () => false;
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sales"]);
    expect(w.reasons()).toEqual(["when.false", "sent", "completed"]);
  });

  test("refuse marketing without recorded consent where the workspace asks for it", () => {
    const w = world(rulebook([rule({ id: "r", class: "marketing" })]));
    w.event({ event_type: "lead.created", ...ana });
    expect(w.reasons()).toEqual(["consent.missing", "completed"]);
    w.event({ event_type: "consent.granted", data: { channel: "sms", source: "form" } });
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls).toHaveLength(1);
  });

  test("let marketing email pass without objection, and not after one", () => {
    const w = world(rulebook([rule({ id: "r", class: "marketing", steps: [sendStep("email")] })]));
    const mail = { address: { email: "ana@example.com" } };
    w.event({ event_type: "lead.created", ...mail });
    w.event({ event_type: "email.unsubscribed", ...mail });
    w.event({ event_type: "lead.created", ...mail });
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("consent.missing");
  });

  test.each([
    ["no address is known", {}, "address.missing"],
    ["the number is impossible", { address: { phone: "12345" } }, "address.invalid"],
  ])("refuse when %s", (_why, fields, reason) => {
    const w = world(rulebook([rule({ id: "r" })]));
    w.event({ event_type: "lead.created", ...fields });
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual([reason, "completed"]);
  });

  test.each([
    ["broken", "template.missing"],
    ["   ", "template.empty"],
  ])("never send a text that is %j", (text, reason) => {
    const w = world(rulebook([rule({ id: "r", steps: [sendStep("sms", { content: { text } })] })]));
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toContain(reason);
  });

  test("end an enrollment that waited past its expiry", () => {
    const w = world(
      rulebook([
        rule({
          id: "r",
          expires: { count: 1, unit: "h" },
          delay: { min: { count: 30, unit: "m" }, max: { count: 30, unit: "m" } },
        }),
      ]),
    );
    w.event({ event_type: "lead.created", ...ana });
    w.now += 2 * HOUR;
    w.deliver("id:c1", { kind: "wake", id: "late" });
    expect(w.calls).toEqual([]);
    expect(w.reasons()).toEqual(["expired"]);
  });
});

describe("caps per contact", () => {
  const capped = (onExceed: "drop" | "defer") =>
    rulebook([
      rule({
        id: "r",
        reentry: "parallel",
        caps: [{ max: 1, per: "contact", channel: "sms", class: null, within: { count: 24, unit: "h" }, onExceed }],
      }),
    ]);

  test("let two triggers of the same millisecond take one place", () => {
    const w = world(capped("drop"));
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("cap.reached");
  });

  test("free the place exactly at the end of the window", () => {
    const w = world(capped("drop"));
    w.event({ event_type: "lead.created", ...ana });
    w.pass(24 * HOUR - 1);
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls).toHaveLength(1);
    w.pass(1);
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls).toHaveLength(2);
  });

  test("defer to the moment the place is free when the rule says so", () => {
    const w = world(capped("defer"));
    w.event({ event_type: "lead.created", ...ana });
    w.pass(HOUR);
    w.event({ event_type: "lead.created", ...ana });
    expect(w.reasons().at(-1)).toBe("cap.deferred");
    w.pass(23 * HOUR);
    expect(w.calls).toHaveLength(2);
    expect(w.records.findLast(({ reason }) => reason === "sent")?.at).toBe(START + 24 * HOUR);
  });

  test("get the place back when the provider refuses for good", () => {
    const w = world(capped("drop"));
    w.outcomes.push({ kind: "rejected", code: "21620", class: "content" });
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "lead.created", ...ana });
    expect(w.calls).toHaveLength(2);
    expect(w.reasons()).toContain("provider.rejected");
  });
});

describe("reentry", () => {
  const delayed = { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } as const;

  test("ignores a trigger while the contact is in the rule", () => {
    const w = world(rulebook([rule({ id: "r", delay: delayed })]));
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "lead.created", ...ana });
    w.pass(3 * HOUR);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("reentry.active");
  });

  test("restarts the delay, but never for an older event", () => {
    const w = world(rulebook([rule({ id: "r", reentry: "restart", delay: delayed })]));
    w.event({ event_type: "lead.created", ...ana });
    w.pass(30 * MINUTE);
    w.event({ event_type: "lead.created", ...ana });
    w.event({ event_type: "lead.created", ...ana, occurred_at: new Date(START - MINUTE).toISOString() });
    w.pass(59 * MINUTE);
    expect(w.calls).toEqual([]);
    w.pass(MINUTE);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toContain("restarted");
  });
});

test("a switched-off or removed rule ends what it had begun", () => {
  const w = world(rulebook([rule({ id: "r", delay: { min: { count: 1, unit: "h" }, max: { count: 1, unit: "h" } } })]));
  w.event({ event_type: "lead.created", ...ana });
  w.rules = rulebook([]);
  w.pass(HOUR);
  expect(w.calls).toEqual([]);
  expect(w.reasons()).toEqual(["rule.disabled"]);
});

test("waits and stops take their turn in a sequence", () => {
  const w = world(
    rulebook([
      rule({
        id: "r",
        steps: [
          sendStep("email"),
          waitStep("1", { count: 2, unit: "d" }),
          sendStep("sms", { id: "2" }),
          { verb: "stop", id: "3", when: null, next: null, note: "done talking" },
          sendStep("sales", { id: "4" }),
        ],
      }),
    ]),
  );
  // Two calendar days over the change of clocks on 8 March 2026 are 47 hours.
  w.event({ event_type: "lead.created", address: { email: "ana@example.com", phone: "+12025550143" } });
  expect(w.calls.map(({ channel }) => channel)).toEqual(["email"]);
  w.pass(47 * HOUR - 1);
  expect(w.calls).toHaveLength(1);
  w.pass(1);
  expect(w.calls.map(({ channel }) => channel)).toEqual(["email", "sms"]);
  expect(w.reasons()).toEqual(["sent", "sent", "stopped.by_step"]);
});

test("the account says of a message that it is meant and that a call begins, before there is a word about it", () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.outcomes.push({ kind: "retryable", code: "503", afterMs: null });
  w.event({ event_type: "lead.created", address: { phone: "+12025550143" } });
  w.pass(10 * 60_000);
  const told = w.records.flatMap(({ kind, intent, reason, detail }) =>
    kind === "intent" || kind === "message" ? [[intent, reason ?? detail?.["word"], detail?.["attempt"] ?? 0]] : [],
  );
  const [id] = told[0] ?? [];
  expect(told).toEqual([
    [id, "meant", 0],
    [id, "called", 1],
    [id, "provider.failed", 1],
    [id, "called", 2],
    [id, "sent", 2],
  ]);
  expect(
    w.records.filter(({ intent }) => intent === id).every(({ detail }) => detail?.["class"] === "transactional"),
  ).toBe(true);
});
