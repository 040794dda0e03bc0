import type { Json } from "../../core/model/json.ts";
import { isJsonArray } from "../../core/model/parse-json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import { readEach, readJsonBody, type ReadPhone } from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { verifyShared } from "../secret.ts";
import { readSettings, type Settings } from "../settings.ts";
import { readSpecCall, specEventData } from "../spec-events.ts";

/** RudderStack's webhook destination. It forwards calls of the Segment Spec as they are and signs nothing. */
export const rudderstack: ProviderDefinition = {
  name: "rudderstack",
  title: "RudderStack",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "a secret header", replay: "event ids" },
  eventData: specEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readRudderStack);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      create: async ({ readPhone }) => ({
        name: "rudderstack",
        inbound: {
          contentTypes: ["application/json"],
          verify: (request) => verifyShared(request.headers[settings.header], settings.secrets),
          normalize: (request, now) => normalizeRudderStack(request, readPhone, now),
        },
        outbound: null,
      }),
    };
  },
};

function readRudderStack(settings: Settings): { readonly header: string; readonly secrets: readonly string[] } {
  const header = (settings.string("header") ?? "x-signing-key").toLowerCase();
  const secrets = settings.strings("header_secret");
  if (secrets.length === 0) settings.report("header_secret", "is required: what that header of the destination says");
  return { header, secrets };
}

function normalizeRudderStack(request: WebhookRequest, readPhone: ReadPhone, now: number): Normalized {
  const body = readJsonBody(request.body);
  if ("malformed" in body) return body;
  const reading = { provider: "rudderstack", readPhone, now, around: {}, correctsTime: false, erases: false };
  const calls = isJsonArray(body.value) ? body.value : [body.value];
  return readEach(calls, (call) => readSpecCall(call, reading));
}
