import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fetched, Texts } from "../../src/lookups/source.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { type AskingEngine, scriptedLookups, startAsking, workspaceAsking } from "./asking-engine.ts";

/** The engine while a source of truth is slow, wrong or away: everything real but time, disk, vendor and source. */

const SECOND = 1_000;
const crm = `  crm: { http: { url: "https://crm.example.com/{{ contact.id }}" }, fields: { status: { type: string } } }`;
const guarded = `trigger: { event: ask }\nguard: { lookup.crm.status: { not: customer } }\nactions: [{ send: sms, text: Asked. }]`;
const plain = `trigger: { event: plain }\nactions: [{ send: sms, text: Plain. }]`;
const branching = `trigger: { event: ask }
actions:
  - branch:
      - { when: { lookup.crm.status: { not: customer } }, do: [{ send: sms, text: Asked. }] }
      - { otherwise: [{ stop: customer }] }`;

const lead: Fetched = { kind: "value", value: { status: "lead" } };

let clock: VirtualClock;
let asked: string[];
let fetch: (texts: Texts) => Promise<Fetched>;
let engine: AskingEngine | null;

beforeEach(() => {
  clock = virtualClock();
  asked = [];
  engine = null;
  fetch = after(2 * SECOND, lead);
});

afterEach(async () => {
  const stopping = engine?.stop();
  await clock.pass(5 * SECOND);
  await stopping;
});

function after(ms: number, fetched: Fetched) {
  return (): Promise<Fetched> => new Promise((resolve) => void clock.after(ms, () => resolve(fetched)));
}

async function start(
  rules: Readonly<Record<string, string>>,
  { lookups = crm, rate = "" } = {},
): Promise<AskingEngine> {
  const workspace = await workspaceAsking(lookups, rules, rate);
  const scripted = scriptedLookups(clock, workspace, (texts) => {
    asked.push(texts["http.url"] ?? "");
    return fetch(texts);
  });
  engine = await startAsking(clock, workspace, scripted);
  return engine;
}

const textsOf = ({ sent }: AskingEngine): readonly (string | undefined)[] => sent.map(({ content }) => content["text"]);

describe.each([
  ["a message that speaks", guarded, 350],
  ["a step that chooses", branching, 650],
])("%s, and a CRM that takes two seconds", (_, rule, tooMany) => {
  test("delays those alone who need it, however many they are", async () => {
    const running = await start({ asking: rule, plain });
    for (let n = 0; n < 200; n++) await running.event(`asking-${n}`, "ask");
    for (let n = 0; n < 40; n++) await running.event(`plain-${n}`, "plain");
    await clock.pass(1 * SECOND);
    expect(textsOf(running)).toEqual(Array.from({ length: 40 }, () => "Plain."));
    // Sixteen at once.
    await clock.pass(30 * SECOND);
    expect(running.sent.filter(({ content }) => content["text"] === "Asked.")).toHaveLength(200);
    expect(asked).toHaveLength(200);
  });

  test("keeps the lane free even when more wait than may", async () => {
    const running = await start({ asking: rule, plain });
    fetch = () => new Promise(() => undefined);
    for (let n = 0; n < tooMany; n++) await running.event(`asking-${n}`, "ask");
    await clock.pass(5 * SECOND);
    for (let n = 0; n < 40; n++) await running.event(`plain-${n}`, "plain");
    await clock.pass(1 * SECOND);
    expect(textsOf(running)).toEqual(Array.from({ length: 40 }, () => "Plain."));
    fetch = async () => lead;
    await clock.pass(90 * SECOND);
    expect(running.sent).toHaveLength(tooMany + 40);
  }, 60_000);

  test("hears what its contact says meanwhile, at once, and speaks by that", async () => {
    const running = await start({ asking: rule });
    await running.event("ana", "ask");
    await clock.pass(1 * SECOND);
    expect(asked).toHaveLength(1);
    await running.event("ana", "sms.received", { data: { text: "STOP" }, provider: "twilio" });
    await clock.pass(SECOND / 2);
    const heard = (await running.account("ana")).filter(({ kind }) => kind === "event");
    expect(heard).toHaveLength(2);
    await clock.pass(10 * SECOND);
    expect(textsOf(running)).not.toContain("Asked.");
  });
});

test("what two rules ask about one contact at the same moment is asked once", async () => {
  const running = await start({ one: guarded, two: guarded });
  await running.event("ana", "ask");
  await clock.pass(5 * SECOND);
  expect(running.sent).toHaveLength(2);
  // The second message may have come to its turn after the first had its answer.
  expect(asked.length).toBeLessThanOrEqual(2);
});

test("a burst of answers passes no rate", async () => {
  const running = await start({ asking: guarded }, { rate: ", rate: 2/s" });
  fetch = () =>
    new Promise((resolve) => void clock.after(8 * SECOND - (clock.monotonic() % (8 * SECOND)), () => resolve(lead)));
  for (let n = 0; n < 60; n++) await running.event(`asking-${n}`, "ask");
  await clock.pass(120 * SECOND);
  expect(running.sent).toHaveLength(60);
  const gaps = running.sent.slice(1).map(({ at }, index) => at - (running.sent[index]?.at ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(490);
});

test("what was found is asked again when its message waited long for its turn", async () => {
  const running = await start({ asking: guarded }, { rate: ", rate: 12/m" });
  fetch = async () => lead;
  for (let n = 0; n < 6; n++) await running.event(`asking-${n}`, "ask");
  await clock.pass(1 * SECOND);
  fetch = async () => ({ kind: "value", value: { status: "customer" } });
  await clock.pass(60 * SECOND);
  // Those whose turn came within ten seconds spoke by what was found at first.
  expect(running.sent.length).toBeLessThanOrEqual(3);
  expect(await running.reasons("asking-5")).toContain("guard.false");
});

describe("on_error", () => {
  const outage = async (onError: string, rest = ""): Promise<AskingEngine> => {
    fetch = async () => ({ kind: "failed", code: "ECONNREFUSED", again: false, afterMs: null });
    const running = await start(
      { asking: `${guarded}${rest}` },
      { lookups: crm.replace("fields", `on_error: ${onError}, fields`) },
    );
    await running.event("ana", "ask");
    await clock.pass(5 * SECOND);
    return running;
  };

  test("hold: nothing is sent until there is an answer, and then by that", async () => {
    const running = await outage("hold");
    expect(running.sent).toEqual([]);
    expect(await running.reasons("ana")).toEqual(["lookup.failed"]);
    fetch = async () => lead;
    await clock.pass(60 * SECOND);
    expect(textsOf(running)).toEqual(["Asked."]);
  });

  test("hold: a customer of meanwhile gets nothing", async () => {
    const running = await outage("hold");
    fetch = async () => ({ kind: "value", value: { status: "customer" } });
    await clock.pass(60 * SECOND);
    expect(running.sent).toEqual([]);
    expect(await running.reasons("ana")).toEqual(["lookup.failed", "guard.false", "guard.false"]);
  });

  test("skip: ends with the reason, and nothing is sent", async () => {
    const running = await outage("skip");
    fetch = async () => lead;
    await clock.pass(60 * SECOND);
    expect(running.sent).toEqual([]);
    // Of the message, and of the run that ended with it.
    expect(await running.reasons("ana")).toEqual(["lookup.failed", "lookup.failed"]);
  });

  test("treat_as_missing: goes on as if nobody were known there", async () => {
    expect(textsOf(await outage("treat_as_missing"))).toEqual(["Asked."]);
  });

  test.each([
    ["of another type", { status: 7 }],
    ["that is a list", { status: ["lead"] }],
  ])("a value %s is no answer", async (_, value) => {
    fetch = async () => ({ kind: "value", value });
    const running = await start({ asking: guarded });
    await running.event("ana", "ask");
    await clock.pass(5 * SECOND);
    expect(running.sent).toEqual([]);
    expect(await running.reasons("ana")).toEqual(["lookup.invalid"]);
  });
});

test.each([
  ["", "lead"],
  [", redact: true", "(redacted)"],
])("the account tells what was seen%s", async (declared, told) => {
  fetch = async () => lead;
  const running = await start({ asking: guarded }, { lookups: crm.replace("type: string", `type: string${declared}`) });
  await running.event("ana", "ask");
  await clock.pass(SECOND);
  expect(running.sent).toHaveLength(1);
  const seen = JSON.stringify(await running.account("ana"));
  expect(seen).toContain(`"path":"lookup.crm.status","operator":"not","operand":"customer","actual":"${told}"`);
  expect(seen.includes('"lead"')).toBe(told === "lead");
});
