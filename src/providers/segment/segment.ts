import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Inbound } from "../provider.ts";
import { newestSecret, type SignRequest } from "../signed-request.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { readSettings, type Settings } from "../settings.ts";
import { specEventData } from "../spec-events.ts";
import { apiPaths } from "./api.ts";
import { normalizeSegment } from "./normalize.ts";
import { segmentApiHeaders, signSegment } from "./sign.ts";
import { type SegmentSecrets, verifySegment } from "./verify.ts";

/** Segment's webhook destination, and its HTTP API, so that its server libraries can point here. */
export const segment: ProviderDefinition = {
  name: "segment",
  title: "Segment",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "HMAC-SHA1 over the body, or a secret header; the HTTP API by its write key", replay: "event ids" },
  eventData: specEventData,
  sign: signCall,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readSegment);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      create: async ({ readPhone }) => {
        const inbound: Inbound = {
          contentTypes: ["application/json"],
          ...(settings.writeKeys.length === 0 ? {} : { paths: apiPaths }),
          verify: (request) => verifySegment(request, settings),
          normalize: (request, now) => normalizeSegment(request, readPhone, now),
          reply: { contentType: "application/json", body: '{"success":true}' },
        };
        return { name: "segment", inbound, outbound: null };
      },
    };
  },
};

const defaultHeader = "x-heed-secret";

function readSegment(settings: Settings): SegmentSecrets {
  const secrets = {
    shared: settings.strings("shared_secret"),
    header: (settings.string("header") ?? defaultHeader).toLowerCase(),
    headerSecrets: settings.strings("header_secret"),
    writeKeys: settings.strings("write_key"),
  };
  if (secrets.shared.length + secrets.headerSecrets.length + secrets.writeKeys.length === 0) {
    settings.report("shared_secret", "is required, or a `header_secret`, or a `write_key` for the HTTP API");
  }
  return secrets;
}

/** As the webhook destination does, or a library with a write key where there is nothing else. */
function signCall(...[settings, body]: Parameters<SignRequest>): ReturnType<SignRequest> {
  const shared = newestSecret(settings, "shared_secret");
  if (shared !== null) return { path: "/webhooks/segment", headers: signSegment(body, shared), body };
  const secret = newestSecret(settings, "header_secret");
  const { header } = settings;
  if (secret !== null) {
    const headers = {
      "content-type": "application/json",
      [typeof header === "string" ? header : defaultHeader]: secret,
    };
    return { path: "/webhooks/segment", headers, body };
  }
  const writeKey = newestSecret(settings, "write_key");
  if (writeKey === null) return null;
  const parsed = parseJson(body);
  const call = parsed.ok && isJsonObject(parsed.value) ? (parsed.value["type"] ?? "batch") : "batch";
  return { path: `/v1/${typeof call === "string" ? call : "batch"}`, headers: segmentApiHeaders(writeKey), body };
}
