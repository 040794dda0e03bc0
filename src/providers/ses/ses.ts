import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { sesEventData } from "./event-data.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readSesSettings } from "./settings.ts";
import type { SesSettings } from "./settings.ts";

/** SendEmail takes no idempotency key, and SES does not tell what became of a message but in its events. */
const capabilities: Capabilities = { kinds: ["email"], idempotencyKey: false, lookup: false };

export const ses: ProviderDefinition = {
  name: "ses",
  title: "Amazon SES",
  capabilities,
  correlation: "message tag",
  door: { proof: "RSA signature of Amazon SNS over the message", replay: "signed time" },
  eventData: sesEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readSesSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createSes(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).sesFake,
};

async function createSes(settings: SesSettings, { clock }: ProviderContext): Promise<Provider> {
  const { webhook } = settings;
  const [{ openVendorHttp }, { openSes }, { openSesInbound }] = await Promise.all([
    import("../vendor-http.ts"),
    import("./send.ts"),
    import("./inbound.ts"),
  ]);
  const http = openVendorHttp();
  return {
    name: "ses",
    inbound: webhook === null ? null : openSesInbound(webhook, http, clock),
    outbound: openSes(settings, http, { capabilities, clock }),
    probe: async () => (await import("./probe.ts")).probeSes(settings, clock),
  };
}
