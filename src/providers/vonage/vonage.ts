import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./codes.ts";
import { vonageEventData } from "./event-data.ts";
import { normalizeVonage } from "./normalize.ts";
import { readVonageSettings } from "./settings.ts";
import type { VonageSettings } from "./settings.ts";
import { verifyVonage } from "./verify.ts";

/** Neither of Vonage's APIs takes an idempotency key, and its reports on messages are made by the hour. */
const capabilities: Capabilities = { kinds: ["sms"], idempotencyKey: false, lookup: false };

export const vonage: ProviderDefinition = {
  name: "vonage",
  title: "Vonage",
  capabilities,
  correlation: "client reference",
  door: { proof: "HMAC or MD5 over parameters, or a signed token", replay: "signed time" },
  eventData: vonageEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readVonageSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createVonage(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).vonageFake,
};

async function createVonage(settings: VonageSettings, { clock }: ProviderContext): Promise<Provider> {
  const { webhook, timeoutMs } = settings;
  const { messagesApi, smsApi } = await import("./send.ts");
  const { openTextSender } = await import("../text-sender.ts");
  const api = settings.api === "sms" ? smsApi(settings) : messagesApi(settings, clock);
  return {
    name: "vonage",
    inbound:
      webhook === null
        ? null
        : {
            contentTypes: ["application/json", "application/x-www-form-urlencoded"],
            methods: ["POST", "GET"],
            verify: (request, now) => verifyVonage(request, webhook, now),
            normalize: (request, now) => normalizeVonage(request, webhook.codes, now),
          },
    outbound: openTextSender(api, { capabilities, clock, timeoutMs }),
    probe: async () => (await import("./probe.ts")).probeVonage(settings, clock),
  };
}
