import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutgoingMessage, SendOutcome } from "../../src/core/model/outgoing.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { HOUSE_ACCOUNT } from "../../src/runtime/house-documents.ts";
import { decideRunsOf, type RunsOfVersion } from "../../src/runtime/rule-versions.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { inMemory } from "../rulebook/in-memory.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";

/** From the author's text to the message: the compiler, the engine and the reference store, on a clock of our own. */

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }
  sms:
    kind: sms
    provider: outbox
    from: "+12025550100"
    quiet_hours: { from: "21:00", to: "08:00" }
    price: { per_segment: 0.0083 USD, prefixes: { "+44": 0.0400 USD } }
  sales: { kind: slack, provider: outbox }
contacts:
  fields:
    first_name: { type: string }
    lead_source: { type: string }
    score: { type: integer }
events:
  lead.created: { data: { source: string, score: string } }
  lead.qualified: { data: { source: string } }
  Pricing Page Viewed: { data: { plan_name: string } }
  Order Completed: { data: { order_id: string, revenue: number } }
consent: { sms: opt_out, email: opt_out }
budgets:
  - { channel: sms, max: 0.0200 USD, per: day }
limits: { sms_segments: 2, first_day: 100 }
`;

const files = {
  "templates/welcome.liquid": "Welcome, {{ contact.first_name | default: 'there' }}",
  "templates/welcome.html.liquid": "<p>Welcome, {{ contact.first_name | default: 'there' }}</p>\n",
  "leads/lead-triage.yaml": `
rule: lead-triage
description: Sorts leads by their source.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
reentry: { policy: ignore, cooldown: 7d }
actions:
  - set:
      contact.lead_source: "{{ event.data.source | default: 'unknown' }}"
      contact.score: "{{ event.data.score | default: 0 }}"
  - branch:
      on: event.data.source
      cases:
        webinar:
          - tag: "source:{{ event.data.source | default: 'unknown' }}"
      otherwise:
        - stop: nothing to follow up
  - when: { contact.score: { gte: 5 } }
    emit: { event: lead.qualified, data: { source: "{{ contact.lead_source | default: 'unknown' }}" } }
`,
  "leads/webinar-nurture.yaml": `
rule: webinar-nurture
description: Two follow-ups for those who came by a webinar.
owner: growth-ops
class: transactional
trigger:
  event: contact.tagged
  where: { event.data.tag: "source:webinar" }
window: { days: [mon, tue, wed, thu, fri], from: "09:15", to: "17:00", zone: contact }
stop_on:
  - event: Order Completed
actions:
  - { send: [sms, email], subject: Welcome, template: welcome }
  - wait_for:
      event: email.clicked
      timeout: 2d
      then:
        - { send: sales, text: "A lead clicked" }
      otherwise:
        - wait: { until: "10:00" }
        - { send: email, subject: Still there?, text: "Hello again" }
`,
  "leads/tell-sales.yaml": `
rule: tell-sales
description: Tells sales of qualified leads that were not told of yet.
owner: sales-ops
class: transactional
trigger: { event: lead.qualified }
guard:
  did: { event: lead.created, within: 30d, at_least: 1 }
  was_not_sent: { channel: sales, rule: this, within: 30d }
actions:
  - { send: sales, text: "A lead from {{ event.data.source | default: 'somewhere' }}" }
`,
};

let clock: VirtualClock;
let slept: number;
let store: Store;
let sent: (OutgoingMessage & { readonly at: string })[];
let answers: SendOutcome[];
let engine: Engine;
let count: number;

async function start(rules: Readonly<Record<string, string>>): Promise<void> {
  const compiled = await compileWorkspace(inMemory({ "heed.yaml": heed, ...rules }), {});
  if (!compiled.ok)
    throw new Error(compiled.problems.map(({ code, file, message }) => `${code} ${file}: ${message}`).join("\n"));
  const outbound: Provider["outbound"] = {
    capabilities: { kinds: ["sms", "email", "slack"], idempotencyKey: false, lookup: false },
    timeoutMs: 15_000,
    async send(message) {
      sent.push({ ...message, at: new Date(clock.now()).toISOString() });
      return answers.shift() ?? { kind: "accepted", providerMessageId: `p${sent.length}` };
    },
    async close() {},
  };
  const providers = new Map([["outbox", { name: "outbox", inbound: null, outbound }]]);
  const log = { info() {}, warn() {}, error() {} };
  engine = await startEngine(
    { store, clock, log, metrics: createMetrics() },
    { workspace: compiled.workspace, providers },
  );
}

async function event(event_type: string, data: object = {}, fields: object = {}): Promise<void> {
  count += 1;
  const at = new Date(clock.now()).toISOString();
  const body = {
    schema_version: 1,
    event_id: `e${count}`,
    event_type,
    occurred_at: at,
    received_at: at,
    provider: "test",
    contact_id: "ana",
    address: { phone: "+13105550143", email: "ana@example.com" },
    data,
    ...fields,
  };
  await store.append([
    { id: `e${count}`, key: `id:${body.contact_id}`, body: new TextEncoder().encode(JSON.stringify(body)) },
  ]);
  await clock.pass(1_000);
}

/** Lets the house sleep until a second before this moment, when nothing is due, and then lives through it. */
async function until(moment: string): Promise<void> {
  slept += Date.parse(moment) - 1_000 - clock.now();
  await clock.pass(3_000);
}

const told = () => sent.map(({ ruleId, channel, at }) => `${ruleId} ${channel} ${at.slice(0, 16)}`);

beforeEach(() => {
  const awake = virtualClock(Date.parse("2026-03-07T02:00:00-08:00"));
  slept = 0;
  clock = { ...awake, now: () => awake.now() + slept };
  store = openMemoryStore({ clock });
  sent = [];
  answers = [];
  count = 0;
});

afterEach(async () => {
  const stopping = engine.stop(1_000);
  await clock.pass(2_000);
  await stopping;
  await store.close();
});

describe("leads, sorted and followed up", () => {
  test("a webinar's lead at 2 AM on a Saturday hears at 9:15 on Monday in its own zone, and again when it is silent", async () => {
    await start(files);
    await event("lead.created", { source: "webinar", score: "7" });
    await until("2026-03-09T16:15:00Z");
    await until("2026-03-11T16:15:00Z");
    await until("2026-03-11T17:00:00Z");
    expect(told()).toEqual([
      "tell-sales sales 2026-03-07T10:00",
      "webinar-nurture sms 2026-03-09T16:15",
      "webinar-nurture email 2026-03-11T17:00",
    ]);
    expect(sent[0]?.content).toEqual({ text: "A lead from webinar" });
    expect(sent[1]?.content["text"]).toBe("Welcome, there");
  });

  test("a click goes to sales instead, and an order ends it all", async () => {
    await start(files);
    await event("lead.created", { source: "webinar", score: "1" });
    await until("2026-03-09T16:15:00Z");
    await until("2026-03-09T22:00:00Z");
    await event("email.clicked");
    expect(told()).toEqual(["webinar-nurture sms 2026-03-09T16:15", "webinar-nurture sales 2026-03-09T22:00"]);
  });

  test("another source stops, and the same lead is not taken twice in a week", async () => {
    await start(files);
    await event("lead.created", { source: "fair", score: "9" });
    await event("lead.created", { source: "webinar", score: "9" });
    await clock.pass(5_000);
    expect(sent).toEqual([]);
  });
});

describe("a rule that is edited while people are in it", () => {
  const reminder = (text: string, more = "") => `
rule: reminder
description: Says something a day later.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
${more}
actions:
  - wait: 1d
  - { send: email, subject: Hello, template: ${text} }
`;
  const before = { "a/reminder.yaml": reminder("first"), "templates/first.liquid": "The first words" };
  const after = { "templates/second.liquid": "Other words" };

  /** `decided` of the version that is left, before the next one is deployed. */
  async function restarted(
    next: Readonly<Record<string, string>>,
    decided: readonly RunsOfVersion[] = [],
  ): Promise<readonly unknown[]> {
    await start(before);
    await event("lead.created");
    const stopping = engine.stop(1_000);
    await clock.pass(2_000);
    await stopping;
    for (const runs of decided) await decide(runs);
    await start(next);
    await event("lead.created", {}, { contact_id: "ben", address: { email: "ben@example.com" } });
    slept += 25 * 3_600_000;
    await clock.pass(5_000);
    return sent.map(({ to, content }) => [to, content["text"]]).toSorted();
  }

  test("lets them finish with what they began with, over a restart, and begins anew with the new", async () => {
    expect(await restarted({ ...after, "a/reminder.yaml": reminder("second") })).toEqual([
      ["ana@example.com", "The first words"],
      ["ben@example.com", "Other words"],
    ]);
  });

  test("takes them over when it says so", async () => {
    expect(await restarted({ ...after, "a/reminder.yaml": reminder("second", "on_change: migrate") })).toEqual([
      ["ana@example.com", "Other words"],
      ["ben@example.com", "Other words"],
    ]);
  });

  async function decide(runs: RunsOfVersion): Promise<void> {
    const compiled = await compileWorkspace(inMemory({ "heed.yaml": heed, ...before }), {});
    const digest = compiled.ok ? compiled.workspace.rulebook.rules.get("reminder")?.digest : undefined;
    const said = { by: "olga", at: clock.now(), note: "wrong price" };
    await decideRunsOf(store, { ...said, runs, versions: { reminder: digest ?? "", "never-ran": "1" } });
  }

  const ben = ["ben@example.com", "Other words"];

  test("takes them over, ends them or lets them finish as a person decides, whatever it says itself", async () => {
    const next = { ...after, "a/reminder.yaml": reminder("second") };
    expect(await restarted(next, ["migrate"])).toEqual([["ana@example.com", "Other words"], ben]);
    const lines = (await store.history(HOUSE_ACCOUNT, { limit: 10 })).map(({ body }) => new TextDecoder().decode(body));
    expect(lines.filter((line) => line.includes("wrong price"))).toEqual([
      expect.stringMatching(/"rule":"reminder".*"actor":"olga".*"runs":"migrate"/),
    ]);
  });

  test("ends them when a person decides so", async () => {
    expect(await restarted({ ...after, "a/reminder.yaml": reminder("second") }, ["cancel"])).toEqual([ben]);
  });

  test("lets them finish again when a person takes that back", async () => {
    expect(await restarted({ ...after, "a/reminder.yaml": reminder("second") }, ["cancel", "finish"])).toEqual([
      ["ana@example.com", "The first words"],
      ben,
    ]);
  });

  test("and moved to another id still lets them finish", async () => {
    const moved = reminder("second", "moved: { from: reminder }").replace("rule: reminder", "rule: later");
    expect(await restarted({ ...after, "a/later.yaml": moved })).toEqual([
      ["ana@example.com", "The first words"],
      ["ben@example.com", "Other words"],
    ]);
  });
});
