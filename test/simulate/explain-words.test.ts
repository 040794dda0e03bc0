import { describe, expect, test } from "vitest";
import { judgeCondition } from "../../src/conditions/explain-condition.ts";
import { lowerCondition } from "../../src/conditions/lower.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { LedgerRecord, Pause } from "../../src/core/model/decision.ts";
import type { Json } from "../../src/core/model/json.ts";
import type { Reason } from "../../src/core/model/reason.ts";
import type { SeenTest } from "../../src/core/model/trail.ts";
import { reasonPages, reasons } from "../../src/rulebook/reasons/pages.ts";
import { answersOf } from "../../src/simulate/explain/answer.ts";
import { tellLine } from "../../src/simulate/explain/describe-line.ts";
import { everything, partOf, type Story, withoutPassed } from "../../src/simulate/explain/story.ts";
import { unheardNote } from "../../src/simulate/explain/unheard.ts";
import { CHANNELS, type GivenRule, rule, rulebook, sendStep, START, type World, world } from "../core/given.ts";

const zone = "America/New_York";
const phone = "+12025550143";
const HOUR = 3_600_000;

function storyOf(records: readonly LedgerRecord[]): Story {
  return {
    key: "id:ana",
    keys: ["id:ana"],
    asked: null,
    name: "Ana",
    zones: { zone, all: [zone], source: "contact" },
    lines: records.map((record) => ({ key: "id:ana", record })),
    missed: [],
    standing: [],
    teamChannels: new Set(["desk"]),
    erased: null,
    starts: new Map(),
    unheard: null,
    notes: [],
  };
}

/** Of what a reason is told: most of messages, some of what starts or ends a rule. */
const kinds: Readonly<Partial<Record<Reason, LedgerRecord["kind"]>>> = {
  "event.duplicate": "event",
  "trigger.no_match": "event",
  "event.stale": "not_enrolled",
  "reentry.active": "not_enrolled",
  "reentry.cooldown": "not_enrolled",
  rollout: "not_enrolled",
  completed: "ended",
};

describe("every reason", () => {
  test.each(reasons)("%s has a sentence, in the timeline and in the answer", (reason) => {
    const kind = kinds[reason] ?? "message";
    const record: LedgerRecord = { at: START, rulebook: "r", kind, reason, rule: "demo", enrollment: "e", detail: {} };
    const { text } = tellLine(record, zone);
    const answers = answersOf(storyOf([record]), everything).join(" ");
    const { says } = reasonPages[reason];

    if (reason === "trigger.no_match") expect(text).toContain("it started no rule");
    else if (reason !== "sent") expect(text).toContain(`${says} (${reason})`);
    expect(`${text} ${answers}`).not.toMatch(/undefined|null|NaN|\[object/);
    if (reason === "sent") expect(answers).toContain("Ana got `demo`");
    else if (reason === "provider.unknown") expect(answers).toBe(`Whether Ana got \`demo\` is open: ${says}.`);
    else if (kind === "message") expect(answers).toBe(`Ana did not get \`demo\`: ${says}.`);
  });
});

test("an event that was waited for is told with the run that it moved", () => {
  const line = { at: START, rulebook: "r" };
  const run = { ...line, rule: "demo", enrollment: "e" };
  const lines: readonly LedgerRecord[] = [
    { ...run, kind: "enrolled", event: "one" },
    { ...line, kind: "event", event: "two", reason: "trigger.no_match", detail: { type: "order.paid" } },
    { ...run, kind: "step", step: "2", detail: { heard: { event: "two", type: "order.paid" } } },
    { ...run, kind: "step", step: "3", detail: { to: "4" } },
    { ...line, rule: "other", enrollment: "f", kind: "enrolled", event: "three" },
  ];
  const part = partOf(storyOf(lines), { ...everything, event: "two" });
  expect(part.lines.map(({ record }) => record)).toEqual(lines.slice(0, 4));
});

test("what your own people were told the contact did not get", () => {
  const of = { rulebook: "r", kind: "message", reason: "sent", rule: "demo", enrollment: "e", step: "1" } as const;
  const desk: LedgerRecord = { ...of, at: START, intent: "m", detail: { channel: "desk" } };
  const sms: LedgerRecord = { ...of, at: START, intent: "n", detail: { channel: "sms" } };
  const [alone] = answersOf(storyOf([desk]), everything);
  expect(alone).toMatch(/^`demo` told your team of Ana through desk on [^;]*\.$/);
  const [both] = answersOf(storyOf([desk, sms]), everything);
  expect(both).toMatch(/^Ana got `demo` through sms on [^;]*; `demo` told your team of Ana through desk on [^;]*\.$/);
});

test("only what neither a rule nor Heed itself listens to is told to be heard by nobody", () => {
  expect(unheardNote(["order.paid", "sms.opted_out", "contact.updated"], [], new Set(["order.paid"]))).toBeNull();
  expect(unheardNote(["order.payed"], [], new Set(["order.paid"]))).toBe("no rule listens to order.payed");
  const watched = ["cart", "trial"].map(
    (id) => ({ rule: id, what: "trigger", events: [`${id}.left`], where: null }) as const,
  );
  expect(unheardNote(["cart.let", "trial.let"], watched, new Set(), "cart")).toBe(
    "no rule listens to cart.let (did you mean cart.left, which starts cart?)",
  );
});

test("what became known later is not told as unknown", () => {
  const of = { rulebook: "r", kind: "message", rule: "demo", enrollment: "e", intent: "m", step: "1" } as const;
  const unknown: LedgerRecord = { ...of, at: START, reason: "provider.unknown", detail: { channel: "sms" } };
  const sent: LedgerRecord = { ...of, at: START + HOUR, reason: "sent", detail: { channel: "sms" } };
  const [answer] = answersOf(storyOf([unknown, sent]), everything);
  expect(answer).toContain("Ana got `demo` through sms");
  expect(answer).not.toContain(reasonPages["provider.unknown"].says);
  expect(answersOf(storyOf([sent, unknown]), everything)[0]).toContain(reasonPages["provider.unknown"].says);
});

describe("a wait is told as what it was", () => {
  const of = { rulebook: "r", kind: "message", rule: "demo", enrollment: "e", intent: "m", step: "1" } as const;
  const paused = { gate: "paused", verdict: "defer", since: START - HOUR, ends: null, target: "rule:demo" };
  const waits: LedgerRecord = {
    ...of,
    at: START,
    reason: "paused",
    detail: { channel: "sms", until: START + 30_000, gates: [{ ...paused, note: "wrong price" }] },
  };
  const sent: LedgerRecord = { ...of, at: START + 2 * HOUR, reason: "sent", detail: { channel: "sms" } };
  const said = 'the rule demo was paused on Fri 6 Mar 13:00 ("wrong price"), until somebody resumes it';

  test("a pause until it was over, and not until it was looked at again", () => {
    const refused: LedgerRecord = { ...sent, reason: "suppressed" };
    expect(answersOf(storyOf([waits, refused]), everything)).toEqual([
      `Ana did not get \`demo\`: ${said}, so it waited until Fri 6 Mar 16:00, and then the address was silenced.`,
    ]);
    expect(tellLine(waits, zone).text).toContain("waits, and looks again on Fri 6 Mar 14:00:30");
  });

  test("and not as cut short by what came before it was looked at again", () => {
    const ended: LedgerRecord = { ...of, kind: "ended", at: START + 10_000, reason: "stopped.by_reply" };
    expect(answersOf(storyOf([waits, ended]), everything)).toEqual([
      `Ana did not get \`demo\`: ${said}, so it waited until Fri 6 Mar 14:00:10, and then the contact replied.`,
    ]);
  });

  test("with the message that waited for it", () => {
    expect(answersOf(storyOf([waits, sent]), everything)).toEqual([
      `Ana got \`demo\` through sms on Fri 6 Mar 16:00, having waited because ${said}.`,
    ]);
  });

  test("once, while it goes on", () => {
    const text = `waits, and looks again on Fri 6 Mar 14:00:30 to send step 1: ${said}`;
    const story = { ...storyOf([waits]), standing: [{ rule: "demo", enrollment: "e", text }] };
    expect(answersOf(story, everything)).toEqual([`Ana has not got \`demo\` yet: it ${text}.`]);
  });

  test("a wait for the same reason that the account does not tell anew, until its end", () => {
    const full: LedgerRecord = { ...waits, reason: "cap.deferred", detail: { channel: "sms", until: START + HOUR } };
    const refused: LedgerRecord = { ...sent, reason: "suppressed" };
    expect(answersOf(storyOf([full, refused]), everything)[0]).toContain("so it waited until Fri 6 Mar 16:00");
  });
});

test("of several caps and limits the answer tells the one that was full", () => {
  const caps = [weekly("contact", "Europe/Berlin"), { ...weekly("contact", "Europe/Rome"), max: 9 }];
  const of = { id: "r", steps: [sendStep("sms", { id: "a" })] };
  const one = world(rulebook([rule({ ...of, caps })]));
  one.event({ event_type: "lead.created", address: { phone } });
  const [contact] = answersOf(storyOf(one.records), everything);
  expect(contact).toContain("a cap was reached: 0 of 0 taken per contact, per calendar week in Europe/Berlin");
  expect(contact).not.toContain("Europe/Rome");
  const all = world(rulebook([rule(of)], capped("workspace")));
  all.event({ event_type: "lead.created", address: { phone } });
  const [shared] = answersOf(storyOf(all.records), everything);
  expect(shared).toContain("nothing left until");
  expect(shared).not.toContain("first day");
});

test("a rule that has no message to send is told to have come to its end", () => {
  const end = {
    at: START,
    rulebook: "r",
    kind: "ended",
    reason: "completed",
    rule: "triage",
    enrollment: "e",
  } as const;
  expect(answersOf(storyOf([end]), everything)).toEqual([
    "`triage` came to its end for Ana, and had no message to send.",
  ]);
});

const pause: Pause = { reason: "paused", since: START - HOUR, until: null };
const marketing: GivenRule = { id: "r", class: "marketing" };
const sms = { name: "sms", kind: "sms", provider: "fake", from: null, ratePerSecond: null, price: null } as const;
const channelsWith = (fields: object) =>
  new Map([
    ...CHANNELS.map((channel) => [channel.name, channel] as const),
    ["sms", { ...sms, quietHours: null, ...fields }],
  ]);
const noon = { from: 13 * 60, to: 16 * 60 };
const capped = (per: "contact" | "workspace") => ({
  caps: [{ max: 0, per, channel: "sms", class: null, within: { count: 1, unit: "d" }, onExceed: "drop" } as const],
});
const weekly = (per: "contact" | "rule", zone: string) =>
  ({
    max: 0,
    per,
    channel: null,
    class: null,
    within: { kind: "calendar", unit: "week", zone },
    onExceed: "drop",
  }) as const;
const price = { per: "segment", usual: { micros: 8_300, currency: "USD" }, prefixes: new Map() } as const;
const budget = { channel: "sms", max: { micros: 5_000, currency: "USD" }, per: "day", onExceed: "drop" } as const;

interface Spoken {
  readonly rule?: GivenRule;
  readonly workspace?: Parameters<typeof rulebook>[1];
  readonly before?: (w: World) => void;
  readonly address?: string | null;
}

/** The last word of a message's gates, as the core said it, in words. */
function lastGate({ rule: given = { id: "r" }, workspace, before, address = phone }: Spoken): string {
  const w = world(rulebook([rule(given)], workspace));
  before?.(w);
  w.event({ event_type: "lead.created", ...(address !== null && { address: { phone: address } }) });
  const record = w.records.findLast(({ kind }) => kind === "message");
  if (record === undefined) throw new Error("no message was judged");
  const part = tellLine(record, zone).parts.findLast(({ name }) => name !== "nothing against it");
  return `${part?.mark} ${part?.name}: ${part?.text}`;
}

describe("every gate says what it saw", () => {
  test.each<[string, Spoken]>([
    [
      '… paused: the channel sms was paused on Fri 6 Mar 13:00 ("wrong link"), until somebody resumes it',
      {
        before: (w) => w.pauses.set("sms", { ...pause, target: "channel:sms", note: "wrong link" }),
      },
    ],
    [
      "… paused: everything was paused on Fri 6 Mar 13:00, until Sat 7 Mar 14:00",
      { before: (w) => w.pauses.set("all", { ...pause, target: "all", until: START + 24 * HOUR }) },
    ],
    ["✗ holdout: 100 % of the contacts are in the holdout; this one is in it", { rule: { id: "r", holdout: 1 } }],
    ["✗ consent: consent for sms is unknown; marketing needs recorded consent", { rule: marketing }],
    [
      "✗ suppression: +12025550143: opted out on Fri 6 Mar 14:00",
      {
        before: (w) => w.event({ event_type: "sms.opted_out", address: { phone } }),
      },
    ],
    ["✗ address: no phone is known", { address: null }],
    ["✗ address: +1 cannot be right", { address: "+1" }],
    [
      "… window: Fri 6 Mar 14:00 in America/New_York, from the phone number; open mon 09:15–17:00; free from Mon 9 Mar 09:15",
      {
        rule: { id: "r", window: { days: ["mon"], from: 555, to: 1020, zone: "contact" } },
      },
    ],
    [
      "… window: Fri 6 Mar 19:00 in Europe/London, named by the rule; open mon 09:15–17:00; free from Mon 9 Mar 05:15",
      {
        rule: { id: "r", window: { days: ["mon"], from: 555, to: 1020, zone: "Europe/London" } },
      },
    ],
    [
      "… quiet hours: Fri 6 Mar 14:00 in America/New_York, from the phone number; quiet 13:00–16:00; free from Fri 6 Mar 16:00",
      {
        rule: marketing,
        workspace: { channels: channelsWith({ quietHours: noon }), consent: { sms: "opt_out" } },
      },
    ],
    [
      "✗ segments: 1 of at most 0 segments (gsm-7, 5 characters)",
      { workspace: { limits: { smsSegments: 0, firstDay: 9 } } },
    ],
    [
      "✗ caps: 0 of 0 taken per contact, through sms, within 1d (heed.yaml's cap), a place comes free on Sat 7 Mar 14:00",
      {
        workspace: capped("contact"),
      },
    ],
    [
      "✗ shared limits: at most 0 per workspace, through sms, within 1d (heed.yaml's cap): nothing left until Sat 7 Mar 14:00; at most 1000 on the rule's first day",
      {
        workspace: capped("workspace"),
      },
    ],
    [
      "✗ shared limits: at most 1000 on the rule's first day; costs 0.0083 USD of the budget of 0.005 USD for sms per calendar day in America/New_York: only 0.005 USD left until Sat 7 Mar 00:00",
      {
        workspace: { budgets: [budget], channels: channelsWith({ price }) },
      },
    ],
    [
      "✗ caps: 0 of 0 taken per contact, per calendar week in Europe/Berlin (the rule's cap), a place comes free on Sun 8 Mar 19:00",
      { rule: { id: "r", caps: [weekly("contact", "Europe/Berlin")] } },
    ],
    [
      "✗ shared limits: at most 0 per rule, per calendar week in America/New_York (the rule's cap): nothing left until Mon 9 Mar 00:00",
      { rule: { id: "r", caps: [weekly("rule", "contact")] } },
    ],
    ["✗ shadow: everything was decided, and nothing is sent", { rule: { id: "r", shadow: true } }],
  ])("%s", (text, spoken) => {
    expect(lastGate(spoken)).toBe(text);
  });
});

describe("every test of a condition says what it saw", () => {
  const facts = { contact: { plan: "pro", tags: ["a"] }, event: { data: { total: 5 } } };

  async function saw(source: Json): Promise<readonly SeenTest[]> {
    const parsed = parseCondition(source);
    if (!parsed.ok) throw new Error("unexpected");
    return (await judgeCondition(lowerCondition(parsed.condition), facts)).saw;
  }

  test("with its value, and whether it had a say", async () => {
    expect(await saw({ "contact.plan": "pro", "event.data.total": { gte: 50 }, "contact.city": "Rome" })).toEqual([
      { path: "contact.plan", operator: "is", operand: "pro", actual: "pro", holds: true, aside: true },
      { path: "event.data.total", operator: "gte", operand: 50, actual: 5, holds: false },
      { path: "contact.city", operator: "is", operand: "Rome", holds: false },
    ]);
    expect(await saw({ any: [{ "contact.plan": "free" }, { "contact.tags": { contains: "a" } }] })).toMatchObject([
      { path: "contact.plan", holds: false, aside: true },
      { path: "contact.tags", holds: true, actual: ["a"] },
    ]);
  });

  test("within a `not` as the author wrote it", async () => {
    expect(await saw({ not: { "contact.plan": "pro" } })).toEqual([
      { path: "contact.plan", operator: "is", operand: "pro", actual: "pro", holds: false, negated: true },
    ]);
  });

  test("and of hundreds those that decided are kept", async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ [`contact.field${index}`]: "x" }));
    const kept = await saw({ any: [...many, { "contact.plan": "pro" }] });
    expect(kept).toHaveLength(24);
    expect(kept[0]).toMatchObject({ path: "contact.plan", holds: true });
  });
});

test("who cancelled a run is told, and why; so is whoever came too late", () => {
  const w = world(rulebook([rule({ id: "r" })]));
  w.pauses.set("all", { reason: "paused", since: START, until: null });
  w.event({ event_type: "lead.created", address: { phone } });
  for (const command of ["one", "two"]) {
    const word = { command, of: "r", at: START + HOUR, actor: "Kim", note: "asked by phone" };
    w.deliver("id:c1", { kind: "cancel", id: command, ...word });
  }
  const told = w.records.filter(({ kind }) => kind === "ended" || kind === "command");
  expect(told.map((record) => tellLine(record, zone).text)).toEqual([
    "r ends: the run was cancelled, by a person or by a new version of its rule (cancelled): Kim: asked by phone",
    "Kim wanted to cancel r, which had ended or had never begun",
  ]);
});

test("that a message is meant, or is with its provider, is told only while nothing else is known of it", () => {
  const of = { at: 0, rulebook: "r", rule: "demo", enrollment: "e", step: "1" } as const;
  const meant: LedgerRecord = { ...of, kind: "intent", intent: "m", detail: { word: "meant", channel: "sms" } };
  const called: LedgerRecord = {
    ...of,
    kind: "intent",
    intent: "m",
    detail: { word: "called", channel: "sms", provider: "twilio" },
  };
  const sent: LedgerRecord = { ...of, kind: "message", intent: "m", reason: "sent", detail: { channel: "sms" } };
  const other: LedgerRecord = { ...meant, intent: "n" };
  const told = (...records: readonly LedgerRecord[]) =>
    withoutPassed(records.map((record) => ({ record }))).map(({ record }) => tellLine(record, "UTC").text);
  expect(told(meant)).toEqual(["demo step 1, message through sms is meant, and waits for its turn"]);
  expect(told(meant, called)).toEqual([
    "demo step 1, message through sms is being given to twilio, and there is no answer yet",
  ]);
  expect(told(meant, other, called, sent)).toEqual([
    "demo step 1, message through sms is meant, and waits for its turn",
    expect.stringContaining("sent"),
  ]);
});
