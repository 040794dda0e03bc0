import type { Json } from "../../core/model/json.ts";
import { isJsonArray } from "../../core/model/parse-json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import { readEach, readJsonBody, type ReadPhone } from "../event-parts.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { verifyShared } from "../secret.ts";
import { newestSecret } from "../signed-request.ts";
import { readSettings, type Settings } from "../settings.ts";
import { readSpecCall, specEventData } from "../spec-events.ts";

/** RudderStack's webhook destination. It forwards calls of the Segment Spec as they are and signs nothing. */
export const rudderstack: ProviderDefinition = {
  name: "rudderstack",
  title: "RudderStack",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "a secret header", replay: "event ids" },
  eventData: specEventData,
  sign(settings, body) {
    const secret = newestSecret(settings, "header_secret");
    const { header } = settings;
    const name = typeof header === "string" ? header : defaultHeader;
    return secret === null
      ? null
      : { path: "/webhooks/rudderstack", headers: { "content-type": "application/json", [name]: secret }, body };
  },
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

const defaultHeader = "x-signing-key";

function readRudderStack(settings: Settings): { readonly header: string; readonly secrets: readonly string[] } {
  const header = (settings.string("header") ?? defaultHeader).toLowerCase();
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
