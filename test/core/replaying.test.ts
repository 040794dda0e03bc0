import { describe, expect, test } from "vitest";
import type { BuriedMessage, Effect, Replay } from "../../src/core/model/decision.ts";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import { on, rule, rulebook, sendStep, START, waitStep, type World, world } from "./given.ts";

const HOUR = 3_600_000;
const retryable: SendOutcome = { kind: "retryable", code: "503", afterMs: null };
const lead = { event_type: "lead.created", address: { phone: "+12025550143" } };
const once = { attempts: 1, within: { count: 15, unit: "m" } } as const;
const one = rulebook([rule({ id: "r", retry: once })]);
const two = rulebook([
  rule({ id: "r", retry: once, steps: [sendStep("sms", { id: "0" }), sendStep("sales", { id: "1" })] }),
]);

/** What Heed gives up from now on, as the dead lane gets it. */
function lettersOf(w: World): readonly BuriedMessage[] {
  const letters: BuriedMessage[] = [];
  const deliver = w.deliver;
  w.deliver = (key, input) => {
    const effects: readonly Effect[] = deliver(key, input);
    for (const effect of effects) if (effect.kind === "bury") letters.push(effect.letter);
    return effects;
  };
  return letters;
}

function letterOf(w: World): BuriedMessage {
  const letters = lettersOf(w);
  w.event(lead);
  w.pass(HOUR);
  const [letter] = letters;
  if (letter === undefined || letters.length > 1) throw new Error(`expected one letter, found ${letters.length}`);
  return letter;
}

function failed(w: World): BuriedMessage {
  w.outcomes.push(retryable);
  return letterOf(w);
}

function parked(w: World): BuriedMessage {
  w.outcomes.push({ kind: "ambiguous", code: "timeout" });
  w.reconciliation = { kind: "impossible" };
  return letterOf(w);
}

function replay(w: World, letter: BuriedMessage, fields: Partial<Replay> = {}, key = "id:c1"): void {
  const { intent, attempt, enrollment } = letter;
  const what = { letter: "7", intent, attempt, enrollment, mayDouble: false, ...fields };
  w.deliver(key, { kind: "replay", id: `replay:${what.letter}`, ...what });
}

const refusals = (w: World) =>
  w.records.flatMap(({ kind, detail }) => (kind === "command" ? [detail?.["refused"]] : []));

describe("a message that failed for good and is to try again", () => {
  test("is sent once, by the next attempt, and its run ends again", () => {
    const w = world(one);
    const letter = failed(w);
    expect(letter).toMatchObject({ reason: "provider.failed", attempt: 1, enrollment: { rule: "r", step: "0" } });
    replay(w, letter);
    expect(w.calls.map(({ intentId, attempt }) => [intentId, attempt])).toEqual([
      [letter.intent, 1],
      [letter.intent, 2],
    ]);
    expect(w.contact().enrollments).toEqual({});
    expect(w.reasons()).toEqual(["provider.failed", "completed", "sent", "completed"]);
    expect(w.contact().taken).toHaveLength(1);
  });

  test("is heard once under the same letter, and by no letter while it waits or when it was sent", () => {
    const w = world(one);
    const letter = failed(w);
    w.pauses.set("all", { reason: "paused", since: START, until: null });
    replay(w, letter);
    replay(w, letter);
    replay(w, letter, { letter: "8" });
    w.pauses.clear();
    w.pass(HOUR);
    expect(w.calls).toHaveLength(2);
    replay(w, letter, { letter: "9" });
    expect(w.calls).toHaveLength(2);
    expect(refusals(w)).toEqual(["deferred", "accepted"]);
  });

  test("does not take the steps behind it a second time", () => {
    const w = world(two);
    const letter = failed(w);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales"]);
    replay(w, letter);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sales", "sms"]);
  });

  test("leaves its run where that stands by now", () => {
    const w = world(
      rulebook([
        rule({
          id: "r",
          retry: once,
          steps: [sendStep("sms", { id: "0" }), waitStep("1", { count: 5, unit: "h" }), sendStep("sales", { id: "2" })],
        }),
      ]),
    );
    const letter = failed(w);
    replay(w, letter);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sms"]);
    expect(Object.values(w.contact().enrollments).map(({ step, only }) => [step, only])).toEqual([["2", undefined]]);
    w.pass(5 * HOUR);
    expect(w.calls.map(({ channel }) => channel)).toEqual(["sms", "sms", "sales"]);
  });

  test("tries again beside another of its run", () => {
    const w = world(two);
    const letters = lettersOf(w);
    w.outcomes.push(retryable, retryable);
    w.event(lead);
    w.pauses.set("all", { reason: "paused", since: START, until: null });
    for (const letter of letters) replay(w, letter, { letter: letter.intent });
    w.pauses.clear();
    w.pass(HOUR);
    expect(w.calls.map(({ channel, attempt }) => [channel, attempt])).toEqual([
      ["sms", 1],
      ["sales", 1],
      ["sms", 2],
      ["sales", 2],
    ]);
    expect(w.contact().enrollments).toEqual({});
  });

  test("leaves alone what its run has under way in the document of which its contact was before", () => {
    const twice = { attempts: 2, within: { count: 15, unit: "m" } } as const;
    const steps = [sendStep("sms", { id: "0" }), sendStep("sales", { id: "1" })];
    const w = world(rulebook([rule({ id: "r", retry: twice, steps })]));
    const letters = lettersOf(w);
    w.outcomes.push(retryable, retryable, { kind: "ambiguous", code: "timeout" });
    w.reconciliation = { kind: "not_found" };
    w.event(lead);
    while (w.calls.length < 3) w.pass(1_000);
    w.event({ event_type: "contact.merged", data: { from: "c1" } }, "id:c2");
    w.pauses.set("all", { reason: "paused", since: w.now, until: null });
    for (const letter of letters) replay(w, letter, {}, "id:c2");
    expect(Object.keys(w.contact("id:c2").enrollments)).toHaveLength(1);
    w.pass(60_000);
    w.pauses.clear();
    w.pass(HOUR);
    expect(w.calls.slice(3).map(({ channel }) => channel)).toEqual(expect.arrayContaining(["sms", "sales"]));
    const ends = w.records.flatMap(({ kind, reason }) => (kind === "ended" ? [reason] : []));
    expect(ends).toEqual(["completed", "completed"]);
  });

  test.each(["ignore", "restart"] as const)("is no run that a new trigger would meet, with reentry: %s", (policy) => {
    const w = world(rulebook([rule({ id: "r", retry: once, reentry: { policy, key: null, cooldown: null } })]));
    const letter = failed(w);
    w.pauses.set("all", { reason: "paused", since: START, until: null });
    replay(w, letter);
    w.event({ event_type: "lead.created" });
    w.pauses.clear();
    w.pass(HOUR);
    expect(w.calls).toHaveLength(3);
    expect(w.contact().enrollments).toEqual({});
  });

  test("takes its place in the limits that all share once more, on the day on which it speaks", () => {
    const most = { max: 1, per: "workspace", channel: null, class: null, onExceed: "drop" } as const;
    const w = world(rulebook([rule({ id: "r", retry: once, caps: [{ ...most, within: { count: 1, unit: "h" } }] })]));
    const letter = failed(w);
    w.pass(2 * HOUR);
    w.event({ ...lead, contact_id: "c2", address: { phone: "+12025550144" } }, "id:c2");
    replay(w, letter);
    expect(w.calls.map(({ contactId }) => contactId)).toEqual(["c1", "c2"]);
    expect(w.reasons()).toContain("cap.reached");
  });

  describe("of a run that somebody has ended since", () => {
    const days = rule({
      id: "r",
      retry: once,
      stopOn: [{ match: on("order.paid"), same: null }],
      steps: [sendStep("sms", { id: "0" }), waitStep("1", { count: 5, unit: "d" }), sendStep("sales", { id: "2" })],
    });

    test("stays silent after a person has cancelled it", () => {
      const w = world(rulebook([days]));
      const letter = failed(w);
      const word = { command: "c", of: "r", at: START + 2 * HOUR, actor: "Kim", note: "asked by phone" };
      w.deliver("id:c1", { kind: "cancel", id: "cancel:c", ...word });
      replay(w, letter);
      expect(w.calls).toHaveLength(1);
      expect(refusals(w)).toEqual(["run ended"]);
    });

    test("stays silent while it tries again, when a person cancels the run that it was of", () => {
      const w = world(rulebook([days]));
      const letter = failed(w);
      w.pauses.set("all", { reason: "paused", since: START, until: null });
      replay(w, letter);
      const word = { command: "c", of: letter.enrollment?.id ?? "", at: w.now, actor: "Kim", note: "asked by phone" };
      w.deliver("id:c1", { kind: "cancel", id: "cancel:c", ...word });
      w.pauses.clear();
      w.pass(6 * 24 * HOUR);
      expect(w.calls).toHaveLength(1);
      expect(w.contact().enrollments).toEqual({});
    });

    test("stays silent days after an event has stopped it", () => {
      const w = world(rulebook([days]));
      const letter = failed(w);
      w.event({ event_type: "order.paid" });
      w.pass(50 * HOUR);
      w.event({ event_type: "something.else" });
      replay(w, letter);
      expect(w.calls).toHaveLength(1);
      expect(refusals(w)).toEqual(["run ended"]);
    });
  });

  test("is judged by the gates of now", () => {
    const w = world(one);
    const letter = failed(w);
    w.event({ event_type: "sms.opted_out", channel: "sms", address: { phone: "+12025550143" } });
    replay(w, letter);
    expect(w.calls).toHaveLength(1);
    expect(w.reasons().slice(-2)).toEqual(["suppressed", "completed"]);
  });

  test("fails again into another letter, which may be tried again", () => {
    const w = world(one);
    const letter = failed(w);
    w.outcomes.push(retryable);
    const letters = lettersOf(w);
    replay(w, letter);
    const [second] = letters;
    expect(second).toMatchObject({ attempt: 2, enrollment: { only: true } });
    if (second === undefined) return;
    replay(w, letter, { letter: "8" });
    expect(refusals(w)).toEqual(["tried since"]);
    replay(w, second, { letter: "9" });
    expect(w.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(w.reasons().at(-2)).toBe("sent");
  });

  test.each([
    ["rule.disabled", (w: World) => (w.rules = rulebook([rule({ id: "r", enabled: false })]))],
    ["rule.disabled", (w: World) => (w.rules = rulebook([]))],
    ["rule.changed", (w: World) => (w.rules = rulebook([rule({ id: "r", steps: [sendStep("sms", { id: "9" })] })]))],
    ["expired", (w: World) => w.pass(31 * 24 * HOUR)],
    ["forgotten", (w: World) => w.contacts.set("id:c1", { ...w.contact(), intents: {} })],
  ])("is refused with %s, and nothing changes", (why, change) => {
    const w = world(one);
    const letter = failed(w);
    change(w);
    replay(w, letter);
    expect(w.calls).toHaveLength(1);
    expect(refusals(w)).toEqual([why]);
    expect(Object.values(w.contact().intents).every(({ state }) => state.kind === "failed")).toBe(true);
  });

  test("is refused when what stops its run has come meanwhile", () => {
    const stopOn = [{ match: on("lead.lost"), same: null }];
    const w = world(rulebook([rule({ id: "r", retry: once, stopOn })]));
    const letter = failed(w);
    w.event({ event_type: "lead.lost" });
    replay(w, letter);
    expect(w.calls).toHaveLength(1);
    expect(refusals(w)).toEqual(["stopped.by_event"]);
  });

  test("is found where its contact has gone", () => {
    const w = world(one);
    const letter = failed(w);
    w.event({ event_type: "contact.merged", data: { from: "c1" } }, "id:c2");
    expect(w.contact().pointsTo).toEqual(["id:c2"]);
    replay(w, letter);
    expect(w.calls).toHaveLength(2);
    expect(Object.values(w.contact("id:c2").intents)).toMatchObject([
      { id: letter.intent, state: { kind: "accepted" } },
    ]);
  });

  test("is nobody's once its contact was erased", () => {
    const w = world(one);
    const letter = failed(w);
    w.event({ event_type: "contact.erased" });
    replay(w, letter);
    expect(w.calls).toHaveLength(1);
    expect(refusals(w)).toEqual(["erased"]);
  });
});

describe("a message of which nobody knows whether it was sent", () => {
  test("is given to a person, and tries again only by their word that a copy is better than none", () => {
    const w = world(one);
    const letter = parked(w);
    expect(letter).toMatchObject({ reason: "provider.unknown", attempt: 1 });
    replay(w, letter);
    expect(w.calls).toHaveLength(1);
    expect(refusals(w)).toEqual(["may have been sent"]);
    replay(w, letter, { letter: "8", mayDouble: true });
    expect(w.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(w.reasons().slice(-2)).toEqual(["sent", "completed"]);
    expect(w.contact().taken).toHaveLength(1);
  });

  test("keeps its place, and is in doubt, when the second copy fails", () => {
    const w = world(one);
    const letter = parked(w);
    w.outcomes.push(retryable);
    replay(w, letter, { mayDouble: true });
    expect(Object.values(w.contact().intents)).toMatchObject([{ state: { kind: "unknown", askAt: null } }]);
    expect(w.contact().taken).toHaveLength(1);
  });

  test("does not try again when it turned out to be sent", () => {
    const w = world(one);
    const letter = parked(w);
    w.event({ event_type: "sms.delivered", channel: "sms", message_id: letter.intent });
    replay(w, letter, { mayDouble: true });
    expect(w.calls).toHaveLength(1);
    expect(refusals(w)).toEqual(["accepted"]);
  });
});
