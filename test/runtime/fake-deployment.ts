import type { Rulebook } from "../../src/core/model/rulebook.ts";
import type { Outbound, Provider } from "../../src/providers/provider.ts";
import type { CompiledWorkspace } from "../../src/rulebook/compile-workspace.ts";
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
  const workspace = workspaceOf(rulebook, new Map([["hello", compiled.template]]));
  return { workspace, providers: new Map([["fake", provider]]) };
}

/** A compiled workspace with these rules, and nothing else in it. */
export function workspaceOf(
  rulebook: Rulebook,
  templates: CompiledWorkspace["templates"] = new Map(),
): CompiledWorkspace {
  return {
    rulebook,
    templates,
    providers: new Map(),
    webhookSources: new Map(),
    definitions: new Map(),
    lookupSettings: new Map(),
    retention: { events: null, ledger: null },
    country: "US",
    sources: new Map(),
    recompile: () => null,
  };
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
