import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import type { ProblemCode } from "../../src/rulebook/codes.ts";
import { inMemory } from "./in-memory.ts";

const heedYaml = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }
  sms: { kind: sms, provider: outbox, from: "+12025550100", quiet_hours: { from: "21:00", to: "08:00" } }
  sales: { kind: slack, provider: outbox }
contacts: { fields: { plan: { type: string } } }
events: { lead.demo_requested: {}, Order Completed: {}, Trial Ended: {} }
lookups: { crm: { http: { url: "https://crm.example.com/{{ contact.id }}" }, fields: { status: { type: string } } } }
caps: [{ max: 3, per: contact, within: 7d }]
`;

const sms = "{ send: sms, text: Hello. Reply STOP to opt out. }";
const guarded = "guard: { contact.plan: free }";

interface Written {
  readonly more?: string;
  readonly actions?: readonly string[];
  readonly class?: string;
  readonly heed?: string;
}

/** What a check says of a rule: line of the file, and severity when it is an error. */
function judge(code: ProblemCode, { more = "", actions = [sms], class: name = "marketing", heed = heedYaml }: Written) {
  const rule = `rule: hello
description: For a test.
owner: growth-ops
class: ${name}
trigger: { event: lead.demo_requested }
actions:
${actions.map((step) => `  - ${step}`).join("\n")}
${more}
`;
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heed, "hello.yaml": rule }), null);
  // What is not well-formed is not judged at all.
  expect(problems.filter((problem) => /^HEED[012]/.test(problem.code))).toEqual([]);
  const found = problems.filter((problem) => problem.code === code);
  const line = (text: string): string => rule.split("\n")[Number(text) - 1] ?? "";
  return found.map(({ range, severity }) => `${severity}: ${line(String(range.start.line)).trim()}`);
}

describe("a message asks too soon", () => {
  const lookUp = "guard: { lookup.crm.status: new }";
  test.each<[string, Written, string]>([
    ["a look-up at once", { more: lookUp }, lookUp],
    ["a look-up after less than a minute", { more: `${lookUp}\ndelay: 59s` }, "delay: 59s"],
    [
      "a range that may be too short",
      { more: `${lookUp}\ndelay: { between: [30s, 5m] }` },
      "delay: { between: [30s, 5m] }",
    ],
    ["what became of a message", { more: "delay: 10s\nguard: { last.email.status: { not: opened } }" }, "delay: 10s"],
    ["what became of this message", { more: "delay: 10s\nguard: { message.status: delivered }" }, "delay: 10s"],
    ["what has not happened", { more: "delay: 10s\nguard: { did_not: { event: Order Completed } }" }, "delay: 10s"],
    ["whether it must stop", { more: "delay: 10s\nstop_on: [{ event: Order Completed }]" }, "delay: 10s"],
    ["in a wait", { actions: ["wait: 5s", sms], more: lookUp }, "- wait: 5s"],
    [
      "in its own when",
      { actions: [`{ when: { lookup.crm.status: new }, send: email, subject: A, text: B }`] },
      "- { when: { lookup.crm.status: new }, send: email, subject: A, text: B }",
    ],
    [
      "in a branch",
      { actions: [`branch: [{ when: { lookup.crm.status: new }, do: [${sms}] }]`] },
      `- branch: [{ when: { lookup.crm.status: new }, do: [${sms}] }]`,
    ],
    [
      "by cases",
      { actions: [`branch: { on: lookup.crm.status, cases: { new: [${sms}] } }`] },
      `- branch: { on: lookup.crm.status, cases: { new: [${sms}] } }`,
    ],
    ["when the first of several does", { actions: [sms, "wait: 2d", sms], more: lookUp }, lookUp],
    [
      "when the workspace says that its systems are slow",
      { more: `${lookUp}\ndelay: 5m`, heed: `${heedYaml}limits: { race_window: 10m }` },
      "delay: 5m",
    ],
  ])("%s", (_what, written, line) => {
    expect(judge("HEED310", written)).toEqual([`warning: ${line}`]);
  });

  test.each<[string, Written]>([
    ["after a minute", { more: `${lookUp}\ndelay: 60s` }],
    ["after a minute in two waits", { more: `${lookUp}\ndelay: 30s`, actions: ["wait: 30s", sms] }],
    ["for its own people", { more: lookUp, actions: ["{ send: sales, text: A lead. }"] }],
    [
      "of what Heed knows at once",
      { more: "delay: 10s\nguard: { contact.plan: free, was_not_sent: { channel: sms } }" },
    ],
    [
      "without any delay, of what is long past",
      { more: "guard: { did_not: { event: Order Completed, within: 30d } }" },
    ],
    ["without any delay, with a stop for later", { more: "stop_on: [{ event: Order Completed }]" }],
    [
      "with a stop that later messages need",
      { more: "delay: 10s\nstop_on: [{ event: Order Completed }]", actions: [sms, "wait: 2d", sms] },
    ],
    ["before a time of day", { more: lookUp, actions: ['wait: { until: "09:15" }', sms] }],
    [
      "in a branch that is left before the message",
      { actions: ["branch: [{ when: { lookup.crm.status: new }, do: [{ tag: new }] }]", sms] },
    ],
    ["when its systems are fast", { more: `${lookUp}\ndelay: 5s`, heed: `${heedYaml}limits: { race_window: 2s }` }],
  ])("not %s", (_what, written) => {
    expect(judge("HEED310", written)).toEqual([]);
  });
});

describe("a message is sent whatever happened", () => {
  test.each<[string, Written, string]>([
    ["after a delay", { more: "delay: 1h" }, "delay: 1h"],
    ["after a range that may be long", { more: "delay: { between: [5m, 2h] }" }, "delay: { between: [5m, 2h] }"],
    ["after waits that are long together", { actions: ["wait: 20m", "wait: 40m", sms] }, "- wait: 40m"],
    ["after a time of day", { actions: ['wait: { until: "09:15" }', sms] }, '- wait: { until: "09:15" }'],
    ["in a window", { more: 'window: { from: "09:00", to: "17:00" }' }, 'window: { from: "09:00", to: "17:00" }'],
    ["of the transactional class", { more: "delay: 2d", class: "transactional" }, "delay: 2d"],
    [
      "after a wait for nothing in particular",
      { actions: ["wait_for: { event: Trial Ended, timeout: 2d }", sms] },
      "- wait_for: { event: Trial Ended, timeout: 2d }",
    ],
    [
      "in an arm chosen before the wait",
      { actions: [`branch: [{ when: { contact.plan: free }, do: [{ wait: 2d }, ${sms}] }]`] },
      `- branch: [{ when: { contact.plan: free }, do: [{ wait: 2d }, ${sms}] }]`,
    ],
    [
      "when only the event is asked, which does not change",
      { more: "delay: 2d\nguard: { event.channel: web }" },
      "delay: 2d",
    ],
    [
      "when another message looks, and this one does not",
      { actions: ["wait: 2d", `{ when: { contact.plan: free }, send: email, subject: A, text: B }`, sms] },
      "- wait: 2d",
    ],
    [
      "although the way behind a stop of others is free",
      { actions: ["wait: 2d", "{ when: { event.channel: web }, stop: web }", sms] },
      "- wait: 2d",
    ],
  ])("%s", (_what, written, line) => {
    expect(judge("HEED311", written)).toEqual([`warning: ${line}`]);
  });

  test.each<[string, Written]>([
    ["after less than an hour", { more: "delay: 59m" }],
    ["with a guard", { more: `delay: 2d\n${guarded}` }],
    ["with a stop", { more: "delay: 2d\nstop_on: [{ event: Order Completed }]" }],
    ["with a when of its own", { more: "delay: 2d", actions: [`{ when: { contact.plan: free }, ${sms.slice(1)}`] }],
    ["when further triggers begin the wait anew", { more: "delay: 90d\nexpires: 100d\nreentry: restart" }],
    [
      "the same in the long form",
      { more: "delay: 90d\nexpires: 100d\nreentry: { policy: restart, key: event.campaign_id }" },
    ],
    ["to its own people", { more: "delay: 2d", actions: ["{ send: sales, text: Call them. }"] }],
    [
      "when it was waited for what would stop it",
      { actions: [`wait_for: { event: Order Completed, timeout: 3d, then: [{ stop: bought }] }`, sms] },
    ],
    [
      "inside of what was waited for",
      { actions: [`wait_for: { event: Order Completed, timeout: 3d, otherwise: [${sms}] }`] },
    ],
    [
      "in an arm chosen after the wait",
      {
        more: "delay: 2d",
        actions: [`branch: [{ when: { contact.plan: free }, do: [${sms}] }, { otherwise: [${sms}] }]`],
      },
    ],
    [
      "in a case chosen after the wait",
      { more: "delay: 2d", actions: [`branch: { on: contact.plan, cases: { free: [${sms}] } }`] },
    ],
    ["behind a stop that looks", { actions: ["wait: 2d", "{ when: { contact.plan: pro }, stop: has bought }", sms] }],
    [
      "behind a stop that asks history",
      { actions: ["wait: 2d", "{ when: { did: { event: Order Completed } }, stop: has bought }", sms] },
    ],
  ])("not %s", (_what, written) => {
    expect(judge("HEED311", written)).toEqual([]);
  });
});

describe("a window", () => {
  const weekdays = 'window: { days: [mon, tue, wed, thu, fri], from: "09:15", to: "17:00" }';
  test.each<[string, Written, string]>([
    [
      "has no length",
      { more: `${guarded}\nwindow: { from: "09:00", to: "09:00" }` },
      'error: window: { from: "09:00", to: "09:00" }',
    ],
    [
      "lies within the quiet hours",
      { more: `${guarded}\nwindow: { from: "21:00", to: "08:00" }` },
      'error: window: { from: "21:00", to: "08:00" }',
    ],
    [
      "lies within those of one of the messages",
      {
        more: `${guarded}\nwindow: { from: "22:00", to: "23:00" }`,
        actions: ["{ send: email, subject: A, text: B }", sms],
      },
      'error: window: { from: "22:00", to: "23:00" }',
    ],
    ["is closed over the weekend", { more: `${guarded}\n${weekdays}\nexpires: 2d` }, "warning: expires: 2d"],
    [
      "is closed for longer than what the waits leave",
      { more: `${guarded}\n${weekdays}\nexpires: 4d`, actions: [sms, "wait: 2d", sms] },
      "warning: expires: 4d",
    ],
    [
      "is closed for longer than the default leaves",
      { more: `${guarded}\n${weekdays}\ndelay: 28d` },
      `warning: ${weekdays}`,
    ],
    [
      "is made too short by quiet hours",
      { more: `${guarded}\nwindow: { from: "07:00", to: "22:00" }\nexpires: 10h` },
      "warning: expires: 10h",
    ],
  ])("%s", (_what, written, line) => {
    expect(judge("HEED312", written)).toEqual([line]);
  });

  test.each<[string, Written]>([
    ["may reach out of the quiet hours", { more: `${guarded}\nwindow: { from: "20:59", to: "02:00" }` }],
    [
      "may lie within them for transactional messages",
      { more: `${guarded}\nwindow: { from: "22:00", to: "23:00" }`, class: "transactional" },
    ],
    [
      "may lie within them in a zone of its own",
      { more: `${guarded}\nwindow: { from: "22:00", to: "23:00", zone: Asia/Tokyo }` },
    ],
    [
      "may lie within those of one channel of several",
      {
        more: `${guarded}\nwindow: { from: "22:00", to: "23:00" }`,
        actions: ["{ send: [sms, email], subject: A, text: B. Reply STOP to opt out. }"],
      },
    ],
    ["may be closed for less than expires", { more: `${guarded}\n${weekdays}\nexpires: 3d` }],
    [
      "may be closed for longer than a short message to people of one's own is good for",
      { more: `${weekdays}\nexpires: 1d`, actions: ["{ send: sales, text: A lead. }"] },
    ],
    ["is not judged when there is none", { more: `${guarded}\nexpires: 2h` }],
    ["is not judged when the message expires in any case", { more: `${guarded}\n${weekdays}\ndelay: 3d\nexpires: 2d` }],
  ])("%s", (_what, written) => {
    expect(judge("HEED312", written)).toEqual([]);
  });
});

describe("a step is never reached", () => {
  test.each<[string, readonly string[], string]>([
    ["behind a stop", ["stop: enough", "tag: a", "tag: b"], "- tag: a"],
    [
      "behind a stop inside of an arm",
      ["branch: [{ when: { contact.plan: free }, do: [{ stop: enough }, { tag: a }] }]", sms],
      "- branch: [{ when: { contact.plan: free }, do: [{ stop: enough }, { tag: a }] }]",
    ],
    [
      "behind a branch whose arms all stop",
      ["branch: [{ when: { contact.plan: free }, do: [{ stop: a }] }, { otherwise: [{ stop: b }] }]", sms],
      `- ${sms}`,
    ],
    [
      "behind cases that all stop",
      ["branch: { on: contact.plan, cases: { free: [{ stop: a }] }, otherwise: [{ stop: b }] }", sms],
      `- ${sms}`,
    ],
    [
      "behind a wait that stops either way",
      ["wait_for: { event: Trial Ended, timeout: 1d, then: [{ stop: a }], otherwise: [{ stop: b }] }", sms],
      `- ${sms}`,
    ],
    [
      "behind otherwise",
      ["branch: [{ otherwise: [{ tag: a }] }, { when: { contact.plan: free }, do: [{ tag: b }] }]", sms],
      "- branch: [{ otherwise: [{ tag: a }] }, { when: { contact.plan: free }, do: [{ tag: b }] }]",
    ],
    [
      "behind a first otherwise that stops",
      ["branch: [{ otherwise: [{ stop: a }] }, { otherwise: [{ tag: b }] }]", sms],
      "- branch: [{ otherwise: [{ stop: a }] }, { otherwise: [{ tag: b }] }]",
    ],
  ])("%s", (_what, actions, line) => {
    expect(judge("HEED330", { actions })).toEqual([`error: ${line}`]);
  });

  test.each<[string, readonly string[]]>([
    ["behind a stop with a when", ["{ when: { contact.plan: pro }, stop: enough }", sms]],
    ["behind a branch without otherwise", ["branch: [{ when: { contact.plan: free }, do: [{ stop: a }] }]", sms]],
    ["behind cases without otherwise", ["branch: { on: contact.plan, cases: { free: [{ stop: a }] } }", sms]],
    ["behind a wait that stops one way", ["wait_for: { event: Trial Ended, timeout: 1d, then: [{ stop: a }] }", sms]],
    [
      "behind a branch that may be skipped",
      [
        "when: { contact.plan: free }\n    branch: [{ when: { contact.plan: free }, do: [{ stop: a }] }, { otherwise: [{ stop: b }] }]",
        sms,
      ],
    ],
    [
      "behind a message that ends only when it fails",
      [`{ ${sms.slice(1, -1)}, on_failure: [{ stop: unreachable }] }`, "tag: a"],
    ],
  ])("not %s", (_what, actions) => {
    expect(judge("HEED330", { actions })).toEqual([]);
  });
});

test("a message that comes too late counts the shortest way that goes on", () => {
  const late = (branch: string): readonly string[] =>
    judge("HEED302", { actions: [branch, sms], more: `${guarded}\nexpires: 2d` });
  expect(
    late("branch: [{ when: { contact.plan: pro }, do: [{ stop: a }] }, { otherwise: [{ wait: 3d }] }]"),
  ).toHaveLength(1);
  expect(late("branch: [{ when: { contact.plan: pro }, do: [{ tag: a }] }, { otherwise: [{ wait: 3d }] }]")).toEqual(
    [],
  );
  expect(late("wait_for: { event: Trial Ended, timeout: 3d, then: [{ stop: a }] }")).toHaveLength(1);
  expect(late("wait_for: { event: Trial Ended, timeout: 3d }")).toEqual([]);
});

describe("the goal counts only what happens before the first message", () => {
  const goal = "goal: { event: Order Completed, within: 24h }";
  const warning = [`warning: ${goal}`];
  const of = (written: Written) => judge("HEED302", { ...written, more: `${goal}\n${written.more ?? ""}` });

  test("after a delay, or after waits on the shortest of all ways", () => {
    expect(of({ more: "delay: 1d" })).toEqual(warning);
    expect(of({ actions: ["wait: { between: [30h, 40h] }", sms] })).toEqual(warning);
    expect(of({ more: "delay: 23h" })).toEqual([]);
    expect(of({ more: "delay: 1h", actions: [sms, "wait: 7d", sms] })).toEqual([]);
    expect(of({ actions: ["wait: { between: [3h, 40h] }", sms] })).toEqual([]);
    expect(of({ more: "delay: 2d", actions: ["{ tag: late }"] })).toEqual([]);
  });
});
