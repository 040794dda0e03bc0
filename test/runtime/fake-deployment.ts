import type { Rulebook } from "../../src/core/model/rulebook.ts";
import type { Outbound, Provider } from "../../src/providers/provider.ts";
import type { Deployed } from "../../src/runtime/parts.ts";
import { compileTemplate } from "../../src/templates/compile-template.ts";

/** A vendor named `fake`, as the channels of `core/given.ts` want it. */
export function fakeProvider(calls: Pick<Outbound, "send" | "reconcile">, lookup = false): Provider {
  const capabilities = { kinds: ["sms", "email", "slack"], idempotencyKey: false, lookup } as const;
  return { name: "fake", inbound: null, outbound: { capabilities, timeoutMs: 15_000, async close() {}, ...calls } };
}

/** Rules that speak through it; every send says `text`. */
export function deployedOf(rulebook: Rulebook, provider: Provider, text = "Hello."): Deployed {
  const compiled = compileTemplate(text, "text");
  if (!("template" in compiled)) throw new Error("the template does not compile");
  const templates = new Map([["hello", compiled.template]]);
  const rest = {
    providers: new Map(),
    webhookSources: new Map(),
    definitions: new Map(),
    lookupSettings: new Map(),
    retention: { events: null, ledger: null },
    country: "US",
    sources: new Map(),
    recompile: () => null,
  };
  return { workspace: { rulebook, templates, ...rest }, providers: new Map([["fake", provider]]) };
}

/** A canonical `lead.created` of this contact, at this moment. */
export function leadAt(now: number, contact: string, fields: object = {}) {
  const at = new Date(now).toISOString();
  return {
    schema_version: 1,
    event_id: `e-${contact}`,
    event_type: "lead.created",
    occurred_at: at,
    received_at: at,
    provider: "test",
    contact_id: contact,
    address: { phone: "+12025550143" },
    data: {},
    ...fields,
  };
}
