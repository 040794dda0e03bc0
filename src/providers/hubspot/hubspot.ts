import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import { readFieldNames } from "../field-names.ts";
import { readSettings, type Settings } from "../settings.ts";
import { newestSecret } from "../signed-request.ts";
import { hubspotEventData, type MergeFields, normalizeHubSpot } from "./normalize.ts";
import { signHubSpot } from "./sign.ts";
import { type HubSpotKeys, verifyHubSpot } from "./verify.ts";

/** The webhooks of a HubSpot app: what changed about contacts. */
export const hubspot: ProviderDefinition = {
  name: "hubspot",
  title: "HubSpot",
  capabilities: { kinds: [], idempotencyKey: false, lookup: false },
  door: { proof: "HMAC-SHA256 over method, URL, body and time", replay: "signed time" },
  eventData: hubspotEventData,
  sign(settings, body, now) {
    const [secret, url] = [newestSecret(settings, "client_secret"), newestSecret(settings, "public_url")];
    if (secret === null || url === null) return null;
    const path = "/webhooks/hubspot";
    return { path, headers: signHubSpot(url.replace(/\/+$/, "") + path, body, now, secret), body };
  },
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readHubSpot);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      create: async ({ readPhone }) => ({
        name: "hubspot",
        inbound: {
          contentTypes: ["application/json"],
          verify: (request, now) => verifyHubSpot(request, settings, now),
          normalize: (request, now) =>
            normalizeHubSpot(request, { prefix: settings.prefix, mergeFields: settings.mergeFields, readPhone, now }),
        },
        outbound: null,
      }),
    };
  },
};

/** HubSpot documents that a merge is told, and not by which fields. */
const defaultMergeFields: MergeFields = { survivor: "newObjectId", merged: "mergedObjectIds" };

interface HubSpotSettings extends HubSpotKeys {
  /** Before the ids that HubSpot numbers its contacts with. */
  readonly prefix: string;
  readonly mergeFields: MergeFields;
}

function readHubSpot(settings: Settings): HubSpotSettings {
  const secrets = settings.strings("client_secret");
  if (secrets.length === 0)
    settings.report("client_secret", "is required: the app's client secret, with which it signs");
  const publicUrl = settings.publicUrl("public_url", "HubSpot");
  const ids = settings.string("contact_ids") ?? "prefixed";
  if (ids !== "prefixed" && ids !== "plain") settings.report("contact_ids", "expected prefixed or plain");
  return {
    secrets,
    publicUrl,
    prefix: ids === "plain" ? "" : "hubspot-",
    mergeFields: readFieldNames(settings.section("merge_fields"), defaultMergeFields),
  };
}
