import { describe, expect, test } from "vitest";
import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import type { AttributeChange, RuleChange } from "../../../src/plan/plan.ts";
import { heedYaml } from "../../rulebook/in-memory.ts";
import { sideOf } from "../sides.ts";

const heed = `
${heedYaml}
lookups:
  crm: { http: { url: "https://crm.example.com/{{ contact.id | default: '0' }}" }, fields: { status: { type: string } } }
`
  .replace(
    "first_name: { type: string }",
    "first_name: { type: string }\n    ends: { type: time }\n    plan: { type: string, enum: [free, pro] }",
  )
  .replace("Order Completed: {}", "Order Completed: { data: { amount: number } }");

const before = `
rule: reminder
description: Remind of the demo.
owner: growth-ops
class: marketing
trigger:
  event: lead.demo_requested
  where: { event.data.company: Acme }
delay: 15m
guard:
  all:
    - contact.plan: pro
    - contact.status: { not: verified }
stop_on:
  - event: [email.opened, email.clicked]
  - event: Order Completed
caps:
  - { max: 1, per: contact, channel: sms, within: 24h }
actions:
  - { id: remind, send: sms, text: "Your demo is waiting. Reply STOP to end." }
  - wait: 2d
  - { send: email, subject: Your demo, text: Come and see. }
`;

function changeOf(edit: (rule: string) => string, files: Readonly<Record<string, string>> = {}): RuleChange | null {
  const after = edit(before);
  const base = sideOf({ "heed.yaml": heed, "a/reminder.yaml": before, ...files });
  const head = sideOf({ "heed.yaml": heed, "a/reminder.yaml": after, ...files });
  return compareWorkspaces(base, head).ruleChanges[0] ?? null;
}

type Said = readonly [string, unknown, unknown, AttributeChange["class"]];

function said(change: RuleChange | null): readonly Said[] {
  return (change?.attributes ?? []).map(({ path, before: old, after, class: of }) => [path, old, after, of]);
}

const replace = (from: string, to: string) => (rule: string) => {
  if (!rule.includes(from)) throw new Error(`${from} is not there`);
  return rule.replace(from, to);
};

describe("one change of a rule is one attribute, in its class", () => {
  test.each<[string, string, string, Said]>([
    ["delay", "delay: 15m", "delay: 5m", ["delay", "15m", "5m", "timing"]],
    ["a range", "delay: 15m", "delay: { between: [5m, 15m] }", ["delay", "15m", { between: ["5m", "15m"] }, "timing"]],
    ["a day is no 24 hours", "within: 24h", "within: 1d", ["caps[0].within", "24h", "1d", "volume"]],
    ["seconds for minutes", "delay: 15m", "delay: 900s", ["delay", "15m", "900s", "cosmetic"]],
    [
      "a week for days",
      "wait: 2d",
      "wait: { between: [2d, 2d] }",
      ["actions[1].wait", "2d", { between: ["2d", "2d"] }, "cosmetic"],
    ],
    ["a default", "delay: 15m", "delay: 15m\nexpires: 30d", ["expires", "30d", "30d", "cosmetic"]],
    ["other than by default", "delay: 15m", "delay: 15m\nexpires: 5d", ["expires", "30d", "5d", "timing"]],
    ["description", "Remind of the demo.", "Remind.", ["description", "Remind of the demo.", "Remind.", "cosmetic"]],
    ["class", "class: marketing", "class: transactional", ["class", "marketing", "transactional", "safety"]],
    [
      "a text",
      "Come and see.",
      "Do come and see.",
      ["actions[2].text", "Come and see.", "Do come and see.", "content"],
    ],
    [
      "a text of a named step",
      "Your demo is waiting",
      "A demo waits",
      [
        "actions.remind.text",
        "Your demo is waiting. Reply STOP to end.",
        "A demo waits. Reply STOP to end.",
        "content",
      ],
    ],
    [
      "a provider",
      "{ id: remind, send",
      "{ id: remind, provider: outbox, send",
      ["actions.remind.provider", null, "outbox", "route"],
    ],
    [
      "a step in between",
      "  - wait: 2d\n",
      "  - wait: 2d\n  - tag: reminded\n",
      ["actions[2]", null, { tag: "reminded" }, "state"],
    ],
    ["a step that is gone", "  - wait: 2d\n", "", ["actions[1]", { wait: "2d" }, null, "timing"]],
    [
      "a stop that is gone",
      "  - event: Order Completed\n",
      "",
      ["stop_on[1]", { event: "Order Completed" }, null, "safety"],
    ],
    [
      "one event of a stop",
      "[email.opened, email.clicked]",
      "email.opened",
      ["stop_on[0].event", ["email.opened", "email.clicked"], "email.opened", "safety"],
    ],
    [
      "events in another order",
      "[email.opened, email.clicked]",
      "[email.clicked, email.opened]",
      ["stop_on[0].event", ["email.opened", "email.clicked"], ["email.clicked", "email.opened"], "cosmetic"],
    ],
    ["a cap", "max: 1", "max: 3", ["caps[0].max", 1, 3, "volume"]],
    ["re-entry", "delay: 15m", "delay: 15m\nreentry: restart", ["reentry.policy", "ignore", "restart", "volume"]],
    [
      "the key of re-entry",
      "delay: 15m",
      "delay: 15m\nreentry: { key: event.data.company }",
      ["reentry.key", null, "event.data.company", "state"],
    ],
    ["a share", "delay: 15m", "delay: 15m\nholdout: 10%", ["holdout", null, "10%", "audience"]],
    [
      "a part of the guard",
      "    - contact.plan: pro\n",
      "",
      ["guard.all[0]", { "contact.plan": "pro" }, null, "audience"],
    ],
    [
      "an operator",
      "{ not: verified }",
      "{ not: done }",
      ["guard.all[1].contact.status", { not: "verified" }, { not: "done" }, "audience"],
    ],
    [
      "the guard in other words",
      "  all:\n    - contact.plan: pro\n    - contact.status: { not: verified }",
      "  contact.status: { not: verified }\n  contact.plan: { is: pro }",
      [
        "guard",
        { all: [{ "contact.plan": "pro" }, { "contact.status": { not: "verified" } }] },
        { "contact.status": { not: "verified" }, "contact.plan": { is: "pro" } },
        "cosmetic",
      ],
    ],
    [
      "what it hears",
      "event: lead.demo_requested",
      "event: [lead.demo_requested, Order Completed]",
      ["trigger.event", "lead.demo_requested", ["lead.demo_requested", "Order Completed"], "audience"],
    ],
    ["on_change", "delay: 15m", "delay: 15m\non_change: cancel", ["on_change", "finish", "cancel", "state"]],
  ])("%s", (_, from, to, expected) => {
    expect(said(changeOf(replace(from, to)))).toEqual([expected]);
  });

  test("nothing but comments, order and spacing is cosmetic and says nothing more", () => {
    const change = changeOf((rule) => `# A comment\n${rule.replace("class: marketing\n", "")}\nclass:   marketing\n`);
    expect(change).toMatchObject({ action: "update", classes: ["cosmetic"], attributes: [] });
  });

  test("the same text is no change", () => {
    expect(changeOf((rule) => rule)).toBeNull();
  });

  test("it is shown where it stands in head, and in base what is gone", () => {
    const [delay] = changeOf(replace("delay: 15m", "\n\ndelay: 5m"))?.attributes ?? [];
    expect(delay).toMatchObject({ file: "a/reminder.yaml", line: 11 });
    const [gone] = changeOf(replace("delay: 15m\n", ""))?.attributes ?? [];
    expect(gone).toMatchObject({ path: "delay", before: "15m", after: null, line: 9 });
  });
});

describe("a condition matters to those to whom its place does", () => {
  const withWhere = (plan: string) => (rule: string) =>
    rule
      .replace("  - event: Order Completed", `  - event: Order Completed\n    where: { contact.plan: ${plan} }`)
      .replace(
        "delay:",
        `goal: { event: Order Completed, within: 7d, where: { any: [{ contact.plan: ${plan} }] } }\ndelay:`,
      );

  test("one of a stop to safety, one of a goal to who keeps the figures", () => {
    const [base, head] = ["pro", "free"].map((plan) =>
      sideOf({ "heed.yaml": heed, "a/reminder.yaml": withWhere(plan)(before) }),
    );
    if (base === undefined || head === undefined) throw new Error("two are compared");
    expect(said(compareWorkspaces(base, head).ruleChanges[0] ?? null)).toEqual([
      ["goal.where.any[0].contact.plan", "pro", "free", "state"],
      ["stop_on[1].where.contact.plan", "pro", "free", "safety"],
    ]);
  });
});

describe("steps", () => {
  test("are the same by their ids wherever they stand", () => {
    const change = changeOf((rule) =>
      rule.replace(
        /actions:[^]*/,
        `actions:
  - { send: email, subject: Your demo, text: Come and see. }
  - wait: 2d
  - { id: remind, send: sms, text: "Your demo waits. Reply STOP to end." }
`,
      ),
    );
    expect(said(change)).toEqual([
      ["actions", ["remind", "wait: 2d", "send: email"], ["send: email", "wait: 2d", "remind"], "timing"],
      ["actions.remind.text", expect.any(String), "Your demo waits. Reply STOP to end.", "content"],
    ]);
  });

  test("inside of others are found by the way to them", () => {
    const branching =
      (text: string, more = "") =>
      (rule: string) =>
        rule.replace(
          /actions:[^]*/,
          `actions:
  - branch:
      - when: { contact.plan: free }
        do:
          - { send: email, subject: Hello, text: "${text}" }
${more}
      - otherwise:
          - tag: other
`,
        );
    const base = sideOf({ "heed.yaml": heed, "a/reminder.yaml": branching("One")(before) });
    const head = (text: string, more = "") =>
      sideOf({ "heed.yaml": heed, "a/reminder.yaml": branching(text, more)(before) });
    expect(said(compareWorkspaces(base, head("Two")).ruleChanges[0] ?? null)).toEqual([
      ["actions[0].branch[0].do[0].text", "One", "Two", "content"],
    ]);
    const arm = "      - when: { contact.status: new }\n        do: [{ send: sms, text: Hi }]";
    expect(said(compareWorkspaces(base, head("One", arm)).ruleChanges[0] ?? null)).toEqual([
      [
        "actions[0].branch[1]",
        null,
        { when: { "contact.status": "new" }, do: [{ send: "sms", text: "Hi" }] },
        "volume",
      ],
    ]);
  });
});

describe("rules that come and go", () => {
  const other = before.replace("rule: reminder", "rule: nudge");
  const base = sideOf({ "heed.yaml": heed, "a/reminder.yaml": before });

  test("one that says whom it continues was moved", () => {
    const moved = other.replace("class:", "moved: { from: reminder }\nclass:").replace("15m", "5m");
    const { ruleChanges, touched } = compareWorkspaces(base, sideOf({ "heed.yaml": heed, "a/nudge.yaml": moved }));
    expect(ruleChanges).toMatchObject([{ rule: "nudge", previous: "reminder", action: "move", resembles: null }]);
    expect(said(ruleChanges[0] ?? null).map(([path]) => path)).toEqual(["rule", "moved.from", "delay"]);
    expect([...touched]).toEqual(["nudge"]);
  });

  test("one that says nothing of the kind is another, and looks renamed", () => {
    const { ruleChanges } = compareWorkspaces(base, sideOf({ "heed.yaml": heed, "a/nudge.yaml": other }));
    expect(ruleChanges.map(({ rule, action, resembles }) => [rule, action, resembles])).toEqual([
      ["nudge", "create", "reminder"],
      ["reminder", "delete", null],
    ]);
    expect(ruleChanges[0]?.attributes.find(({ path }) => path === "delay")).toMatchObject({
      before: null,
      after: "15m",
    });
    expect(ruleChanges[1]?.attributes.find(({ path }) => path === "delay")).toMatchObject({
      before: "15m",
      after: null,
    });
  });

  test("one that came or went is a matter for all whom something in it concerns", () => {
    const { ruleChanges } = compareWorkspaces(base, sideOf({ "heed.yaml": heed, "a/nudge.yaml": other }));
    const all = ["content", "timing", "audience", "volume", "route", "safety", "state"];
    expect(ruleChanges.map(({ classes }) => classes)).toEqual([all, all]);
    const step = before.replace("  - wait: 2d", "  - { send: sales, text: Look at this. }\n  - wait: 2d");
    const [change] = compareWorkspaces(base, sideOf({ "heed.yaml": heed, "a/reminder.yaml": step })).ruleChanges;
    expect(change).toMatchObject({ classes: ["content", "volume", "route"], attributes: [{ class: "volume" }] });
  });

  test("one that continues what is long gone is an ordinary rule", () => {
    const moved = before.replace("class:", "moved: { from: ages-ago }\nclass:");
    const one = sideOf({ "heed.yaml": heed, "a/reminder.yaml": moved });
    const two = sideOf({ "heed.yaml": heed, "a/reminder.yaml": moved.replace("15m", "5m") });
    expect(compareWorkspaces(one, two).ruleChanges).toMatchObject([
      { rule: "reminder", previous: null, action: "update" },
    ]);
  });
});

describe("conditions", () => {
  const implicationOf = (from: string, to: string) =>
    changeOf(replace(from, to))?.attributes.map(({ implication }) => implication) ?? [];

  test.each([
    [
      "a guard without one of its demands lets more through",
      "    - contact.plan: pro\n",
      "",
      "broader",
      "after",
      { "contact.plan": "free" },
    ],
    [
      "one that demands more lets fewer through",
      "    - contact.plan: pro\n",
      "    - contact.plan: pro\n    - contact.first_name: { exists: true }\n",
      "narrower",
      "before",
      { "contact.first_name": null },
    ],
    [
      "another value lets others through",
      "contact.plan: pro",
      "contact.plan: free",
      "disjoint",
      "after",
      { "contact.plan": "free" },
    ],
    [
      "no guard lets everybody through",
      "guard:\n  all:\n    - contact.plan: pro\n    - contact.status: { not: verified }\n",
      "",
      "broader",
      "after",
      {},
    ],
    [
      "one more event starts it for more",
      "event: lead.demo_requested",
      "event: [lead.demo_requested, Order Completed]",
      "broader",
      "after",
      { "event.event_type": "Order Completed", "event.data.company": "Acme" },
    ],
    ["without a where it starts for more", "  where: { event.data.company: Acme }\n", "", "broader", "after", {}],
    [
      "a stop that is gone stops fewer",
      "  - event: Order Completed\n",
      "",
      "narrower",
      "before",
      { "event.event_type": "Order Completed" },
    ],
  ])("%s", (_, from, to, kind, holds, facts) => {
    const [implication] = implicationOf(from, to);
    expect(implication).toMatchObject({ kind, witness: { holds, facts } });
  });

  test("others than before, and some as before, overlap", () => {
    const status = "    - contact.status: { not: verified }";
    expect(implicationOf(status, "    - lookup.crm.status: new")[0]?.kind).toBe("overlapping");
  });

  test("whether a day is longer than 24 hours nobody can say", () => {
    const ends = (within: string) => `    - contact.ends: { within: ${within} }\n`;
    const rule = (within: string) =>
      sideOf({ "heed.yaml": heed, "a/reminder.yaml": before.replace("  all:\n", `  all:\n${ends(within)}`) });
    const { ruleChanges } = compareWorkspaces(rule("24h"), rule("1d"));
    expect(ruleChanges[0]).toMatchObject({
      classes: ["audience"],
      attributes: [{ path: "guard.all[0].contact.ends", implication: { kind: "unknown", witness: null } }],
    });
  });

  test("who asks another source is not sure to fare as before", () => {
    const asks = "    - any: [{ contact.plan: pro }, { all: [{ contact.plan: pro }, { lookup.crm.status: new }] }]\n";
    const [implication] = implicationOf("    - contact.plan: pro\n", asks);
    expect(implication?.kind).toBe("unknown");
  });

  test("other words for the same are proven to be the same", () => {
    const change = changeOf(replace("contact.plan: pro", "contact.plan: { exists: true, not: free }"));
    expect(change).toMatchObject({ classes: ["cosmetic"], attributes: [{ implication: { kind: "equal" } }] });
  });

  test("a machine's click starts a rule that begins to name machines", () => {
    const heard = (where: string) =>
      sideOf({
        "heed.yaml": heed,
        "a/reminder.yaml": before.replace(/trigger:[^]*?delay/, `trigger:\n  event: email.clicked${where}\ndelay`),
      });
    const { ruleChanges } = compareWorkspaces(
      heard(""),
      heard("\n  where: { event.data.machine: { in: [true, false] } }"),
    );
    expect(ruleChanges[0]?.attributes[0]).toMatchObject({
      implication: { kind: "overlapping", witness: { holds: "after", facts: { "event.data.machine": true } } },
    });
  });

  test("the past is part of what is shown", () => {
    const [implication] = implicationOf(
      "    - contact.plan: pro\n",
      "    - contact.plan: pro\n    - did: { event: Order Completed, within: 30d }\n",
    );
    expect(implication).toMatchObject({ kind: "narrower" });
    const [asked] = implicationOf(
      "    - contact.plan: pro\n",
      "    - did: { event: Order Completed, within: 30d, at_least: 2 }\n",
    );
    expect(asked?.witness?.facts).toMatchObject({
      "did: { event: Order Completed, within: 30d }": true,
      "contact.plan": "free",
    });
  });
});
