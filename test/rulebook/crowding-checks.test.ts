import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import type { ProblemCode } from "../../src/rulebook/codes.ts";
import { inMemory } from "./in-memory.ts";

const heed = (caps = ""): string => `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
  sales: { kind: slack, provider: outbox }
contacts: { fields: { plan: { type: string, enum: [free, pro] }, score: { type: number } } }
events: { lead.demo_requested: { data: { source: string, size: number } }, Order Completed: {}, Trial Ended: {} }
${caps === "" ? "" : `caps: ${caps}`}
`;

function problemsOf(code: ProblemCode, files: Readonly<Record<string, string>>) {
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heed(), ...files }), null);
  // What is not well-formed is not judged at all.
  expect(problems.filter((problem) => /^HEED[012]/.test(problem.code) && problem.code !== code)).toEqual([]);
  return problems.filter((problem) => problem.code === code);
}

const sms = "{ send: sms, text: Hello. Reply STOP to opt out. }";
const email = "{ send: email, subject: Hello, text: Hello. }";

interface Written {
  readonly where?: string;
  readonly event?: string;
  readonly more?: string;
  readonly actions?: string;
  readonly class?: string;
}

function ruleYaml(
  id: string,
  { where, event = "lead.demo_requested", more = "", actions = sms, class: name = "marketing" }: Written,
) {
  return `rule: ${id}
description: For a test.
owner: growth-ops
class: ${name}
trigger: { event: ${event}${where === undefined ? "" : `, where: ${where}`} }
actions: [${actions}]
${more}
`;
}

/** Which rules are told that they speak as well as another. */
function crowded(one: Written, other: Written, caps = ""): readonly string[] {
  const files = { "heed.yaml": heed(caps), "a.yaml": ruleYaml("a", one), "b.yaml": ruleYaml("b", other) };
  return problemsOf("HEED332", files).map(({ file, related }) => `${file} ${related?.[0]?.file ?? ""}`);
}

describe("two rules may both write to the contact", () => {
  test.each<[string, Written, Written, string?]>([
    ["for the same event", {}, {}],
    [
      "for one event of several",
      { event: "[lead.demo_requested, Trial Ended]" },
      { event: "[Order Completed, Trial Ended]" },
    ],
    [
      "by one channel of several",
      { actions: "{ send: [email, sms], subject: A, text: B. Reply STOP to opt out. }" },
      {},
    ],
    ["less than a day apart", {}, { more: "delay: 23h\nguard: { contact.score: 1 }" }],
    ["inside of an arm", {}, { actions: `{ branch: [{ when: { contact.score: 1 }, do: [${sms}] }] }` }],
    [
      "when their conditions may both be met",
      { where: "{ contact.score: { gt: 5 } }" },
      { where: "{ contact.score: { lt: 7 } }" },
    ],
    [
      "when one part of a text is in the other",
      { where: "{ event.data.source: { contains: guide } }" },
      { where: "{ event.data.source: { contains: guides } }" },
    ],
    [
      "when only one way around is closed",
      { where: "{ contact.plan: free }" },
      { where: "{ any: [{ contact.plan: pro }, { contact.score: 1 }] }" },
    ],
    [
      "although each has a cap",
      { more: "caps: [{ max: 1, per: contact, within: 7d }]" },
      { more: "caps: [{ max: 1, per: contact, within: 7d }]" },
    ],
    ["although the workspace allows two", {}, {}, "[{ max: 2, per: contact, within: 7d }]"],
    ["although the workspace counts another channel", {}, {}, "[{ max: 1, per: contact, channel: email, within: 7d }]"],
    [
      "although the workspace counts another class",
      {},
      {},
      "[{ max: 1, per: contact, class: transactional, within: 7d }]",
    ],
    [
      "when the cap forgets sooner than the second comes",
      {},
      { more: "delay: 2h\nguard: { contact.score: 1 }" },
      "[{ max: 1, per: contact, within: 1h }]",
    ],
    ["although one looks for another rule", {}, { more: "guard: { was_not_sent: { rule: c } }" }],
  ])("%s", (_what, one, other, caps) => {
    const rest = { "c.yaml": ruleYaml("c", { event: "Order Completed", more: "enabled: false" }) };
    const files = { ...rest, "heed.yaml": heed(caps), "a.yaml": ruleYaml("a", one), "b.yaml": ruleYaml("b", other) };
    expect(problemsOf("HEED332", files).map(({ file, related }) => [file, related?.[0]?.file])).toEqual([
      ["b.yaml", "a.yaml"],
    ]);
  });

  test.each<[string, Written, Written, string?]>([
    ["for different events", {}, { event: "Trial Ended" }],
    ["by different channels", {}, { actions: email }],
    ["in different classes", {}, { class: "transactional" }],
    ["a day apart", {}, { more: "delay: 1d\nguard: { contact.score: 1 }" }],
    [
      "to people of one's own",
      { actions: "{ send: sales, text: A lead. }" },
      { actions: "{ send: sales, text: A lead. }" },
    ],
    ["while one is disabled", { more: "enabled: false" }, {}],
    ["while one only pretends", {}, { more: "mode: shadow" }],
    ["when a value parts them", { where: "{ contact.plan: free }" }, { where: "{ contact.plan: pro }" }],
    [
      "when lists of values part them",
      { where: "{ event.data.source: { in: [a, b] } }" },
      { where: "{ event.data.source: { in: [c] } }" },
    ],
    [
      "when numbers part them",
      { where: "{ event.data.size: { gte: 5 } }" },
      { where: "{ event.data.size: { lt: 5 } }" },
    ],
    [
      "when a negation parts them",
      { where: "{ event.data.source: web }" },
      { where: "{ not: { event.data.source: web } }" },
    ],
    [
      "when every alternative is closed",
      { where: "{ contact.plan: free }" },
      { where: "{ all: [{ any: [{ contact.plan: pro }, { contact.plan: { exists: false } }] }] }" },
    ],
    [
      "when texts part them that nobody expects together",
      { where: "{ event.data.source: { contains: guide } }" },
      { where: "{ event.data.source: { starts_with: price } }" },
    ],
    ["when guards part them", { more: "guard: { contact.plan: free }" }, { more: "guard: { contact.plan: pro }" }],
    [
      "when arms part them",
      { actions: `{ branch: { on: event.data.source, cases: { web: [${sms}] } } }` },
      { where: "{ event.data.source: fair }" },
    ],
    [
      "when history parts them",
      { where: "{ did: { event: Order Completed } }" },
      { where: "{ did_not: { event: Order Completed } }" },
    ],
    ["when one looks for the other", {}, { more: "guard: { was_not_sent: { rule: a } }" }],
    [
      "when one looks for any message of the channel",
      { more: "guard: { was_not_sent: { channel: sms, within: 24h } }" },
      {},
    ],
    ["when one holds the other", { actions: `{ hold: { rules: [b], for: 1d } }, ${sms}` }, {}],
    ["when one holds all of the class", {}, { actions: `{ hold: { class: marketing, for: 1d } }, ${sms}` }],
    ["when the workspace allows one", {}, {}, "[{ max: 1, per: contact, within: 1h }]"],
    [
      "when the workspace allows one of this class and channel",
      {},
      {},
      "[{ max: 1, per: contact, class: marketing, channel: sms, within: 1h }]",
    ],
  ])("but not %s", (_what, one, other, caps) => {
    expect(crowded(one, other, caps)).toEqual([]);
  });

  test("and each rule is told once, of the first it meets", () => {
    const files = Object.fromEntries(
      ["a", "b", "c"].map((id) => [`${id}.yaml`, ruleYaml(id, { actions: `${sms}, ${email}` })]),
    );
    expect(
      problemsOf("HEED332", files).map(({ file, related }) => [file, related?.map((place) => place.file)]),
    ).toEqual([
      ["b.yaml", ["a.yaml"]],
      ["c.yaml", ["a.yaml"]],
    ]);
  });
});

describe("a cap is pointless", () => {
  /** Which caps of which files are reported, by their position from 1. */
  function pointless(own: readonly string[], shared: readonly string[] = [], name = "marketing"): readonly string[] {
    const capsOf = (caps: readonly string[]): string =>
      caps.length === 0 ? "" : `[${caps.map((cap) => `{ ${cap} }`).join(", ")}]`;
    const more = own.length === 0 ? "" : `caps: ${capsOf(own)}`;
    const files = { "heed.yaml": heed(capsOf(shared)), "a.yaml": ruleYaml("a", { more, class: name, actions: both }) };
    return problemsOf("HEED333", files).map(({ file, path }) => `${file} ${Number(path[1]) + 1}`);
  }
  const both = "{ send: [email, sms], subject: Hello, text: Hello. Reply STOP to opt out. }";
  const contact = "per: contact, within";

  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["with more in a shorter time", [`max: 3, ${contact}: 7d`, `max: 5, ${contact}: 1d`], [], ["a.yaml 2"]],
    ["wherever it stands", [`max: 5, ${contact}: 1d`, `max: 3, ${contact}: 7d`], [], ["a.yaml 1"]],
    ["with as many in a shorter time", [`max: 3, ${contact}: 7d`, `max: 3, ${contact}: 1d`], [], ["a.yaml 2"]],
    ["written twice", [`max: 3, ${contact}: 7d`, `max: 3, ${contact}: 7d`], [], ["a.yaml 2"]],
    ["written in other units", [`max: 3, ${contact}: 24h`, `max: 3, ${contact}: 1d`], [], ["a.yaml 2"]],
    [
      "when the same says otherwise",
      [`max: 3, ${contact}: 7d`, `max: 3, ${contact}: 7d, on_exceed: defer`],
      [],
      ["a.yaml 2"],
    ],
    [
      "when all channels have no more than this one",
      [`max: 3, ${contact}: 7d`, `max: 3, channel: email, ${contact}: 7d`],
      [],
      ["a.yaml 2"],
    ],
    [
      "when the rule has no more than a contact",
      [`max: 5, ${contact}: 1d`, "max: 3, per: rule, within: 1d"],
      [],
      ["a.yaml 1"],
    ],
    [
      "when a channel has no more than a contact on it",
      [`max: 5, channel: email, ${contact}: 1d`, "max: 3, per: channel, within: 1d"],
      [],
      ["a.yaml 1"],
    ],
    ["when the workspace allows less", [`max: 5, ${contact}: 7d`], [`max: 3, ${contact}: 7d`], ["a.yaml 1"]],
    [
      "when the workspace allows no more of the class",
      [`max: 3, ${contact}: 7d`],
      [`max: 3, class: marketing, ${contact}: 30d`],
      ["a.yaml 1"],
    ],
    [
      "within the workspace",
      [],
      [`max: 3, ${contact}: 7d`, `max: 3, class: marketing, ${contact}: 7d`],
      ["heed.yaml 2"],
    ],
    [
      "when a calendar day is in the week",
      [`max: 3, ${contact}: { calendar: week }`, `max: 5, ${contact}: { calendar: day }`],
      [],
      ["a.yaml 2"],
    ],
    [
      "when a calendar day is shorter than the time",
      [`max: 3, ${contact}: 7d`, `max: 5, ${contact}: { calendar: day }`],
      [],
      ["a.yaml 2"],
    ],
    [
      "each by itself",
      [`max: 3, ${contact}: 7d`, `max: 4, ${contact}: 1d`, `max: 5, ${contact}: 1h`],
      [],
      ["a.yaml 2", "a.yaml 3"],
    ],
  ])("%s", (_what, own, shared, expected) => {
    expect(pointless(own, shared)).toEqual(expected);
  });

  test.each<[string, readonly string[], readonly string[], string?]>([
    ["with less in a shorter time", [`max: 3, ${contact}: 7d`, `max: 1, ${contact}: 1d`], []],
    ["with more in a longer time", [`max: 3, ${contact}: 7d`, `max: 5, ${contact}: 30d`], []],
    ["on another channel", [`max: 3, channel: sms, ${contact}: 7d`, `max: 5, channel: email, ${contact}: 1d`], []],
    ["when it counts more channels", [`max: 3, channel: sms, ${contact}: 7d`, `max: 5, ${contact}: 1d`], []],
    ["when it counts more contacts", [`max: 3, ${contact}: 7d`, "max: 5, per: rule, within: 1d"], []],
    [
      "when the other counts another class",
      [`max: 5, ${contact}: 7d`],
      [`max: 3, class: marketing, ${contact}: 7d`],
      "transactional",
    ],
    ["of the workspace, because of a rule", [`max: 3, ${contact}: 7d`], [`max: 5, ${contact}: 1d`]],
    [
      "of the workspace for contacts, because of one for rules",
      [],
      [`max: 5, ${contact}: 1d`, "max: 3, per: rule, within: 1d"],
    ],
    [
      "when it drops what the other only defers",
      [`max: 1, ${contact}: 24h`],
      [`max: 1, ${contact}: 24h, on_exceed: defer`],
    ],
    [
      "when it rolls over the beginning of a week",
      [`max: 3, ${contact}: { calendar: week }`, `max: 5, ${contact}: 1d`],
      [],
    ],
    [
      "when weeks and months overlap",
      [`max: 3, ${contact}: { calendar: month }`, `max: 5, ${contact}: { calendar: week }`],
      [],
    ],
    [
      "in another zone",
      [`max: 3, ${contact}: { calendar: week }`, `max: 5, ${contact}: { calendar: day, zone: Asia/Tokyo }`],
      [],
    ],
  ])("but not %s", (_what, own, shared, name) => {
    expect(pointless(own, shared, name)).toEqual([]);
  });
});

describe("a cap and what the rule sends", () => {
  /** What is said of the caps of a marketing rule with these steps, and where. */
  function said(caps: readonly string[], steps: readonly string[], more = "", shared = ""): readonly string[] {
    const own = caps.length === 0 ? "" : `caps: [${caps.map((cap) => `{ ${cap} }`).join(", ")}]`;
    const rule = ruleYaml("a", { more: `${own}\n${more}`, class: "marketing", actions: steps.join(", ") });
    const files = { "heed.yaml": heed(shared), "a.yaml": rule };
    return problemsOf("HEED333", files).map(({ path, message }) => `${path.join(".")}: ${message.split(":")[0] ?? ""}`);
  }
  const weekly = "max: 1, per: contact, within: 7d";
  const sales = "{ send: sales, text: Hello. }";
  const idle = ["caps.0: this cap never counts anything"];

  test.each<[string, string, readonly string[]]>([
    ["of a channel that it does not use", "max: 1, per: contact, channel: email, within: 7d", [sms]],
    ["of another class", "max: 1, per: contact, class: transactional, within: 7d", [sms]],
    ["by contact, of what goes to nobody", weekly, [sales]],
    ["of a rule that sends nothing", "max: 1, per: rule, within: 7d", ["{ tag: x }"]],
  ])("never counts: %s", (_, cap, steps) => {
    expect(said([cap], steps)).toEqual(idle);
  });

  test("counts what goes to the own people, but by contact", () => {
    expect(said(["max: 1, per: rule, channel: sales, within: 7d"], [sales])).toEqual([]);
    expect(
      said(
        ["max: 1, per: contact, channel: email, within: 7d"],
        [sms, `{ when: { contact.plan: pro }, send: [sms, email], subject: A, text: Reply STOP to opt out. }`],
      ),
    ).toEqual([]);
  });

  const dropped = (index: number) => [`actions.${index}.send: a cap always drops this message`];

  test.each<[string, string, readonly string[], number]>([
    ["at once", weekly, [sms, sms], 1],
    ["a few days later", weekly, [sms, "{ wait: 6d }", email], 2],
    ["behind a wait for something", weekly, [sms, "{ wait_for: { event: Order Completed, timeout: 2d } }", sms], 2],
    ["the third of three", "max: 2, per: contact, within: 30d", [sms, "{ wait: 1d }", sms, "{ wait: 1d }", sms], 4],
    ["on one calendar day", "max: 1, per: contact, within: { calendar: day }", [sms, "{ tag: x }", sms], 2],
  ])("always drops what is sent %s", (_, cap, steps, index) => {
    expect(said([cap], steps)).toEqual(dropped(index));
  });

  test.each<[string, string, readonly string[], string?]>([
    ["it defers", `${weekly}, on_exceed: defer`, [sms, sms]],
    ["it is long enough after", weekly, [sms, "{ wait: 7d }", sms]],
    [
      "a branch comes between",
      weekly,
      [sms, "{ branch: [{ when: { contact.plan: pro }, do: [{ wait: 30d }] }] }", sms],
    ],
    ["only some get it", weekly, [sms, "{ when: { contact.plan: pro }, send: sms, text: Reply STOP to opt out. }"]],
    ["it counts another channel", "max: 1, per: contact, channel: sms, within: 7d", [sms, email]],
    [
      "a window may make the wait longer",
      weekly,
      [sms, "{ wait: 6d }", sms],
      'window: { days: [mon], from: "09:00", to: "10:00", zone: contact }',
    ],
    ["the rule ends before", weekly, [sms, "{ stop: done }"]],
  ])("drops nothing for sure when %s", (_, cap, steps, more) => {
    expect(said([cap], steps, more)).toEqual([]);
  });

  test("a cap of the workspace drops as well, and is told once", () => {
    const shared = "[{ max: 1, per: contact, class: marketing, within: 7d }, { max: 1, per: contact, within: 1d }]";
    expect(said([], [sms, sms], "", shared)).toEqual(dropped(1));
  });
});
