import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Capabilities } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readWebhookSettings } from "./settings.ts";

/** Whoever keeps to Standard Webhooks knows a repetition by its id. */
const capabilities: Capabilities = { kinds: ["webhook"], idempotencyKey: true, lookup: false };

export const webhook: ProviderDefinition = {
  name: "webhook",
  title: "Webhook",
  capabilities,
  correlation: "webhook-id",
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readWebhookSettings);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      async create({ clock }) {
        const { openWebhook } = await import("./send.ts");
        return { name: "webhook", inbound: null, outbound: openWebhook(settings, capabilities, clock) };
      },
    };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).webhookFake,
};
