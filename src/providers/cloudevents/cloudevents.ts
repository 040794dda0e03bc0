import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Verification, WebhookRequest } from "../provider.ts";
import { bearerOf, verifyShared } from "../secret.ts";
import { readSettings, type Settings } from "../settings.ts";
import {
  defaultToleranceMs,
  readWebhookKeys,
  rehearsedHeaders,
  signatureHeader,
  verifyStandardWebhook,
  type WebhookKey,
} from "../standard-webhooks.ts";
import { newestSecret, type SignRequest } from "../signed-request.ts";
import { structuredCloudEvents } from "./sign.ts";
import { normalizeCloudEvents } from "./normalize.ts";

interface CloudEventsSettings {
  readonly tokens: readonly string[];
  readonly keys: readonly WebhookKey[];
  readonly toleranceMs: number;
}

/** CloudEvents 1.0 over HTTP, in structured, batched and binary mode. The specification signs nothing, so one of two proofs is asked for. */
export const cloudevents: ProviderDefinition = {
  name: "cloudevents",
  title: "CloudEvents",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "a bearer token, or a Standard Webhooks signature", replay: "event ids" },
  sign: signCloudEvents,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readCloudEvents);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      create: async ({ readPhone }) => ({
        name: "cloudevents",
        inbound: {
          // In binary mode the body is of the type of its data.
          contentTypes: ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"],
          verify: (request, now) => verifyCloudEvents(request, settings, now),
          normalize: (request, now) => normalizeCloudEvents(request, readPhone, now),
        },
        outbound: null,
      }),
    };
  },
};

function readCloudEvents(settings: Settings): CloudEventsSettings {
  const tokens = settings.strings("bearer_token");
  const signing = settings.strings("signing_secret");
  if (tokens.length + signing.length === 0) settings.report("bearer_token", "is required, or a `signing_secret`");
  return {
    tokens,
    keys: readWebhookKeys(settings, "signing_secret"),
    toleranceMs: settings.duration("tolerance", defaultToleranceMs),
  };
}

function verifyCloudEvents(request: WebhookRequest, settings: CloudEventsSettings, now: number): Verification {
  const isSigned = settings.keys.length > 0 && request.headers[signatureHeader] !== undefined;
  return isSigned ? verifyStandardWebhook(request, settings, now) : verifyShared(bearerOf(request), settings.tokens);
}

/** In structured mode, or as a batch. */
function signCloudEvents(...[settings, body, now]: Parameters<SignRequest>): ReturnType<SignRequest> {
  const path = "/webhooks/cloudevents";
  const token = newestSecret(settings, "bearer_token");
  const { authorization, ...mediaType } = structuredCloudEvents(token ?? "", body.trimStart().startsWith("["));
  if (token !== null)
    return { path, headers: { ...mediaType, ...(authorization !== undefined && { authorization }) }, body };
  const signed = rehearsedHeaders(body, now, newestSecret(settings, "signing_secret"));
  return signed === null ? null : { path, headers: { ...signed, ...mediaType }, body };
}
