import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Inbound } from "../provider.ts";
import { readSettings, type Settings } from "../settings.ts";
import { specEventData } from "../spec-events.ts";
import { apiPaths } from "./api.ts";
import { normalizeSegment } from "./normalize.ts";
import { type SegmentSecrets, verifySegment } from "./verify.ts";

/** Segment's webhook destination, and its HTTP API, so that its server libraries can point here. */
export const segment: ProviderDefinition = {
  name: "segment",
  title: "Segment",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "HMAC-SHA1 over the body, or a secret header; the HTTP API by its write key", replay: "event ids" },
  eventData: specEventData,
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

function readSegment(settings: Settings): SegmentSecrets {
  const secrets = {
    shared: settings.strings("shared_secret"),
    header: (settings.string("header") ?? "x-heed-secret").toLowerCase(),
    headerSecrets: settings.strings("header_secret"),
    writeKeys: settings.strings("write_key"),
  };
  if (secrets.shared.length + secrets.headerSecrets.length + secrets.writeKeys.length === 0) {
    settings.report("shared_secret", "is required, or a `header_secret`, or a `write_key` for the HTTP API");
  }
  return secrets;
}
