import { expect, test } from "vitest";
import type { SentMessage } from "../../../src/plan/recorded.ts";
import { idOf } from "../../../src/core/model/sha256.ts";
import { eventKey } from "../../../src/core/model/event.ts";
import { DAY, figuresOf, happened, HEED, HOUR, MINUTE, played, recordingOf, ruleOf, START } from "./stage.ts";

const base = { "heed.yaml": HEED, "a/hello.yaml": ruleOf("hello", { event: "Signed Up" }) };
const withHello = (parts: Omit<Parameters<typeof ruleOf>[1], "event"> & { event?: string }) => ({
  ...base,
  "a/hello.yaml": ruleOf("hello", { event: "Signed Up", ...parts }),
});

/** The last one makes the recording long enough for the others to be counted. */
const signUps = [1, 2, 3].map((who) => happened(who, "Signed Up", 2 * DAY + who * HOUR));
const recorded = [happened(0, "Nothing", 0), ...signUps, happened(0, "Nothing", 4 * DAY)];
const recording = recordingOf(recorded);

test("the same rules differ in nothing, whatever they send", async () => {
  const same = await played({ base, head: base }, recording);
  expect(figuresOf(same, "hello")).toEqual([["sms", 3, 3, {}, {}]]);
  expect(same.contacts).toEqual({
    newly: { value: 0, low: 0, high: 0 },
    noLonger: { value: 0, low: 0, high: 0 },
    differently: { value: 0, low: 0, high: 0 },
  });
  expect(same.examples).toEqual([]);
  expect(same.downstream).toBe(0);
});

test("a delay moves what was sent, by how much is said", async () => {
  const later = await played({ base, head: withHello({ more: "delay: 20m\n" }) }, recording);
  expect(figuresOf(later, "hello")).toEqual([["sms", 3, 3, { retimed: 3 }, {}]]);
  expect(later.rules[0]?.retimedBy).toEqual({ least: 20 * MINUTE, median: 20 * MINUTE, most: 20 * MINUTE });
  // The hours of the week in which head speaks, for whoever holds what is sent against it.
  const week = later.rules[0]?.week ?? [];
  expect(week).toHaveLength(168);
  expect(week.reduce((sum, count) => sum + count, 0)).toBe(later.rules[0]?.head.value);
  expect(later.contacts.differently.value).toBe(3);
});

test("another channel is another way, other words are other words", async () => {
  const rerouted = await played({ base, head: withHello({ send: "email" }) }, recording);
  expect(figuresOf(rerouted, "hello")).toEqual([
    ["email", 0, 3, { rerouted: 3 }, {}],
    ["sms", 3, 0, {}, {}],
  ]);
  const reworded = await played({ base, head: withHello({ text: `Hello. ${"x".repeat(160)}` }) }, recording);
  expect(figuresOf(reworded, "hello")).toEqual([["sms", 3, 3, { recontent: 3 }, {}]]);
  expect(reworded.rules[0]?.segments).toEqual({ base: 3, head: 6 });
});

test("what a gate holds back is suppressed, with its reason, and released the other way round", async () => {
  const guarded = withHello({ more: "guard: { contact.plan: pro }\n" });
  const suppressed = await played({ base, head: guarded }, recording);
  expect(figuresOf(suppressed, "hello")).toEqual([["sms", 3, 0, { newly_suppressed: 3 }, { "guard.false": 3 }]]);
  const released = await played({ base: guarded, head: base }, recording);
  expect(figuresOf(released, "hello")).toEqual([["sms", 0, 3, { newly_released: 3 }, { "guard.false": 3 }]]);
  const shadowed = await played({ base, head: withHello({ more: "mode: shadow\n" }) }, recording);
  expect(figuresOf(shadowed, "hello")).toEqual([["sms", 3, 0, { newly_suppressed: 3 }, { "rule.shadow": 3 }]]);
});

test("a run that something ends before it speaks says what ended it", async () => {
  const bought = recordingOf([...recorded, happened(2, "Bought", 2 * DAY + 2 * HOUR + MINUTE)]);
  const more = "delay: 1h\nstop_on:\n  - event: Bought\n";
  const stopped = await played({ base, head: withHello({ more }) }, bought);
  expect(figuresOf(stopped, "hello")).toEqual([
    ["sms", 3, 2, { retimed: 2, newly_suppressed: 1 }, { "stopped.by_event": 1 }],
  ]);
});

test("a rule that is new adds, one that is gone removes, and nobody is told of those who are untouched", async () => {
  const two = { ...base, "a/bye.yaml": ruleOf("bye", { event: "Signed Up", send: "email" }) };
  const added = await played({ base, head: two }, recording);
  expect(figuresOf(added, "bye")).toEqual([["email", 0, 3, { added: 3 }, {}]]);
  expect(figuresOf(added, "hello")).toEqual([["sms", 3, 3, {}, {}]]);
  expect(added.rules.map(({ rule, touched }) => [rule, touched])).toEqual([
    ["bye", true],
    ["hello", false],
  ]);
  expect(added.channels.map(({ channel, newly }) => [channel, newly.value])).toEqual([
    ["email", 3],
    ["sms", 0],
  ]);
  expect(added.cost).toEqual([
    expect.objectContaining({ channel: "email", currency: "USD", head: { value: 3_000, low: 3_000, high: 3_000 } }),
    expect.objectContaining({ channel: "sms", currency: null, unpriced: 3 }),
  ]);
  const removed = await played({ base: two, head: base }, recording);
  expect(figuresOf(removed, "bye")).toEqual([["email", 3, 0, { removed: 3 }, {}]]);
});

test("a renamed rule is the same one, and what people did with its messages is done with them", async () => {
  const reminder = ruleOf("again", { event: "sms.delivered", send: "email" });
  const files = { ...base, "a/again.yaml": reminder };
  const { "a/hello.yaml": _gone, ...others } = files;
  const renamed = ruleOf("greeting", { event: "Signed Up", more: "moved: { from: hello }\n" });
  const { recording: answered } = withReactions();
  const moved = await played({ base: files, head: { ...others, "a/greeting.yaml": renamed } }, answered);
  expect(figuresOf(moved, "greeting")).toEqual([["sms", 3, 3, {}, {}]]);
  expect(figuresOf(moved, "again")).toEqual([["email", 3, 3, {}, {}]]);
  expect(moved.orphans).toEqual({ base: 0, head: 0 });
  expect(moved.calibration).toEqual({ real: 3, reproduced: 3, extra: 3, agreement: 0.5, confidence: "low" });
});

/** Each text was sent at once and delivered ten seconds later. */
function withReactions() {
  const sent = signUps.map((event): SentMessage => {
    const key = `id:${event.contact_id ?? ""}`;
    const intent = idOf(key, idOf("hello", eventKey(event)), "1");
    return { at: Date.parse(event.received_at), key, intent, rule: "hello", step: "1", channel: "sms" };
  });
  const delivered = sent.map(({ at, intent }, index) =>
    happened(index + 1, "sms.delivered", at - START + 10_000, {
      message_id: intent,
      provider: "outbox",
      channel: "sms",
    }),
  );
  return { sent, recording: recordingOf([...recorded, ...delivered], sent) };
}

test("reactions follow a message that goes out at another time, and fall away with one that does not", async () => {
  const { recording: answered } = withReactions();
  const files = { ...base, "a/again.yaml": ruleOf("again", { event: "sms.delivered", send: "email" }) };
  const later = await played({ base: files, head: { ...files, ...withHello({ more: "delay: 20m\n" }) } }, answered);
  expect(figuresOf(later, "again")).toEqual([["email", 3, 3, { retimed: 3 }, {}]]);
  expect(later.rules.find(({ rule }) => rule === "again")?.retimedBy?.median).toBe(20 * MINUTE);
  const { "a/hello.yaml": _gone, ...without } = files;
  const removed = await played({ base: files, head: without }, answered);
  expect(removed.orphans).toEqual({ base: 0, head: 3 });
  expect(figuresOf(removed, "again")).toEqual([["email", 3, 0, { removed: 3 }, {}]]);
  expect(removed.calibration?.reproduced).toBe(3);
});

test("messages that the recording does not call ours are somebody else's, and told to both arms", async () => {
  const files = { ...base, "a/again.yaml": ruleOf("again", { event: "email.delivered" }) };
  const foreign = happened(1, "email.delivered", 3 * DAY, { message_id: "0".repeat(32), channel: "email" });
  const known = await played({ base: files, head: files }, recordingOf([...recorded, foreign], []));
  expect(figuresOf(known, "again")).toEqual([["sms", 1, 1, {}, {}]]);
  const unknown = await played({ base: files, head: files }, recordingOf([...recorded, foreign]));
  expect(figuresOf(unknown, "again")).toEqual([]);
  expect(unknown.orphans).toEqual({ base: 1, head: 1 });
});

test("a run that outlasts the recording is no difference, and said", async () => {
  const last = recordingOf([...recorded, happened(4, "Signed Up", 4 * DAY - MINUTE)]);
  const open = await played({ base, head: withHello({ more: "delay: 20m\n" }) }, last);
  expect(figuresOf(open, "hello")).toEqual([["sms", 4, 3, { retimed: 3 }, {}]]);
  expect(open.notes.join(" ")).toContain("1 message of one arm was still to come");
});

test("what was never recorded is unknown, and not nothing", async () => {
  const head = { ...base, "a/new.yaml": ruleOf("new", { event: "Bought" }) };
  const unknown = await played({ base, head }, recording);
  expect(unknown.missingTypes).toEqual(["Bought"]);
  expect(unknown.rules.find(({ rule }) => rule === "new")).toMatchObject({ known: false, head: { value: 0 } });
});

test("examples tell both stories, of contacts under other names, with texts only where they are asked for", async () => {
  const head = withHello({ more: "delay: 20m\n", text: "Good day." });
  const told = await played({ base, head }, recording);
  expect(told.examples.map(({ difference }) => difference)).toEqual([
    ...Array.from({ length: 3 }, () => "retimed"),
    ...Array.from({ length: 3 }, () => "recontent"),
  ]);
  const [first] = told.examples;
  expect(first?.base).toEqual([
    expect.objectContaining({ kind: "event", what: "Signed Up" }),
    expect.objectContaining({ kind: "sent", what: "hello 1", text: "Hello.", channel: "sms" }),
    expect.objectContaining({ kind: "ended", what: "hello", reason: "completed" }),
  ]);
  expect(first?.head[1]).toMatchObject({ kind: "sent", text: "Good day." });
  expect((first?.head[1]?.at ?? 0) - (first?.base[1]?.at ?? 0)).toBe(20 * MINUTE);
  expect(JSON.stringify(told)).not.toMatch(/c1|example\.com|\+1202/);
  const silent = await played({ base, head }, recording, { showContent: false, key: "other" });
  expect(JSON.stringify(silent)).not.toContain("Hello.");
  expect(silent.examples[0]?.contact).not.toBe(first?.contact);
});

test("until the longest window has passed, nothing is counted", async () => {
  const early = happened(5, "Signed Up", HOUR);
  const capped = { ...base, "heed.yaml": `${HEED}caps:\n  - { max: 5, per: contact, within: 24h }\n` };
  const counted = await played({ base: capped, head: capped }, recordingOf([...recorded, early]));
  expect(counted.warmUpUntil).toBe(START + DAY);
  expect(figuresOf(counted, "hello")).toEqual([["sms", 3, 3, {}, {}]]);
});
