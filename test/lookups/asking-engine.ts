import type { JsonObject } from "../../src/core/model/json.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { OutgoingMessage } from "../../src/core/model/outgoing.ts";
import type { Clock } from "../../src/core/model/clock.ts";
import { configuredLookups } from "../../src/cli/open-lookups.ts";
import { createDesk, type Desk } from "../../src/lookups/desk.ts";
import { type Lookups, openLookups } from "../../src/lookups/lookups.ts";
import type { LookupSource } from "../../src/lookups/source.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { type CompiledWorkspace, compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { startEngine } from "../../src/runtime/engine.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { inMemory } from "../rulebook/in-memory.ts";
import { leadAt } from "../runtime/fake-deployment.ts";

/** An engine on the reference store whose rules ask look-ups; the vendor takes everything at once. */
export interface AskingEngine {
  readonly sent: (OutgoingMessage & { readonly at: number })[];
  readonly logged: string[];
  event(contact: string, type: string, more?: JsonObject): Promise<void>;
  /** Reasons in the account of a contact, without those of events, oldest first. */
  reasons(contact: string): Promise<readonly string[]>;
  account(contact: string): Promise<readonly LedgerRecord[]>;
  stop(): Promise<void>;
}

const silent = {
  lookupEnded: () => undefined,
  lookupCached: () => undefined,
  lookupsInFlight: () => undefined,
  lookupBreaker: () => undefined,
};

/** `lookups` in YAML, `rules` by id: what follows their head. */
export async function workspaceAsking(
  lookups: string,
  rules: Readonly<Record<string, string>>,
  rate = "",
): Promise<CompiledWorkspace> {
  const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels: { sms: { kind: sms, provider: outbox, from: "+12025550100"${rate} } }
contacts: { fields: { first_name: { type: string } } }
events: { ask: {}, plain: {}, both: {} }
lookups:
${lookups}`;
  const files = Object.entries(rules).map(([id, rest]): [string, string] => [
    `${id}.yaml`,
    `rule: ${id}\ndescription: For a test.\nowner: growth-ops\nclass: transactional\n${rest}`,
  ]);
  const compiled = await compileWorkspace(inMemory({ "heed.yaml": heed, ...Object.fromEntries(files) }), {});
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("\n"));
  return compiled.workspace;
}

/** Look-ups whose source is the test's own; the desk in front of it is the real one. */
export function scriptedLookups(
  clock: Clock,
  workspace: CompiledWorkspace,
  fetch: LookupSource["fetch"],
  timeoutMs = 10_000,
): Pick<Lookups, "ask" | "close"> {
  const source: LookupSource = {
    repeatable: false,
    atOnce: 16,
    fetch,
    probe: async () => "",
    close: async () => undefined,
  };
  const desks = new Map<string, Desk>(
    [...workspace.lookupSettings.keys()].map((name) => [
      name,
      createDesk({ name, clock, source, watch: silent, timeoutMs, goodForMs: 0, fields: null }),
    ]),
  );
  return {
    ask: (name, texts) => desks.get(name)?.ask(texts) ?? { kind: "failed" },
    close: async () => void (await Promise.all([...desks.values()].map((desk) => desk.close()))),
  };
}

/** The look-ups as they are configured, with their real sources. */
export function realLookups(clock: Clock, workspace: CompiledWorkspace): Pick<Lookups, "ask" | "close"> {
  return openLookups(configuredLookups(workspace), { clock, watch: silent }).lookups;
}

export async function startAsking(
  clock: Clock,
  workspace: CompiledWorkspace,
  lookups: Pick<Lookups, "ask" | "close">,
): Promise<AskingEngine> {
  const store = openMemoryStore({ clock });
  const sent: AskingEngine["sent"] = [];
  const logged: string[] = [];
  const outbox: Provider = {
    name: "outbox",
    inbound: null,
    outbound: {
      capabilities: { kinds: ["sms"], idempotencyKey: true, lookup: false },
      timeoutMs: 15_000,
      async send(message) {
        sent.push({ ...message, at: clock.now() });
        return { kind: "accepted", providerMessageId: `p${sent.length}` };
      },
      async close() {},
    },
  };
  const tell = (message: string, fields: object = {}): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const parts = { store, clock, log: { info: tell, warn: tell, error: tell }, metrics: createMetrics() };
  const engine = await startEngine(parts, { workspace, providers: new Map([["outbox", outbox]]), lookups });
  let events = 0;
  const phones = new Map<string, string>();
  const account = async (contact: string): Promise<readonly LedgerRecord[]> => {
    const entries = await store.history(`id:${contact}`, { limit: 500 });
    return entries.map(({ body }) => JSON.parse(new TextDecoder().decode(body)) as LedgerRecord).toReversed();
  };
  return {
    sent,
    logged,
    account,
    async event(contact, type, more = {}) {
      events += 1;
      const id = `e${events}`;
      const phone = phones.get(contact) ?? `+1202555${1_000 + phones.size}`;
      phones.set(contact, phone);
      const event = leadAt(clock.now(), contact, { event_id: id, event_type: type, address: { phone }, ...more });
      await store.append([{ id, key: `id:${contact}`, body: new TextEncoder().encode(JSON.stringify(event)) }]);
    },
    reasons: async (contact) =>
      (await account(contact)).flatMap(({ kind, reason }) => (kind === "event" ? [] : (reason ?? []))),
    async stop() {
      await engine.stop(1_000);
      await lookups.close();
      await store.close();
    },
  };
}
