import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import { newestSecret } from "../signed-request.ts";
import { readSettings, type Settings } from "../settings.ts";
import {
  defaultToleranceMs,
  readWebhookKeys,
  rehearsedHeaders,
  verifyStandardWebhook,
  type WebhookKey,
} from "../standard-webhooks.ts";
import { normalizeStandardWebhook } from "./normalize.ts";

/**
 * Any system that signs as Standard Webhooks says (https://www.standardwebhooks.com), your own among them. The same
 * secret lets it post canonical events to `/v1/events`.
 */
export const standardWebhooks: ProviderDefinition = {
  name: "standard_webhooks",
  title: "Standard Webhooks",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "HMAC-SHA256 or ed25519 over id, time and body", replay: "signed time" },
  sign(settings, body, now) {
    const headers = rehearsedHeaders(body, now, newestSecret(settings, "secret"));
    return headers === null ? null : { path: "/webhooks/standard_webhooks", headers, body };
  },
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readStandardWebhooks);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      create: async ({ readPhone }) => ({
        name: "standard_webhooks",
        inbound: {
          contentTypes: ["application/json"],
          verify: (request, now) => verifyStandardWebhook(request, settings, now),
          normalize: (request, now) => normalizeStandardWebhook(request, readPhone, now),
        },
        outbound: null,
      }),
    };
  },
};

function readStandardWebhooks(settings: Settings): {
  readonly keys: readonly WebhookKey[];
  readonly toleranceMs: number;
} {
  const given = settings.strings("secret");
  if (given.length === 0) settings.report("secret", "is required: what the sender signs with");
  return {
    keys: readWebhookKeys(settings, "secret"),
    toleranceMs: settings.duration("tolerance", defaultToleranceMs),
  };
}
