import { describe, expect, test } from "vitest";
import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import type { WorkspaceChange } from "../../../src/plan/plan.ts";
import { ruleYaml } from "../../rulebook/in-memory.ts";
import { sideOf } from "../sides.ts";

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers:
  outbox: {}
  twilio: { account_sid: "\${TWILIO_SID}", auth_token: "\${TWILIO_TOKEN}" }
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>", rate: 100/s }
  sms:
    kind: sms
    provider: twilio
    from: "+12025550100"
    rate: 60/m
    quiet_hours: { from: "21:00", to: "08:00" }
    price: { per_segment: 0.0083 USD, prefixes: { "+44": 0.0400 USD } }
  sales: { kind: slack, provider: outbox }
contacts: { fields: { plan: { type: string }, first_name: { type: string } } }
events: { lead.demo_requested: {}, cart.left: {} }
consent: { sms: opt_in }
caps:
  - { max: 3, per: contact, class: marketing, within: 7d }
  - { max: 9, per: contact, class: transactional, channel: sms, within: 7d }
budgets: [{ channel: sms, max: 50.00 USD, per: day }]
opt_out: { keywords: [baja, alto] }
lookups:
  crm:
    http: { url: "https://crm.example.com/{{ contact.id | default: '0' }}", headers: { authorization: "Bearer \${CRM_TOKEN}" } }
    fields: { status: { type: string } }
alerts: { channel: sales }
`;

const files = {
  "texts.yaml": ruleYaml("texts"),
  "mails.yaml": ruleYaml("mails", "guard: { lookup.crm.status: new }").replace(
    "{ send: sms, text: Hello. }",
    "{ send: email, subject: Hi, template: hello }",
  ),
  "offers.yaml": ruleYaml("offers", "guard: { contact.plan: pro }")
    .replace("class: transactional", "class: marketing")
    .replace("text: Hello.", "text: \"Hello {{ contact.first_name | default: 'you' }}. Reply STOP to end.\""),
  "templates/hello.liquid": "Hello.\nHow are you?\n",
};

function changesOf(from: string, to: string): readonly WorkspaceChange[] {
  if (!heed.includes(from)) throw new Error(`${from} is not there`);
  const base = sideOf({ "heed.yaml": heed, ...files });
  return compareWorkspaces(base, sideOf({ "heed.yaml": heed.replace(from, to), ...files })).workspaceChanges;
}

type Said = readonly [string, unknown, unknown, WorkspaceChange["class"], readonly string[]];

const said = ({ path, before, after, class: of, rules }: WorkspaceChange): Said => [path, before, after, of, rules];

const everybody = ["mails", "offers", "texts"];

describe("a change of heed.yaml has a class and the rules that it governs", () => {
  test.each<[string, string, string, Said]>([
    ["quiet hours", '"08:00"', '"07:00"', ["channels.sms.quiet_hours.to", "08:00", "07:00", "timing", ["offers"]]],
    ["a rate in other words", "60/m", "1/s", ["channels.sms.rate", "60/m", "1/s", "cosmetic", ["offers", "texts"]]],
    ["a rate", "60/m", "2/s", ["channels.sms.rate", "60/m", "2/s", "volume", ["offers", "texts"]]],
    [
      "a price in other words",
      "0.0400 USD",
      "0.04 USD",
      ["channels.sms.price.prefixes.+44", "0.0400 USD", "0.04 USD", "cosmetic", ["offers", "texts"]],
    ],
    [
      "a provider",
      "sms\n    provider: twilio",
      "sms\n    provider: outbox",
      ["channels.sms.provider", "twilio", "outbox", "route", ["offers", "texts"]],
    ],
    [
      "consent",
      "consent: { sms: opt_in }",
      "consent: { sms: opt_out }",
      ["consent.sms", "opt_in", "opt_out", "safety", ["offers"]],
    ],
    [
      "consent that nobody wrote",
      "consent: { sms: opt_in }",
      "consent: { sms: opt_in, email: opt_out }",
      ["consent.email", "opt_in", "opt_out", "safety", []],
    ],
    ["a cap", "max: 3", "max: 5", ["caps[0].max", 3, 5, "volume", ["offers"]]],
    [
      "a cap that is gone",
      "  - { max: 3, per: contact, class: marketing, within: 7d }\n",
      "",
      ["caps[0]", { max: 3, per: "contact", class: "marketing", within: "7d" }, null, "volume", ["offers"]],
    ],
    ["a budget", "50.00 USD", "60.00 USD", ["budgets[0].max", "50.00 USD", "60.00 USD", "volume", ["offers", "texts"]]],
    [
      "opt-out words in another order",
      "[baja, alto]",
      "[alto, baja]",
      ["opt_out.keywords", ["baja", "alto"], ["alto", "baja"], "cosmetic", everybody],
    ],
    ["opt-out words", "[baja, alto]", "[baja]", ["opt_out.keywords", ["baja", "alto"], ["baja"], "safety", everybody]],
    [
      "a look-up",
      "https://crm.",
      "https://crm2.",
      [
        "lookups.crm.http.url",
        "https://crm.example.com/{{ contact.id | default: '0' }}",
        "https://crm2.example.com/{{ contact.id | default: '0' }}",
        "route",
        ["mails"],
      ],
    ],
    [
      "a field",
      "first_name: { type: string }",
      "first_name: { type: string, required: true }",
      ["contacts.fields.first_name.required", null, true, "state", ["offers"]],
    ],
    ["an event", "cart.left: {}", "cart.left: {}, cart.bought: {}", ["events.cart.bought", null, {}, "state", []]],
    [
      "the zone",
      "America/New_York",
      "Europe/Berlin",
      ["time_zone", "America/New_York", "Europe/Berlin", "timing", everybody],
    ],
    [
      "a limit by its default",
      "alerts:",
      "limits: { sms_segments: 3 }\nalerts:",
      ["limits.sms_segments", 3, 3, "cosmetic", ["offers", "texts"]],
    ],
    ["whom to tell", "alerts: { channel: sales }", "", ["alerts", { channel: "sales" }, null, "route", []]],
    [
      "how long is kept what was",
      "alerts:",
      "retention: { events: 90d }\nalerts:",
      ["retention.events", null, "90d", "state", []],
    ],
  ])("%s", (_, from, to, expected) => {
    expect(changesOf(from, to).map(said)).toEqual([expected]);
  });

  test("what only its words changed touches nobody", () => {
    const base = sideOf({ "heed.yaml": heed, ...files });
    const same = sideOf({ "heed.yaml": heed.replace("60/m", "1/s"), ...files });
    expect([...compareWorkspaces(base, same).touched]).toEqual([]);
    const other = sideOf({ "heed.yaml": heed.replace("60/m", "2/s"), ...files });
    expect([...compareWorkspaces(base, other).touched]).toEqual(["offers", "texts"]);
  });

  test("it is shown where it stands", () => {
    expect(changesOf("max: 3", "max: 5")).toMatchObject([{ file: "heed.yaml", line: 22 }]);
  });
});

describe("secrets", () => {
  test("are told by the names of their variables, and are a matter of safety", () => {
    expect(changesOf("${TWILIO_TOKEN}", "${OTHER_TOKEN}").map(said)).toEqual([
      ["providers.twilio.auth_token", "${TWILIO_TOKEN}", "${OTHER_TOKEN}", "safety", ["offers", "texts"]],
    ]);
    expect(changesOf("Bearer ${CRM_TOKEN}", "Bearer ${NEW_TOKEN}")).toMatchObject([
      { path: "lookups.crm.http.headers.authorization", after: "Bearer ${NEW_TOKEN}", class: "safety" },
    ]);
  });

  test("that stand in the file all the same are not repeated, alone or among others", () => {
    const allowed = (token: string) =>
      heed.replace(
        /  twilio: .*\n/,
        `  # heed allow HEED401 until 2099-01-31: a test account\n  twilio: { account_sid: "\${TWILIO_SID}", auth_token: "${token}" }\n`,
      );
    const base = sideOf({ "heed.yaml": allowed("correct horse"), ...files });
    const head = sideOf({ "heed.yaml": allowed("battery staple"), ...files });
    const { workspaceChanges } = compareWorkspaces(base, head);
    expect(workspaceChanges).toMatchObject([
      { path: "providers.twilio.auth_token", before: "(not shown)", after: "(not shown)" },
    ]);
    const without = sideOf({
      "heed.yaml": heed.replace(/  twilio: .*\n/, "").replace("provider: twilio", "provider: outbox"),
      ...files,
    });
    const added = compareWorkspaces(without, head).workspaceChanges.find(({ path }) => path === "providers.twilio");
    expect(added).toMatchObject({
      class: "safety",
      after: { account_sid: "${TWILIO_SID}", auth_token: "(not shown)" },
    });
    expect(JSON.stringify([workspaceChanges, added])).not.toMatch(/horse|staple/);
  });
});

test("a secret that a waiver let into a rule is not repeated either", () => {
  const allowed = (word: string) =>
    ruleYaml("texts").replace(
      "description: For a test.",
      `# heed allow HEED401 until 2099-01-31: it was a test\ndescription: See https://bot:${word}@wiki.example.com/leads.`,
    );
  const side = (word: string) => sideOf({ "heed.yaml": heed, ...files, "texts.yaml": allowed(word) });
  const { ruleChanges } = compareWorkspaces(side("hunter2"), side("hunter3"));
  expect(ruleChanges).toMatchObject([
    { attributes: [{ path: "description", before: "(not shown)", after: "(not shown)" }] },
  ]);
});

describe("shared texts", () => {
  const base = sideOf({ "heed.yaml": heed, ...files });

  test("touch the rules that send them", () => {
    const head = sideOf({ "heed.yaml": heed, ...files, "templates/hello.liquid": "Hello.\nAre you well?\n" });
    const { ruleChanges, workspaceChanges, touched } = compareWorkspaces(base, head);
    expect(ruleChanges).toEqual([]);
    expect(workspaceChanges.map(said)).toEqual([
      ["templates/hello", "Hello.\nHow are you?", "Hello.\nAre you well?", "content", ["mails"]],
    ]);
    expect(workspaceChanges[0]).toMatchObject({ file: "templates/hello.liquid", line: 2 });
    expect([...touched]).toEqual(["mails"]);
  });

  test("that come are new", () => {
    const head = sideOf({ "heed.yaml": heed, ...files, "templates/hello.html.liquid": "<p>Hello.</p>\n" });
    expect(compareWorkspaces(base, head).workspaceChanges.map(said)).toEqual([
      ["templates/hello.html", null, "<p>Hello.</p>", "content", ["mails"]],
    ]);
  });
});

test("tests and fixtures change nothing", () => {
  const base = sideOf({ "heed.yaml": heed, ...files });
  const head = sideOf({ "heed.yaml": heed, ...files, "fixtures/people.yaml": "contacts: { bob: { id: c2 } }\n" });
  expect(compareWorkspaces(base, head)).toEqual({ ruleChanges: [], workspaceChanges: [], touched: new Set() });
});
