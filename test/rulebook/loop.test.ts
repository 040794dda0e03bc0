import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { inMemory } from "./in-memory.ts";

const heed = (more = "", provider = "outbox: {}"): string => `
workspace: acme
time_zone: America/New_York
country: US
providers: { ${provider} }
channels:
  email: { kind: email, provider: ${provider.split(":")[0] ?? ""}, from: "Acme <hello@acme.example>" }
  sms: { kind: sms, provider: ${provider.startsWith("twilio") ? "twilio" : "outbox"}, from: "+12025550100" }
  push: { kind: push, provider: outbox }
  sales: { kind: slack, provider: outbox }
contacts: { fields: { plan: { type: string }, score: { type: number } } }
events:
  email.delivered: { data: { template: string } }
  email.opened: { data: { template: string } }
  lead.hot: { data: { source: string, size: number } }
  lead.cold: {}
  Order Completed: {}
${more}`;

function rule(id: string, trigger: string, actions: string, more = ""): string {
  return `
rule: ${id}
description: For a test.
owner: growth-ops
class: transactional
trigger: ${trigger}
${more}
actions:
${actions}
`;
}

const sms = "  - { send: sms, text: Hello. }";
const email = "  - { send: email, subject: Hello, text: Hello. }";

/** The ways round of the loops that are found, in the order of the files. */
function loops(rules: Readonly<Record<string, string>>, heedYaml = heed()): readonly string[] {
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, ...rules }), null);
  // No provider carries push messages yet.
  const expected = new Set(["HEED331", "HEED212"]);
  const unexpected = problems.filter(({ code, severity }) => !expected.has(code) && severity === "error");
  expect(unexpected).toEqual([]);
  return problems.filter(({ code }) => code === "HEED331").map(wayOf);
}

function wayOf({ message }: Problem): string {
  return message.replace(/^.*again and again: /, "");
}

function loopsOf(trigger: string, actions: string, more = "", heedYaml = heed()): readonly string[] {
  return loops({ "a.yaml": rule("a", trigger, actions, more) }, heedYaml);
}

describe("a rule starts itself", () => {
  test.each([
    ["by an event it emits", "{ event: lead.hot }", "  - emit: { event: lead.hot }", "a → lead.hot → a"],
    ["by what becomes of its message", "{ event: sms.failed }", sms, "a → sms.failed → a"],
    ["by one event of a list", "{ event: [Order Completed, email.opened] }", email, "a → email.opened → a"],
    [
      "by taking a tag and giving it again",
      "{ event: contact.untagged, where: { event.data.tag: hot } }",
      "  - untag: hot\n  - tag: hot",
      "a → contact.untagged → a",
    ],
    [
      "by a tag that nobody knows beforehand",
      "{ event: contact.tagged }",
      '  - tag: "{{ event.data.tag | append: 1 | default: 1 }}"',
      "a → contact.tagged → a",
    ],
    [
      "when its event may meet the condition",
      "{ event: lead.hot, where: { event.data.size: { gt: 5 }, event.data.source: web } }",
      "  - emit: { event: lead.hot, data: { size: 6, source: \"{{ event.data.source | default: 'web' }}\" } }",
      "a → lead.hot → a",
    ],
    [
      "inside of other steps",
      "{ event: lead.hot }",
      "  - wait_for: { event: lead.cold, timeout: 1h, otherwise: [{ emit: { event: lead.hot } }] }",
      "a → lead.hot → a",
    ],
    [
      "when the message is the second choice",
      "{ event: push.failed }",
      "  - { send: sms, text: Hello., on_failure: [{ send: push, subject: Hello, text: Hello. }] }",
      "a → push.failed → a",
    ],
  ])("%s", (_what, trigger, actions, way) => {
    expect(loopsOf(trigger, actions)).toEqual([way]);
  });
});

describe("a rule does not start itself", () => {
  test.each([
    ["by another event", "{ event: lead.hot }", "  - emit: { event: lead.cold }"],
    ["by what the contact does", "{ event: [email.clicked, email.replied, sms.received, email.unsubscribed] }", email],
    ["by a hard bounce, which silences the address", "{ event: email.bounced }", email],
    ["by a message to its own people", "{ event: sms.failed }", "  - { send: sales, text: Hello. }"],
    ["by a message of another kind", "{ event: email.delivered }", sms],
    ["by a tag that is there already", "{ event: contact.tagged, where: { event.data.tag: hot } }", "  - tag: hot"],
    ["by another tag", "{ event: contact.tagged, where: { event.data.tag: hot } }", "  - untag: cold\n  - tag: cold"],
    [
      "when its event can't meet the condition",
      "{ event: lead.hot, where: { event.data.source: web } }",
      "  - emit: { event: lead.hot, data: { source: rule } }",
    ],
    [
      "when the number is not large enough",
      "{ event: lead.hot, where: { event.data.size: { gt: 5 } } }",
      "  - emit: { event: lead.hot, data: { size: 5 } }",
    ],
    [
      "when the event lacks what is asked",
      "{ event: lead.hot, where: { event.data.source: { exists: true } } }",
      "  - emit: { event: lead.hot }",
    ],
    ["by an attribute, of which no event tells", "{ event: contact.updated }", "  - set: { contact.score: 5 }"],
    [
      "when others must have said so",
      "{ event: contact.untagged, where: { event.provider: hubspot } }",
      "  - tag: hot\n  - untag: hot",
    ],
    [
      "when only mails of others carry what is asked",
      "{ event: email.delivered, where: { event.data.template: account-verification } }",
      email,
    ],
    [
      "when the arm is another",
      "{ event: lead.hot }",
      "  - branch: { on: event.data.source, cases: { web: [{ emit: { event: lead.hot, data: { source: rule } } }] } }",
    ],
    [
      "when a when is in the way",
      "{ event: lead.hot }",
      "  - { when: { event.data.size: 1 }, emit: { event: lead.hot } }",
    ],
  ])("%s", (_what, trigger, actions) => {
    expect(loopsOf(trigger, actions)).toEqual([]);
  });

  test("while it is disabled", () => {
    expect(loopsOf("{ event: lead.hot }", "  - emit: { event: lead.hot }", "enabled: false")).toEqual([]);
  });
});

describe("a loop is bounded", () => {
  const bySms = "{ event: sms.delivered }";
  test.each([
    ["by a cap per contact", "caps:\n  - { max: 3, per: contact, within: 7d }"],
    ["by a cap on the channel", "caps:\n  - { max: 3, per: contact, channel: sms, within: 7d }"],
    ["by a cooldown", "reentry: { cooldown: 7d }"],
    ["by a cooldown for what may come again", "reentry: { cooldown: 7d, key: event.campaign_id }"],
    ["by looking for its own message", "guard: { was_not_sent: { channel: sms, within: 1d } }"],
    ["by looking for the event", "guard:\n  all: [{ did_not: { event: sms.delivered, within: 7d, at_least: 3 } }]"],
    ["by a delay of a day", "delay: 1d"],
  ])("%s", (_what, more) => {
    expect(loopsOf(bySms, sms, more)).toEqual([]);
  });

  test.each([
    ["a cap per rule", "caps:\n  - { max: 3, per: rule, within: 7d }"],
    ["a cap on another channel", "caps:\n  - { max: 3, per: contact, channel: email, within: 7d }"],
    ["a cooldown for each message", "reentry: { cooldown: 7d, key: event.message_id }"],
    ["a re-entry that ignores", "reentry: ignore"],
    ["looking for messages of another rule", "guard: { was_not_sent: { channel: email } }"],
    ["looking for something else", "guard: { did_not: { event: Order Completed } }"],
    ["an alternative", "guard:\n  any: [{ was_not_sent: { channel: sms } }, { contact.plan: pro }]"],
    ["a delay of hours", "delay: 23h"],
  ])("but not by %s", (_what, more) => {
    expect(loopsOf(bySms, sms, more)).toEqual(["a → sms.delivered → a"]);
  });

  test("by a cap of the workspace, for the class it counts", () => {
    const capOf = (name: string): string => heed(`caps:\n  - { max: 9, per: contact, class: ${name}, within: 7d }\n`);
    expect(loopsOf(bySms, sms, "", capOf("transactional"))).toEqual([]);
    expect(loopsOf(bySms, sms, "", capOf("marketing"))).toHaveLength(1);
  });

  test("by a cap only where messages carry it on", () => {
    const cap = "caps:\n  - { max: 3, per: contact, within: 7d }";
    expect(loopsOf("{ event: lead.hot }", `${sms}\n  - emit: { event: lead.hot }`, cap)).toHaveLength(1);
  });

  test("by an attribute that the rule sets and asks for", () => {
    const steps = "  - set: { contact.plan: pro }\n  - emit: { event: lead.hot }";
    expect(loopsOf("{ event: lead.hot, where: { contact.plan: { not: pro } } }", steps)).toEqual([]);
    expect(loopsOf("{ event: lead.hot }", steps, "guard: { contact.plan: free }")).toEqual([]);
    expect(loopsOf("{ event: lead.hot }", steps, "guard: { contact.plan: pro }")).toHaveLength(1);
    const back = `${steps}\n  - { set: { contact.plan: free }, when: { contact.score: 1 } }`;
    expect(loopsOf("{ event: lead.hot }", back, "guard: { contact.plan: free }")).toHaveLength(1);
  });

  test("by a tag that the rule gives and asks for, while nobody on the way takes it", () => {
    const trigger = "{ event: lead.hot, where: { contact.tags: { not_contains: greeted } } }";
    const steps = "  - tag: greeted\n  - emit: { event: lead.hot }";
    expect(loopsOf(trigger, steps)).toEqual([]);
    expect(loopsOf(trigger, `${steps}\n  - untag: greeted`)).toHaveLength(1);
    expect(
      loopsOf(trigger, steps.replace("tag: greeted", "{ tag: greeted, when: { contact.score: 1 } }")),
    ).toHaveLength(1);
  });
});

describe("rules start each other", () => {
  const hot = rule("hot", "{ event: lead.cold }", "  - emit: { event: lead.hot, data: { source: rule } }");
  const cold = (where = ""): string => rule("cold", `{ event: lead.hot${where} }`, "  - emit: { event: lead.cold }");

  test("by events", () => {
    expect(loops({ "hot.yaml": hot, "cold.yaml": cold() })).toEqual(["cold → lead.cold → hot → lead.hot → cold"]);
  });

  test("unless a condition parts them", () => {
    expect(loops({ "hot.yaml": hot, "cold.yaml": cold(", where: { event.data.source: web }") })).toEqual([]);
  });

  test("unless one of them waits so long that it is a rhythm, or two do together", () => {
    const slow = (text: string, delay: string): string => text.replace("actions:", `delay: ${delay}\nactions:`);
    expect(loops({ "hot.yaml": slow(hot, "90d"), "cold.yaml": cold() })).toEqual([]);
    expect(loops({ "hot.yaml": slow(hot, "13h"), "cold.yaml": slow(cold(), "13h") })).toEqual([]);
    expect(loops({ "hot.yaml": slow(hot, "11h"), "cold.yaml": slow(cold(), "12h") })).toHaveLength(1);
  });

  test("by messages that fail in turn", () => {
    const rules = {
      "text.yaml": rule("text", "{ event: email.dropped }", sms),
      "mail.yaml": rule("mail", "{ event: sms.undelivered }", email),
    };
    expect(loops(rules)).toEqual(["mail → email.dropped → text → sms.undelivered → mail"]);
  });

  test("by tags, when some rule of theirs takes the tag away again", () => {
    const tagged = (tag: string): string => `{ event: contact.tagged, where: { event.data.tag: ${tag} } }`;
    const rules = {
      "one.yaml": rule("one", tagged("one"), "  - tag: two"),
      "two.yaml": rule("two", tagged("two"), "  - tag: one"),
    };
    expect(loops(rules)).toEqual([]);
    const away = "  - untag: one\n  - untag: two";
    expect(loops({ ...rules, "away.yaml": rule("away", "{ event: Order Completed }", away) })).toEqual([]);
    expect(loops({ ...rules, "two.yaml": rule("two", tagged("two"), `${away}\n  - tag: one`) })).toEqual([
      "one → contact.tagged → two → contact.tagged → one",
    ]);
  });

  test("and each rule that starts itself is told, besides those who start each other", () => {
    const rules = {
      "a.yaml": rule("a", "{ event: sms.sent }", sms),
      "b.yaml": rule("b", "{ event: sms.sent }", sms, "delay: 5m"),
      "hot.yaml": hot,
      "cold.yaml": cold(),
    };
    expect(loops(rules)).toEqual(["a → sms.sent → a", "b → sms.sent → b", "cold → lead.cold → hot → lead.hot → cold"]);
  });

  test("by the shortest way there is", () => {
    const rules = {
      "hot.yaml": hot,
      "cold.yaml": cold(),
      "around.yaml": rule("around", "{ event: lead.cold }", "  - emit: { event: Order Completed }"),
      "back.yaml": rule("back", "{ event: Order Completed }", "  - emit: { event: lead.hot, data: { source: rule } }"),
    };
    expect(loops(rules)).toEqual(["cold → lead.cold → hot → lead.hot → cold"]);
  });
});

describe("which rule sent a message", () => {
  const sendgrid = 'sendgrid: { api_key: "${KEY}" }, outbox: {}';
  const trigger = (id: string): string => `{ event: email.delivered, where: { event.data.heed_rule: { not: ${id} } } }`;

  test("is known of its reports, so a rule may leave out its own", () => {
    expect(loopsOf(trigger("a"), email, "", heed("", sendgrid))).toEqual([]);
    expect(loopsOf(trigger("b"), email, "", heed("", sendgrid))).toEqual(["a → email.delivered → a"]);
  });

  test("so that two rules which only leave out their own still start each other", () => {
    const rules = { "a.yaml": rule("a", trigger("a"), email), "b.yaml": rule("b", trigger("b"), email) };
    expect(loops(rules, heed("", sendgrid))).toEqual(["a → email.delivered → b → email.delivered → a"]);
  });
});

test("a chain of three hundred rules is followed, and found to be closed", () => {
  const chain = (last: string): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => {
        const next = n === 299 ? last : `Step ${n + 1}`;
        return [`r${n}.yaml`, rule(`r${n}`, `{ event: Step ${n} }`, `  - emit: { event: ${next} }`)];
      }),
    );
  const declared = heed().replace("events:", "events:\n  Step 0: {}\n  End: {}");
  expect(loops(chain("End"), declared)).toEqual([]);
  const [found] = loops(chain("Step 0"), declared);
  expect(found?.split(" → ")).toHaveLength(601);
});

describe("a slow loop is a rhythm, unless its runs double", () => {
  const parallel = "reentry: parallel";
  const twice = "  - wait: 1d\n  - emit: { event: lead.hot }\n  - emit: { event: lead.hot }";

  function doubled(actions: string, more = parallel, trigger = "{ event: lead.hot }"): readonly string[] {
    const { problems } = checkWorkspace(
      inMemory({ "heed.yaml": heed(), "a.yaml": rule("a", trigger, actions, more) }),
      null,
    );
    return problems
      .filter(({ code }) => code === "HEED331")
      .map(({ severity, range }) => `${severity} in line ${range.start.line}`);
  }

  test("two steps make the event that starts the rule, which runs in parallel", () => {
    expect(doubled(twice)).toEqual(["warning in line 11"]);
  });

  test("two rules that run in parallel start a third", () => {
    const start = "  - wait: 1d\n  - emit: { event: lead.cold }";
    const back = "  - emit: { event: lead.hot }";
    const rules = {
      "a.yaml": rule("a", "{ event: lead.hot }", start, parallel),
      "b.yaml": rule("b", "{ event: lead.cold }", back, parallel),
      "c.yaml": rule("c", "{ event: lead.cold }", back, parallel),
    };
    expect(loops(rules)).toEqual([expect.stringContaining("c → lead.hot → a → lead.cold → c is a second way round")]);
    expect(loops({ ...rules, "c.yaml": rule("c", "{ event: lead.cold }", back) })).toEqual([]);
  });

  test.each([
    ["one run at a time", twice, ""],
    ["one way round", "  - wait: 1d\n  - emit: { event: lead.hot }", parallel],
    ["a cooldown", twice, "reentry: { policy: parallel, cooldown: 1d }"],
    [
      "ways of which one is taken",
      "  - wait: 1d\n  - branch:\n      - { when: { contact.plan: pro }, do: [{ emit: { event: lead.hot } }] }\n      - { otherwise: [{ emit: { event: lead.hot } }] }",
      parallel,
    ],
    [
      "conditions that exclude each other",
      "  - wait: 1d\n  - { emit: { event: lead.hot }, when: { event.data.size: { gt: 5 } } }\n  - { emit: { event: lead.hot }, when: { event.data.size: { lt: 5 } } }",
      parallel,
    ],
  ])("not with %s", (_, actions, more) => {
    expect(doubled(actions, more)).toEqual([]);
  });

  test("of a fast loop only that it is one is told", () => {
    expect(doubled("  - emit: { event: lead.hot }\n  - emit: { event: lead.hot }")).toEqual(["error in line 9"]);
  });
});
