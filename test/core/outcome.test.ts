import { describe, expect, test } from "vitest";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import { flow, send } from "./flow.ts";
import { rule, rulebook, sendStep, waitStep, world } from "./given.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const ana = { address: { phone: "+12025550143" } };
const retryable: SendOutcome = { kind: "retryable", code: "503", afterMs: null };
const lead = { event_type: "lead.created", ...ana };

const two = rulebook([rule({ id: "r", steps: [sendStep("sms"), sendStep("sales", { id: "1" })] })]);

describe("a call that surely sent nothing", () => {
  test("is repeated through all gates, with growing distance, and goes on after it succeeds", () => {
    const w = world(two);
    w.outcomes.push(retryable, retryable);
    w.event(lead);
    expect(w.calls).toHaveLength(1);
    w.pass(HOUR);
    expect(w.calls.map(({ channel, attempt }) => [channel, attempt])).toEqual([
      ["sms", 1],
      ["sms", 2],
      ["sms", 3],
      ["sales", 1],
    ]);
    expect(new Set(w.calls.slice(0, 3).map(({ intentId }) => intentId)).size).toBe(1);
  });

  test("is not repeated sooner than the provider asked", () => {
    const w = world(two);
    w.outcomes.push({ kind: "retryable", code: "429", afterMs: 90 * SECOND });
    w.event(lead);
    w.pass(90 * SECOND - 1);
    expect(w.calls).toHaveLength(1);
    w.pass(10 * SECOND);
    expect(w.calls.length).toBeGreaterThan(1);
  });

  test("ends as failed when the rule's attempts are used up, is buried, and the sequence goes on", () => {
    const w = world(
      rulebook([
        rule({
          id: "r",
          retry: { attempts: 2, within: { count: 15, unit: "m" } },
          steps: [...(two.rules.get("r")?.steps.values() ?? [])],
        }),
      ]),
    );
    w.outcomes.push(retryable, retryable);
    w.event(lead);
    w.pass(HOUR);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sms", "sales"]);
    expect(w.reasons().filter((reason) => reason === "provider.failed")).toHaveLength(2);
  });

  test("is never repeated later than the rule's window, whatever Retry-After says", () => {
    const w = world(two);
    w.outcomes.push({ kind: "retryable", code: "429", afterMs: HOUR });
    w.event(lead);
    w.pass(2 * HOUR);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
  });

  test("does not count against the rule's attempts when our credentials were refused", () => {
    const w = world(rulebook([rule({ id: "r", retry: { attempts: 1, within: { count: 15, unit: "m" } } })]));
    w.outcomes.push({ kind: "misconfigured", code: "401" }, { kind: "misconfigured", code: "401" });
    w.event(lead);
    w.pass(10 * 60 * SECOND);
    expect(w.calls).toHaveLength(3);
    expect(w.reasons().at(-2)).toBe("sent");
  });

  test("is not repeated after an opt-out that came meanwhile", () => {
    const w = world(two);
    w.outcomes.push(retryable);
    w.event(lead);
    w.event({ event_type: "sms.received", ...ana, data: { text: "Stop." } });
    w.pass(HOUR);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
    expect(w.reasons()).toContain("suppressed");
  });
});

describe("a call whose answer was lost", () => {
  const lost: SendOutcome = { kind: "ambiguous", code: "timeout" };
  const answer = (w: ReturnType<typeof world>, outcome: "found" | "not_found" | "impossible" | "repeatable") => {
    const [intent] = Object.values(w.contact().intents);
    if (intent === undefined) throw new Error("no intent");
    w.deliver("id:c1", {
      kind: "reconciled",
      id: `reconciled:${outcome}`,
      intent: intent.id,
      attempt: intent.attempt,
      outcome: outcome === "found" ? { kind: outcome, providerMessageId: "SM9" } : { kind: outcome },
    });
  };

  test("is never repeated by itself: the provider is asked, again and again", () => {
    const w = world(two);
    w.outcomes.push(lost);
    w.event(lead);
    w.pass(HOUR);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons()).toEqual(["provider.unknown"]);
    expect(Object.values(w.contact().intents)[0]?.state).toMatchObject({ kind: "unknown" });
  });

  test("counts as sent once the provider says it has it", () => {
    const w = world(two);
    w.outcomes.push(lost);
    w.event(lead);
    answer(w, "found");
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
    expect(w.reasons()).toEqual(["provider.unknown", "sent", "sent", "completed"]);
  });

  test("is repeated once the provider says it never had it", () => {
    const w = world(two);
    w.outcomes.push(lost);
    w.event(lead);
    answer(w, "not_found");
    w.pass(HOUR);
    expect(w.calls.map(({ channel, attempt }) => [channel, attempt])).toEqual([
      ["sms", 1],
      ["sms", 2],
      ["sales", 1],
    ]);
  });

  test("is parked where the provider cannot be asked, counts as sent, and the sequence goes on", () => {
    const w = world(two);
    w.outcomes.push(lost);
    w.event(lead);
    answer(w, "impossible");
    w.pass(48 * HOUR);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
    expect(w.contact().taken.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
  });

  test("is parked once, whatever else is said of it later, but believed when it was taken after all", () => {
    const w = world(two);
    w.outcomes.push(lost);
    w.event(lead);
    answer(w, "impossible");
    answer(w, "impossible");
    answer(w, "not_found");
    w.pass(HOUR);
    expect(w.reasons()).toEqual(["provider.unknown", "provider.unknown", "sent", "completed"]);
    answer(w, "found");
    expect(w.reasons().at(-1)).toBe("sent");
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
  });

  test.each<SendOutcome>([retryable, { kind: "misconfigured", code: "401" }])(
    "once parked, is known to have sent nothing when its own answer says so late, and its run is left alone: %j",
    (outcome) => {
      const steps = [sendStep("sms"), waitStep("1", { count: 2, unit: "h" }), sendStep("sales", { id: "2" })];
      const w = world(rulebook([rule({ id: "r", steps })]));
      w.outcomes.push(lost);
      w.event(lead);
      answer(w, "impossible");
      const { id: intent = "", attempt = 0 } = Object.values(w.contact().intents)[0] ?? {};
      const late = { kind: "result", intent, attempt, outcome } as const;
      w.deliver("id:c1", { id: "late", ...late });
      expect(w.contact().intents[intent]).toMatchObject({ state: { kind: "failed" }, reason: "provider.failed" });
      expect(w.contact().taken).toEqual([]);
      expect(w.deliver("id:c1", { id: "later", ...late })).toEqual([]);
      w.pass(2 * HOUR - 1);
      expect(w.calls).toHaveLength(1);
      w.pass(1);
      expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
    },
  );

  test("is repeated blindly only where the step says so", () => {
    const w = world(rulebook([rule({ id: "r", steps: [sendStep("sms", { onAmbiguous: "retry" })] })]));
    w.outcomes.push(lost);
    w.event(lead);
    answer(w, "impossible");
    w.pass(HOUR);
    expect(w.calls).toHaveLength(2);
  });

  test("keeps its place when it was repeated and failed then, and never counts as failed", () => {
    const steps = flow(send("sms", { onFailure: [send("sales")] }));
    const w = world(rulebook([rule({ id: "r", steps })]));
    w.outcomes.push(lost, ...Array.from({ length: 10 }, () => retryable));
    w.event(lead);
    answer(w, "repeatable");
    w.pass(48 * HOUR);
    expect(w.calls.length).toBeGreaterThan(1);
    expect(new Set(w.calls.map(({ channel }) => channel))).toEqual(new Set(["sms"]));
    expect(w.contact().taken).toHaveLength(1);
    expect(Object.values(w.contact().intents)[0]).toMatchObject({
      reason: "provider.unknown",
      state: { kind: "unknown", askAt: null },
    });
    // The last word may come twice: there is one letter, and nothing else to tell.
    const { id: intent, attempt } = Object.values(w.contact().intents)[0] ?? { id: "", attempt: 0 };
    expect(w.deliver("id:c1", { kind: "result", id: "again", intent, attempt, outcome: retryable })).toEqual([]);
  });

  test("is in doubt no more once the provider says it never had it", () => {
    const w = world(two);
    w.outcomes.push(lost, lost, { kind: "rejected", code: "400", class: "content" });
    w.event(lead);
    answer(w, "repeatable");
    w.pass(60_000);
    answer(w, "not_found");
    w.pass(HOUR);
    expect(w.contact().taken.map(({ channel }) => channel)).toEqual(["sales"]);
  });

  test("is settled by a webhook that proves the provider took it", () => {
    const w = world(two);
    w.outcomes.push(lost);
    w.event(lead);
    const intentId = w.calls[0]?.intentId ?? "";
    w.event({ event_type: "sms.delivered", message_id: intentId, ...ana });
    expect(w.reasons()).toContain("sent");
    expect(w.contact().messages[intentId]?.status).toBe("delivered");
    answer(w, "not_found");
    w.pass(HOUR);
    expect(w.calls.filter(({ channel }) => channel === "sms")).toHaveLength(1);
  });

  test("is found out when the worker that called has died: its lease ends", () => {
    const w = world(two);
    const effects: string[] = [];
    // A ticket is answered by a call whose result never comes.
    const original = w.deliver;
    w.deliver = (key, input) => {
      if (input.kind === "result" && input.attempt === 1 && w.calls.length === 1) return [];
      const done = original(key, input);
      effects.push(...done.map((effect) => (effect.kind === "enqueue" ? effect.job.kind : effect.kind)));
      return done;
    };
    w.event(lead);
    expect(Object.values(w.contact().intents)[0]?.state.kind).toBe("calling");
    w.pass(20 * SECOND);
    expect(effects).toContain("reconcile");
    expect(w.calls).toHaveLength(1);
  });
});

test.each<[string, SendOutcome]>([
  ["rejected", { kind: "rejected", code: "21610", class: "opted_out" }],
  ["given up", retryable],
])(
  "a message whose next attempt was %s was sent all the same, when its report says so, and has its place",
  (_, last) => {
    const w = world(two);
    w.outcomes.push(retryable, ...Array.from({ length: 9 }, () => last));
    w.event(lead);
    w.pass(HOUR);
    const intentId = w.calls[0]?.intentId ?? "";
    expect(w.contact().taken.map(({ intent }) => intent)).not.toContain(intentId);
    w.event({ event_type: "sms.delivered", message_id: intentId, ...ana });
    expect(w.contact().intents[intentId]).toMatchObject({ state: { kind: "accepted" }, reason: "sent" });
    expect(w.contact().taken.map(({ intent }) => intent)).toContain(intentId);
  },
);

test("a late yes of an older attempt is a yes, though nobody knows what became of the next", () => {
  const w = world(two);
  w.outcomes.push(retryable, { kind: "ambiguous", code: "timeout" });
  w.event(lead);
  while (w.calls.length < 2) w.pass(SECOND);
  const { intentId } = w.calls[0] ?? { intentId: "" };
  const outcome = { kind: "accepted", providerMessageId: "SM1" } as const;
  w.deliver("id:c1", { kind: "result", id: "late", intent: intentId, attempt: 1, outcome });
  expect(w.contact().intents[intentId]).toMatchObject({ state: { kind: "accepted" }, providerMessageId: "SM1" });
});

test("a late result of an older attempt changes nothing", () => {
  const w = world(two);
  w.outcomes.push(retryable);
  w.event(lead);
  w.pass(HOUR);
  const before = w.contact();
  const { intentId } = w.calls[0] ?? { intentId: "" };
  w.deliver("id:c1", {
    kind: "result",
    id: "late",
    intent: intentId,
    attempt: 1,
    outcome: { kind: "accepted", providerMessageId: "x" },
  });
  expect(w.contact()).toBe(before);
});

test("an opt-out that only the provider knew silences the address everywhere", () => {
  const w = world(two);
  w.outcomes.push({ kind: "rejected", code: "21610", class: "opted_out" });
  w.event(lead);
  expect(w.contact().suppressions["phone:+12025550143"]?.state).toBe("suppressed");
  expect(w.contact("phone:+12025550143").suppressions["phone:+12025550143"]?.state).toBe("suppressed");
});

test("a number that the provider calls dead is not tried again", () => {
  const w = world(rulebook([rule({ id: "r", reentry: "parallel" })]));
  w.outcomes.push({ kind: "rejected", code: "21211", class: "invalid_address" });
  w.event(lead);
  w.event(lead);
  expect(w.calls).toHaveLength(1);
  expect(w.reasons()).toContain("address.invalid");
});

test("a report that names the message by the vendor's own id, as one that was asked for later does, is about ours", () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.event({ event_type: "lead.created", address: { phone: "+12025550143" } });
  const intent = w.calls[0]?.intentId ?? "";
  const report = { event_type: "sms.delivered", message_id: "p1", address: { phone: "+12025550143" } };
  w.event({ ...report, provider: "another" });
  expect(w.contact().messages[intent]).toBeUndefined();
  w.event({ ...report, provider: "fake" });
  expect(w.contact().messages[intent]?.status).toBe("delivered");
});
