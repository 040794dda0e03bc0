import { describe, expect, test } from "vitest";
import type { CaseResult } from "../../src/simulate/run-tests.ts";
import { heedYaml, messagesOf, play, ruleYaml, testYaml } from "./play.ts";

const lookups = `
lookups:
  crm:
    http: { url: "https://crm.example.com/contacts/{{ contact.id }}", headers: { authorization: "Bearer \${CRM_TOKEN}" } }
    fields: { status: { type: string, enum: [lead, customer] }, owner: { type: string }, score: { type: integer } }
  app:
    postgres: { url: "\${DATABASE_URL}", query: "select plan from users where email = $1", params: ["{{ contact.email }}"] }
    on_error: skip
    fields: { plan: { type: string } }
  cache:
    redis: { url: "\${REDIS_URL}", get: "contact:{{ contact.id }}" }
    on_error: treat_as_missing
    fields: { muted: { type: boolean } }
`;

async function played(rule: string, cases: string, more = ""): Promise<readonly CaseResult[]> {
  const files = {
    "heed.yaml": `${heedYaml}${lookups}`,
    "story.yaml": ruleYaml("story", rule),
    "story.test.yaml": testYaml(cases, more),
  };
  return (await play(files)).cases;
}

async function expectPasses(rule: string, cases: string, more = ""): Promise<void> {
  const results = await played(rule, cases, more);
  expect(results.length).toBeGreaterThan(0);
  expect(Object.fromEntries(results.map((result) => [result.name, messagesOf(result)]))).toEqual(
    Object.fromEntries(results.map((result) => [result.name, []])),
  );
}

const asked = "given: [{ at: 0s, contact: ana, event: asked }]";
const text = "actions:\n  - { send: sms, text: Hello. }";

describe("a guard asks the source of truth at the moment of speaking", () => {
  const rule = `delay: 1h\nguard: { lookup.crm.status: { not: customer } }\n${text}`;

  test("its answer decides, and a file's answer holds where a case has none of its own", async () => {
    await expectPasses(
      rule,
      `
  - { name: a lead hears from us, ${asked}, expect: [{ at: 1h, send: sms }] }
  - name: a customer does not
    lookups: { crm: { status: customer } }
    ${asked}
    expect: none
    because: [{ rule: story, reason: guard.false, at: 1h }]
  - { name: nobody there is no customer, lookups: { crm: {} }, ${asked}, expect: [{ at: 1h, send: sms }] }
  - name: any of them
    matrix: { status: [lead, customer] }
    lookups: { crm: { status: "{status}" } }
    ${asked}
    expect_by: { lead: [{ at: 1h, send: sms }], customer: none }
`,
      "lookups: { crm: { status: lead } }",
    );
  });

  test("what it finds may change from one asking to the next", async () => {
    await expectPasses(
      `guard: { lookup.crm.status: { not: customer } }\nactions:\n  - { send: sms, text: One. }\n  - { wait: 1d }\n  - { send: sms, text: Two. }`,
      `
  - name: converted in between
    lookups: { crm: [{ status: lead }, { status: customer }] }
    ${asked}
    expect: [{ at: 0s, send: sms, text: One. }]
    because: [{ rule: story, reason: guard.false, at: 1d }]
  - name: the last answer stays
    lookups: { crm: [{ status: customer }, { status: lead }] }
    given: [{ at: 0s, contact: ana, event: asked }, { at: 1h, contact: ben, event: asked }, { at: 2h, contact: cold, event: asked }]
    expect: [{ at: 1h, contact: ben, send: sms, text: One. }, { at: 1d 1h, contact: ben, send: sms, text: Two. }]
`,
    );
  });
});

describe("on_error is kept as it is written", () => {
  test("hold asks again until there is an answer, or the rule expires", async () => {
    await expectPasses(
      `guard: { lookup.crm.status: { not: customer } }\nexpires: 6h\n${text}`,
      `
  - name: back after a while
    lookups: { crm: [fails, fails, { status: lead }] }
    ${asked}
    expect: [{ at: 1m, send: sms }]
    because: [{ rule: story, reason: lookup.failed, at: 0s }]
  - name: never back
    lookups: { crm: fails }
    ${asked}
    expect: none
    because: [{ rule: story, reason: lookup.failed }, { rule: story, reason: expired, at: 6h }]
  - name: an answer of another type is none
    lookups: { crm: { status: 7 } }
    ${asked}
    expect: none
    because: [{ rule: story, reason: lookup.invalid, at: 0s }]
  - name: a value nobody declared is no answer
    lookups: { crm: { status: partner } }
    ${asked}
    expect: none
    because: [{ rule: story, reason: lookup.invalid, at: 0s }]
  - name: a number in quotes is a number
    lookups: { crm: { status: lead, score: "7" } }
    ${asked}
    expect: [{ at: 0s, send: sms }]
`,
    );
  });

  test("skip ends the enrollment, and treat_as_missing goes on", async () => {
    await expectPasses(
      `guard: { lookup.app.plan: { not: pro } }\nactions:\n  - { send: sms, text: One., when: { lookup.cache.muted: { not: true } } }\n  - { send: email, subject: Two, text: Two. }`,
      `
  - name: the database is down
    lookups: { app: fails, cache: {} }
    ${asked}
    expect: none
    because: [{ rule: story, reason: lookup.failed }]
  - name: the cache is down
    lookups: { app: {}, cache: fails }
    ${asked}
    expect: [{ at: 0s, send: sms }, { at: 0s, send: email }]
  - name: the cache has the last word on one step
    lookups: { app: {}, cache: { muted: true } }
    ${asked}
    expect: [{ at: 0s, send: email }]
    because: [{ rule: story, reason: when.false }]
  - name: nobody can be asked about a contact without an email address
    lookups: { app: {}, cache: {} }
    given: [{ at: 0s, contact: cold, event: asked }]
    expect: none
    because: [{ rule: story, reason: lookup.failed }]
`,
    );
  });

  test("steps other than sends wait for an answer, too, and leave nothing half done", async () => {
    await expectPasses(
      `actions:
  - set: { contact.status: asked, contact.lead_source: '{{ lookup.crm.owner | default: "nobody" }}' }
  - branch:
      - { when: { lookup.crm.status: lead }, do: [{ send: sms, text: Lead. }] }
      - { otherwise: [{ send: sms, text: Other. }] }
  - { tag: 'owner:{{ lookup.crm.owner | default: "nobody" }}' }`,
      `
  - name: once it answers
    lookups: { crm: [fails, { status: lead, owner: sam }] }
    ${asked}
    expect:
      - { at: 30s, set: { contact.status: asked, contact.lead_source: sam } }
      - { at: 30s, send: sms, text: Lead. }
      - { at: 30s, tag: "owner:sam" }
    because: [{ rule: story, reason: lookup.failed, at: 0s }]
  - name: never
    lookups: { crm: fails }
    ${asked}
    expect: none
`,
    );
  });
});

describe("look-ups are asked only while the verdict hinges on them", () => {
  test("conditions without look-ups decide first, wherever they stand", async () => {
    // Nothing says what the look-up finds, so asking it would fail these cases.
    await expectPasses(
      "guard:\n  any:\n    - { lookup.crm.status: lead, contact.status: open }\n    - { contact.status: vip }\n" + text,
      `
  - { name: decided against, ${asked}, expect: none, because: [{ rule: story, reason: guard.false }] }
  - name: decided for
    given:
      - { at: 0s, contact: ana, event: contact.updated, data: { traits: { status: vip } } }
      - { at: 1m, contact: ana, event: asked }
    expect: [{ at: 1m, send: sms }]
`,
    );
  });

  test("one after the other, in the order in which they are written", async () => {
    const [result] = await played(
      `guard: { lookup.crm.status: lead, lookup.app.plan: { not: pro } }\n${text}`,
      `
  - { name: one, lookups: { crm: { status: customer } }, ${asked}, expect: [{ at: 0s, send: sms }] }
`,
    );
    if (result?.outcome.status !== "failed") throw new Error("expected a failure");
    // Of the second nobody had to know.
    const why = result.outcome.failures[0]?.why[0]?.text ?? "";
    expect(why).toContain("lookup.crm.status");
    expect(why).toContain('"customer"');
    expect(why).not.toContain("lookup.app");
    expect(result.outcome.timeline.filter((line) => line.includes("look-up"))).toEqual([
      `+0s      ana: look-up crm finds {"status":"customer"}`,
    ]);
  });

  test("a text that names one forces it, and it is asked once for a message", async () => {
    await expectPasses(
      `guard: { lookup.crm.status: lead }\nactions:\n  - { send: sales, text: 'Call {{ contact.first_name | default: "them" }}', when: { lookup.crm.owner: { exists: true } } }\n  - { send: email, to: '{{ lookup.crm.owner | default: "" }}', subject: Hi, text: 'For {{ lookup.app.plan | default: "all" }}' }`,
      `
  - name: one asking for guard, when and text
    lookups: { crm: [{ status: lead, owner: sam@acme.example }, { status: lead, owner: kim@acme.example }, fails], app: { plan: free } }
    ${asked}
    expect:
      - { at: 0s, send: sales }
      - { at: 0s, send: email, to: kim@acme.example, text: For free }
  - name: the text's own look-up is down
    lookups: { crm: { status: lead, owner: sam@acme.example }, app: fails }
    ${asked}
    expect: [{ at: 0s, send: sales }]
    because: [{ rule: story, reason: lookup.failed }]
`,
    );
  });
});

test("a look-up that a case says nothing of fails it, with what to write", async () => {
  const [result] = await played(
    `guard: { lookup.crm.status: { not: customer } }\n${text}`,
    `
  - { name: one, ${asked}, expect: [{ at: 0s, send: sms }] }
`,
  );
  expect(messagesOf(result ?? never())).toEqual([
    'the look-up `crm` was asked, and the test does not say what it finds: write `lookups: { crm: { status: "lead", owner: "a text" } }` in the case, or above all cases',
  ]);
});

test("coverage asks for a case in which a look-up that must answer does not", async () => {
  const coverage = async (cases: string, guard: string) => {
    const files = {
      "heed.yaml": `${heedYaml}${lookups}`,
      "story.yaml": ruleYaml("story", `guard: { ${guard} }\n${text}`),
      "story.test.yaml": testYaml(cases),
    };
    const [rule] = (await play(files)).coverage;
    return rule?.points.filter(({ name }) => name.startsWith("lookup")).map(({ name, covered }) => [name, covered]);
  };
  const answered = `\n  - { name: one, lookups: { crm: {}, cache: {} }, ${asked}, expect: [{ at: 0s, send: sms }] }\n`;
  const failed = `\n  - { name: one, lookups: { crm: fails }, ${asked}, expect: none }\n`;
  expect(await coverage(answered, "lookup.crm.status: { not: customer }")).toEqual([["lookup.failed", false]]);
  expect(await coverage(failed, "lookup.crm.status: { not: customer }")).toEqual([["lookup.failed", true]]);
  expect(await coverage(answered, "lookup.cache.muted: { not: true }")).toEqual([]);
});

function never(): never {
  throw new Error("there is no such case");
}
