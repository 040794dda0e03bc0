import { describe, expect, test } from "vitest";
import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import { impactOf } from "../../../src/plan/impact/impact-of.ts";
import type { Impact } from "../../../src/plan/plan.ts";
import { sideOf } from "../sides.ts";

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }
  sms: { kind: sms, provider: outbox, from: "+12025550100", price: { per_segment: 0.0083 USD } }
contacts: { fields: { plan: { type: string }, score: { type: number } } }
events: { lead.created: {}, lead.qualified: {}, cart.left: {}, order.paid: {} }
caps: [{ max: 3, per: contact, class: marketing, within: 7d }]
budgets: [{ channel: sms, max: 50.00 USD, per: day }]
`;

function rule(id: string, event: string, more: string, of = "transactional"): string {
  return `
rule: ${id}
description: For a test.
owner: growth-ops
class: ${of}
trigger: { event: ${event} }
${more}`;
}

const sends = (channel: string, text = "Hello. Reply STOP to end.") =>
  channel === "email"
    ? `actions: [{ send: email, subject: Hi, text: "${text}" }]`
    : `actions: [{ send: ${channel}, text: "${text}" }]`;

type Files = Readonly<Record<string, string>>;

async function impact(before: Files, after: Files): Promise<Impact> {
  const [base, head] = [sideOf({ "heed.yaml": heed, ...before }), sideOf({ "heed.yaml": heed, ...after })];
  return impactOf(base, head, compareWorkspaces(base, head));
}

/** The change of one rule in the company of another that stays as it is. */
async function sharedBy(before: string, after: string, other: string, more: Files = {}): Promise<readonly string[]> {
  const files = { "other.yaml": other, ...more };
  const { shared } = await impact({ "changed.yaml": before, ...files }, { "changed.yaml": after, ...files });
  return shared.flatMap(({ changed, what, name, rules }) => rules.map((of) => `${of} ${changed} ${what} ${name}`));
}

describe("an untouched rule is named with what it shares", () => {
  const changed = (more: string, of = "transactional") => rule("changed", "lead.created", more, of);
  const other = (more: string, of = "transactional") => rule("other", "cart.left", more, of);
  const step = (text: string) => `actions: [${text}]`;
  const later = (rest: string) => `delay: 10m\n${rest}`;

  test.each<[string, string, string, string, string, readonly string[]]>([
    [
      "a cap",
      changed(sends("email"), "marketing"),
      changed(later(sends("email")), "marketing"),
      other(sends("email"), "marketing"),
      "",
      ["other changed cap 3 marketing per contact within 7d"],
    ],
    [
      "a budget",
      changed(sends("sms")),
      changed(later(sends("sms"))),
      other(sends("sms")),
      "",
      ["other changed budget sms per day"],
    ],
    [
      "a tag that it reads",
      changed(step("{ tag: VIP }")),
      changed(step("{ tag: vip }")),
      other(`guard: { contact.tags: { contains: vip } }\n${sends("email")}`),
      "",
      ["other changed tag vip"],
    ],
    [
      "a tag that starts it",
      changed(step("{ stop: no }")),
      changed(step("{ tag: vip }")),
      rule("other", "contact.tagged", sends("email")).replace(
        "event: contact.tagged",
        "event: contact.tagged, where: { event.data.tag: vip }",
      ),
      "",
      ["other changed tag vip"],
    ],
    [
      "an event that is made no more",
      changed(step("{ emit: { event: lead.qualified } }")),
      changed(step("{ stop: no }")),
      rule("other", "lead.qualified", sends("email")),
      "",
      ["other changed event lead.qualified"],
    ],
    [
      "an attribute",
      changed(step("{ set: { contact.plan: pro } }")),
      changed(step("{ set: { contact.plan: free } }")),
      other(sends("email", "On {{ contact.plan | default: 'no plan' }}.")),
      "",
      ["other changed attribute contact.plan"],
    ],
    [
      "what was sent",
      changed(sends("email")),
      changed(later(sends("email"))),
      other(`guard: { was_not_sent: { rule: changed, within: 7d } }\n${sends("sms")}`),
      "",
      ["other changed message changed"],
    ],
    [
      "a hold",
      changed(step("{ hold: { rules: [other], for: 1d } }")),
      changed(step("{ hold: { rules: [other], for: 2d } }")),
      other(sends("email")),
      "",
      ["other changed hold other"],
    ],
    [
      "a hold of all",
      changed(step("{ hold: { class: marketing, for: 1d } }")),
      changed(step("{ hold: { class: marketing, for: 2d } }")),
      other(sends("email"), "marketing"),
      "",
      ["other changed hold all marketing rules"],
    ],
    [
      "an experiment",
      changed(`experiment: e\nholdout: 10%\n${sends("email")}`),
      changed(`experiment: e\nholdout: 20%\n${sends("email")}`),
      other(`experiment: e\nholdout: 10%\n${sends("sms")}`),
      "",
      ["other changed experiment e"],
    ],
    [
      "the contact",
      changed(sends("email")),
      changed(later(sends("email"))),
      rule("other", "lead.created", sends("sms")),
      "",
      ["other changed contact lead.created"],
    ],
    ["nothing", changed(sends("email")), changed(later(sends("email"))), other(sends("sms")), "", []],
    [
      "nothing but what both read",
      changed(`guard: { contact.plan: pro }\n${sends("email")}`),
      changed(`guard: { contact.plan: free }\n${sends("email")}`),
      other(`guard: { contact.plan: pro }\n${sends("sms")}`),
      "",
      [],
    ],
    [
      "nothing with a rule in other words",
      changed(sends("sms")),
      changed(sends("sms")).replace("For a test.", "For another."),
      other(sends("sms")),
      "",
      [],
    ],
  ])("%s", async (_, before, after, company, __, expected) => {
    expect(await sharedBy(before, after, company)).toEqual(expected);
  });

  test("a shared text", async () => {
    const uses = (id: string, event: string, more = "") =>
      rule(id, event, `${more}\nactions: [{ send: email, subject: Hi, template: hello }]`);
    const shared = await sharedBy(
      uses("changed", "lead.created"),
      uses("changed", "lead.created", "delay: 5m"),
      uses("other", "cart.left"),
      { "templates/hello.liquid": "Hello.\n" },
    );
    expect(shared).toEqual(["other changed template hello"]);
  });

  test("what the change brings about or ends comes first, and is said to", async () => {
    const tags = (tag: string) => ({
      "changed.yaml": changed(`actions: [{ tag: ${tag} }, { set: { contact.plan: pro } }]`),
    });
    const other = (id: string, guard: string) => ({
      [`${id}.yaml`]: rule(id, "cart.left", `guard: { ${guard} }\n${sends("email")}`),
    });
    const files = {
      ...other("free", "contact.tags: { contains: free }"),
      ...other("vip", "contact.tags: { contains: vip }"),
      ...other("plan", "contact.plan: pro"),
    };
    const { shared } = await impact({ ...tags("free"), ...files }, { ...tags("vip"), ...files });
    expect(shared).toEqual([
      { changed: "changed", what: "tag", name: "free", rules: ["free"], fate: "gone" },
      { changed: "changed", what: "tag", name: "vip", rules: ["vip"], fate: "new" },
      { changed: "changed", what: "attribute", name: "contact.plan", rules: ["plan"] },
    ]);
  });

  test("a rule that a changed setting governs is touched, and no company of others", async () => {
    const files = { "a.yaml": rule("a", "lead.created", sends("sms")), "b.yaml": rule("b", "cart.left", sends("sms")) };
    const base = sideOf({ "heed.yaml": heed, ...files });
    const head = sideOf({
      "heed.yaml": heed.replace("50.00 USD", "5.00 USD"),
      ...files,
      "a.yaml": rule("a", "lead.created", `delay: 5m\n${sends("sms")}`),
    });
    const changes = compareWorkspaces(base, head);
    expect([...changes.touched]).toEqual(["a", "b"]);
    expect((await impactOf(base, head, changes)).shared).toEqual([]);
  });
});

describe("rules that fall silent", () => {
  test("because none makes the event any more that starts them", async () => {
    const maker = (verb: string) => ({ "maker.yaml": rule("maker", "lead.created", `actions: [${verb}]`) });
    const other = { "other.yaml": rule("other", "lead.qualified", sends("email")) };
    const { dead } = await impact(
      { ...maker("{ emit: { event: lead.qualified } }"), ...other },
      { ...maker("{ tag: vip }"), ...other },
    );
    expect(dead).toEqual([{ rule: "other", why: expect.stringContaining("`lead.qualified`") }]);
    expect(dead[0]?.why).toContain("maker");
  });

  test("because the tag that they wait for is given no more, while another rule gives tags that are made of a text", async () => {
    const tags = (tag: string) => ({ "maker.yaml": rule("maker", "lead.created", `actions: [{ tag: ${tag} }]`) });
    const waits = (text: string) => ({
      "other.yaml": rule("other", "contact.tagged", sends("email")).replace(
        "event: contact.tagged",
        "event: contact.tagged, where: { event.data.tag: 'source:web' }",
      ),
      "third.yaml": rule("third", "cart.left", `actions: [{ tag: "${text}{{ event.channel | default: 'x' }}" }]`),
    });
    const [away, near] = [waits("opted-out:"), waits("source:")];
    const { dead } = await impact({ ...tags("'source:web'"), ...away }, { ...tags("'source:net'"), ...away });
    expect(dead).toEqual([{ rule: "other", why: expect.stringContaining("`contact.tagged: source:web`") }]);
    expect((await impact({ ...tags("'source:web'"), ...near }, { ...tags("'source:net'"), ...near })).dead).toEqual([]);
  });

  test("because they are switched off", async () => {
    const { dead } = await impact(
      { "a.yaml": rule("a", "lead.created", sends("sms")) },
      { "a.yaml": rule("a", "lead.created", `enabled: false\n${sends("sms")}`) },
    );
    expect(dead).toEqual([{ rule: "a", why: "it is switched off" }]);
  });

  test("because they only record what they would do, which a new rule may begin with", async () => {
    const shadow = { "a.yaml": rule("a", "lead.created", `mode: shadow\n${sends("sms")}`) };
    const other = { "b.yaml": rule("b", "cart.left", sends("sms")) };
    expect((await impact(other, { ...other, ...shadow })).dead).toEqual([
      { rule: "a", why: expect.stringContaining("records") },
    ]);
    const changed = { "a.yaml": shadow["a.yaml"].replace("mode:", "delay: 5m\nmode:") };
    expect((await impact({ ...other, ...shadow }, { ...other, ...changed })).dead).toEqual([]);
  });

  test("because the message comes too late, which somebody has allowed", async () => {
    const late = (allow: string, wait: string) => ({
      "a.yaml": rule("a", "lead.created", `expires: 1d\n${allow}delay: ${wait}\n${sends("sms")}`),
    });
    const { dead } = await impact(late("", "1h"), late("# heed allow HEED302 until 2099-01-31: it is meant\n", "2d"));
    expect(dead).toEqual([{ rule: "a", why: expect.stringContaining("expires after 1d") }]);
    expect(
      (
        await impact(
          late("# heed allow HEED302 until 2099-01-31: it is meant\n", "2d"),
          late("# heed allow HEED302 until 2099-01-31: it is meant\n", "2d"),
        )
      ).dead,
    ).toEqual([]);
  });
});

describe("loops", () => {
  test("that are new are named by their rules", async () => {
    const emits = (event: string) => `actions:\n  - emit: { event: ${event} }`;
    const allowed = emits("lead.qualified").replace(
      "actions:",
      "actions:\n  # heed allow HEED331 until 2099-01-31: it ends",
    );
    const still = {
      "a.yaml": rule("a", "lead.created", emits("lead.qualified")),
      "b.yaml": rule("b", "lead.qualified", emits("order.paid")),
    };
    const looping = {
      "a.yaml": rule("a", "lead.created", allowed),
      "b.yaml": rule("b", "lead.qualified", emits("lead.created")),
    };
    expect((await impact(still, looping)).loops).toEqual([["a", "b"]]);
    expect((await impact(looping, looping)).loops).toEqual([]);
  });
});

describe("tests", () => {
  const rules = (more: string, actions: string) => ({
    "a.yaml": rule("a", "lead.created", `${more}\nactions:\n${actions}`),
  });
  const steps =
    '  - { id: first, send: sms, text: "Hello." }\n  - { id: second, when: { contact.plan: pro }, send: email, subject: Hi, text: Hello. }';
  const cases = `
suite: a
rules: [a.yaml]
start: 2026-03-06T14:00:00-05:00
contacts: { ana: { id: c1, phone: "+12025550143", email: "ana@example.com", plan: free } }
cases:
  - name: a new lead is texted
    given: [{ at: 0s, contact: ana, event: lead.created }]
    expect: [{ at: 0s, send: sms }]
`;

  test("reach what they play, and not what they do not", async () => {
    const base = { ...rules("", steps), "a.test.yaml": cases };
    const first = { ...base, ...rules("", steps.replace('text: "Hello."', "text: Hi.")) };
    expect((await impact(base, first)).tests).toEqual([
      { rule: "a", cases: ["a › a new lead is texted"], covered: 1, uncovered: [] },
    ]);
    const second = { ...base, ...rules("", steps.replace("text: Hello. }", "text: Hi. }")) };
    expect((await impact(base, second)).tests).toEqual([
      { rule: "a", cases: [], covered: 0, uncovered: [{ path: "actions.second.text", file: "a.yaml", line: 10 }] },
    ]);
  });

  test("reach a condition when they show both of its answers", async () => {
    const base = { ...rules("", steps), "a.test.yaml": cases };
    const head = { ...base, ...rules("", steps.replace("contact.plan: pro", "contact.plan: team")) };
    const [covering] = (await impact(base, head)).tests;
    expect(covering).toMatchObject({
      cases: ["a › a new lead is texted"],
      covered: 0,
      uncovered: [{ path: "actions.second.when.contact.plan" }],
    });
  });

  test("a rule without any has nothing reached", async () => {
    const other = {
      "b.yaml": rule("b", "cart.left", sends("sms")),
      "b.test.yaml": cases
        .replaceAll("a.yaml", "b.yaml")
        .replace("suite: a", "suite: b")
        .replace("lead.created", "cart.left"),
    };
    const { tests } = await impact({ ...rules("", steps), ...other }, { ...rules("delay: 5m", steps), ...other });
    expect(tests).toEqual([
      { rule: "a", cases: [], covered: 0, uncovered: [{ path: "delay", file: "a.yaml", line: 7 }] },
    ]);
  });
});
