import { describe, expect, test } from "vitest";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { type Compiled, type CompiledWorkspace, compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import type { Environment } from "../../src/rulebook/environment.ts";
import { evaluate } from "../../src/conditions/evaluate.ts";
import { render } from "../../src/templates/render.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

async function compiled(files: Readonly<Record<string, string>>, env: Environment = {}): Promise<CompiledWorkspace> {
  const result = await compileWorkspace(inMemory({ "heed.yaml": heedYaml, ...files }), env);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.workspace;
}

function codesOf(result: Compiled): readonly string[] {
  return result.ok ? [] : result.problems.map(({ code }) => code);
}

const click: CanonicalEvent = {
  schema_version: 1,
  event_id: "e1",
  event_type: "email.clicked",
  occurred_at: "2026-03-06T14:00:00Z",
  received_at: "2026-03-06T14:00:01Z",
  provider: "sendgrid",
  data: { url: "https://acme.example/guides/onboarding" },
};

const everything = `
rule: everything
class: marketing
trigger:
  event: [email.clicked, lead.demo_requested]
  where: { event.data.machine: true }
  max_age: 2h
reentry: restart
delay: { between: [3m, 7m] }
guard: { contact.status: { not: customer } }
stop_on:
  - { event: Order Completed, where: { event.data.total: { gt: 5 } }, same: data.url }
expires: 7d
caps:
  - { max: 2, per: contact, channel: sms, class: marketing, within: 30d, on_exceed: defer }
actions:
  - { id: mail, send: email, subject: Hello, html: <p>Hello</p>, on_ambiguous: retry }
  - wait: 2d
  - { when: { contact.status: new }, send: sms, text: 'Hi {{ contact.account_id }}. Reply STOP to opt out.' }
  - stop: enough
retry: { attempts: 3 }
`;

describe("a compiled rule", () => {
  test("says what its file says, with durations, caps and steps understood", async () => {
    const { rulebook } = await compiled({ "everything.yaml": everything });
    const rule = rulebook.rules.get("everything");
    expect(rule).toMatchObject({
      class: "marketing",
      enabled: true,
      owner: null,
      trigger: {
        match: { events: ["email.clicked", "lead.demo_requested"], namesMachine: true },
        maxAge: { count: 2, unit: "h" },
      },
      reentry: { policy: "restart", key: null, cooldown: null },
      delay: { min: { count: 3, unit: "m" }, max: { count: 7, unit: "m" } },
      expires: { count: 7, unit: "d" },
      caps: [
        {
          max: 2,
          per: "contact",
          channel: "sms",
          class: "marketing",
          within: { kind: "rolling", length: { count: 30, unit: "d" } },
          onExceed: "defer",
        },
      ],
      stopOn: [{ same: ["data", "url"], match: { events: ["Order Completed"], namesMachine: false } }],
      retry: { attempts: 3, within: { count: 15, unit: "m" } },
    });
    expect([...(rule?.steps.values() ?? [])].map(({ id, verb }) => [id, verb])).toEqual([
      ["mail", "send"],
      ["2", "wait"],
      ["3", "send"],
      ["4", "stop"],
    ]);
    expect(rulebook.awaitedEventTypes).toEqual(new Set(["Order Completed"]));
  });

  test("has the defaults of the language where its file is silent", async () => {
    const { rulebook } = await compiled({ "small.yaml": ruleYaml("small") });
    expect(rulebook.rules.get("small")).toMatchObject({
      enabled: true,
      trigger: { maxAge: { count: 24, unit: "h" }, match: { where: null, namesMachine: false } },
      reentry: { policy: "ignore", key: null, cooldown: null },
      delay: null,
      guard: null,
      expires: { count: 30, unit: "d" },
      caps: [],
      retry: { attempts: 5, within: { count: 15, unit: "m" } },
      first: "1",
      steps: new Map([["1", expect.objectContaining({ onAmbiguous: "park", when: null, next: null })]]),
    });
  });

  test("carries conditions and texts that give answers", async () => {
    const { rulebook, templates } = await compiled({ "everything.yaml": everything });
    const rule = rulebook.rules.get("everything");
    const guard = rule?.guard;
    if (guard === null || guard === undefined) throw new Error("no guard");
    expect(await evaluate(guard, { contact: { status: "lead" }, now: 0 })).toBe(true);
    expect(await evaluate(guard, { contact: { status: "customer" }, now: 0 })).toBe(false);
    const step = rule?.steps.get("3");
    const template = step?.verb === "send" ? templates.get(step.content["text"] ?? "") : undefined;
    if (template === undefined) throw new Error("no template");
    expect(render(template, { contact: { account_id: "a1" }, now: 0 })).toEqual({
      text: "Hi a1. Reply STOP to opt out.",
    });
  });
});

test("a disabled rule is kept and compiled, and never triggered", async () => {
  const { rulebook } = await compiled({ "on.yaml": ruleYaml("on"), "off.yaml": ruleYaml("off", "enabled: false") });
  const event = { ...click, event_type: "lead.demo_requested" };
  expect(rulebook.triggered(event, { event: { ...event }, now: 0 }).map(({ id }) => id)).toEqual(["on"]);
  expect(rulebook.rules.get("off")?.enabled).toBe(false);
});

describe("the compiled workspace", () => {
  test("knows channels, pace, consent and what a reply stops", async () => {
    const { rulebook, country } = await compiled({});
    expect(country).toBe("US");
    expect(rulebook.workspace).toMatchObject({
      name: "acme",
      timeZone: "America/New_York",
      consent: { email: "opt_out", sms: "opt_in" },
      stopOnReply: "marketing",
      optOut: { keywords: ["baja"], phrases: [], onPhrase: "flag", scope: "channel", confirm: null },
    });
    expect([...rulebook.workspace.channels.values()]).toMatchObject([
      { name: "email", kind: "email", provider: "outbox", from: "Acme <hello@acme.example>", ratePerSecond: 100 },
      { name: "sms", kind: "sms", provider: "outbox", from: "+12025550100", ratePerSecond: 0.5 },
      { name: "sales", kind: "slack", provider: "outbox", from: null, ratePerSecond: null },
    ]);
  });

  const withTwilio = heedYaml.replace(
    "outbox: {}",
    'outbox: {}\n  twilio: { account_sid: "${SID}", auth_token: "${TOKEN}" }',
  );
  const env = { SID: "AC00000000000000000000000000000000", TOKEN: "hunter2-hunter2" };

  test("has the environment's values in the providers' settings", async () => {
    const { providers } = await compiled({ "heed.yaml": withTwilio }, env);
    expect(providers.get("twilio")).toEqual({ account_sid: env.SID, auth_token: env.TOKEN });
  });

  test("says for how long records are kept, in milliseconds", async () => {
    const retention = `${heedYaml}retention: { events: 90d, ledger: 60w }\n`;
    const kept = await compiled({ "heed.yaml": retention, "small.yaml": ruleYaml("small", "") });
    expect(kept.retention).toEqual({ events: 90 * 86_400_000, ledger: 420 * 86_400_000 });
    const silent = await compiled({ "heed.yaml": heedYaml, "small.yaml": ruleYaml("small", "") });
    expect(silent.retention).toEqual({ events: null, ledger: null });
  });

  test("says when rules pause themselves, and who is told", async () => {
    const guarded = `${heedYaml}self_protection: { rate_factor: 10, opt_out_rate: 5%, error_rate: 12.5% }
alerts: { channel: email, to: on-call@acme.example }
`;
    const { rulebook } = await compiled({ "heed.yaml": guarded }, {});
    expect(rulebook.workspace.selfProtection).toEqual({
      rateFactor: 10,
      optOutRate: 0.05,
      bounceRate: null,
      errorRate: 0.125,
    });
    expect(rulebook.workspace.alerts).toEqual({ channel: "email", to: "on-call@acme.example" });
  });

  test("has the environment's values in the look-ups' settings, and how each text is written", async () => {
    const lookups = `${heedYaml}lookups:
  crm: { http: { url: "https://crm.example/{{ contact.id }}", auth: { bearer: "\${TOKEN}" } } }
  sf: { salesforce: { instance_url: "https://a.my.salesforce.com", client_id: i, client_secret: "\${TOKEN}", query: "select Id from Contact where Email = '{{ contact.email }}'" } }
`;
    const { lookupSettings, rulebook, templates } = await compiled({ "heed.yaml": lookups }, env);
    expect(lookupSettings.get("crm")).toMatchObject({ http: { auth: { bearer: env.TOKEN } } });
    const kinds = [...rulebook.workspace.lookups.values()].flatMap(({ texts }) =>
      Object.entries(texts).map(([place, id]) => [place, templates.get(id)?.kind]),
    );
    expect(kinds).toEqual([
      ["http.url", "url"],
      ["salesforce.query", "soql"],
    ]);
  });

  test("is refused when a variable is not set, by name, and without any value", async () => {
    const result = await compileWorkspace(inMemory({ "heed.yaml": withTwilio }), { SID: env.SID, TOKEN: "" });
    expect(codesOf(result)).toEqual(["HEED210"]);
    expect(JSON.stringify(result)).toContain("TOKEN");
    expect(JSON.stringify(result)).not.toContain(env.SID);
  });

  test("is refused when the provider does not accept a variable's value, which is not repeated", async () => {
    const result = await compileWorkspace(inMemory({ "heed.yaml": withTwilio }), {
      SID: "SK-not-an-account",
      TOKEN: "hunter2-hunter2",
    });
    expect(codesOf(result)).toEqual(["HEED213"]);
    expect(JSON.stringify(result)).not.toMatch(/SK-not-an-account|hunter2/);
  });

  test("is all or nothing: one broken rule among many and there is no rulebook", async () => {
    const good = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`rule-${n}.yaml`, ruleYaml(`rule-${n}`)]));
    const result = await compileWorkspace(
      inMemory({ "heed.yaml": heedYaml, ...good, "bad.yaml": ruleYaml("bad", "delya: 5m") }),
      {},
    );
    expect(codesOf(result)).toEqual(["HEED101"]);
  });

  test("is not refused for warnings", async () => {
    const result = await compileWorkspace(
      inMemory({ "heed.yaml": heedYaml, "a.yaml": ruleYaml("a").replace("owner: growth-ops\n", "") }),
      {},
    );
    expect(result.ok && result.warnings.map(({ code }) => code)).toEqual(["HEED403"]);
  });
});

describe("a digest", () => {
  const digests = async (rule: string) => {
    const { rulebook } = await compiled({ "a.yaml": rule });
    return [rulebook.digest, rulebook.rules.get("a")?.digest];
  };
  const plain = ruleYaml("a", "delay: 5m\nexpires: 2d");

  test("is the same whatever the order of keys, the comments and the quoting", async () => {
    const reordered = `# a comment\nactions: [{ text: "Hello.", send: 'sms' }]\n${ruleYaml("a", "expires: 2d # soon\ndelay: 5m").replace(/actions:[^]*$/, "")}`;
    expect(await digests(reordered)).toEqual(await digests(plain));
    expect(await digests(plain.replaceAll("\n", "\r\n"))).toEqual(await digests(plain));
  });

  test("differs when a rule or the workspace does", async () => {
    const [book, rule] = await digests(plain);
    const [otherBook, otherRule] = await digests(plain.replace("5m", "6m"));
    expect(otherRule).not.toBe(rule);
    expect(otherBook).not.toBe(book);
    const elsewhere = await compiled({ "heed.yaml": heedYaml.replace("max: 3", "max: 4"), "a.yaml": plain });
    expect(elsewhere.rulebook.digest).not.toBe(book);
    expect(elsewhere.rulebook.rules.get("a")?.digest).toBe(rule);
  });
});

test("the example workspace compiles, needs no environment and has no warnings", async () => {
  const result = await compileWorkspace("rules", {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  expect(result.warnings).toEqual([]);
  expect([...result.workspace.rulebook.rules.keys()]).toEqual(
    expect.arrayContaining(["clicked-guide-sms", "lead-triage", "sales-demo", "support-ticket", "verification-sms"]),
  );
  const triggered = (event: CanonicalEvent) =>
    result.workspace.rulebook.triggered(event, { event: { ...event }, now: 0 }).map(({ id }) => id);
  expect(triggered(click).toSorted()).toEqual(["clicked-guide-sms", "re-engagement"]);
  expect(triggered({ ...click, data: { url: "https://acme.example/pricing" } })).toEqual(["re-engagement"]);
  expect(triggered({ ...click, data: { ...click.data, machine: true } })).toEqual([]);
});
