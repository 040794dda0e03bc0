import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Capabilities } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readZendeskSettings } from "./settings.ts";

/** Zendesk forgets an idempotency key after some hours; a ticket's `external_id` it does not. */
const capabilities: Capabilities = { kinds: ["ticket"], idempotencyKey: true, lookup: true };

export const zendesk: ProviderDefinition = {
  name: "zendesk",
  title: "Zendesk",
  capabilities,
  correlation: "external_id",
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readZendeskSettings);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      async create({ clock }) {
        const { openZendesk } = await import("./send.ts");
        return {
          name: "zendesk",
          inbound: null,
          outbound: openZendesk(settings, capabilities, clock),
          probe: async () => (await import("./probe.ts")).probeZendesk(settings, clock),
        };
      },
    };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).zendeskFake,
};
