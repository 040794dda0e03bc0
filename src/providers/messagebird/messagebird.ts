import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./codes.ts";
import { messageBirdEventData } from "./event-data.ts";
import { normalizeMessageBird } from "./normalize.ts";
import { readMessageBirdSettings } from "./settings.ts";
import type { MessageBirdSettings } from "./settings.ts";
import { verifyMessageBird } from "./verify.ts";

/** Neither takes an idempotency key; both list what they took, with our reference. */
const capabilities: Capabilities = { kinds: ["sms"], idempotencyKey: false, lookup: true };

export const messagebird: ProviderDefinition = {
  name: "messagebird",
  title: "MessageBird (Bird)",
  capabilities,
  correlation: "reference",
  door: { proof: "HMAC-SHA256 or a signed token, over URL and body", replay: "signed time" },
  eventData: messageBirdEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readMessageBirdSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createMessageBird(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).messageBirdFake,
};

async function createMessageBird(settings: MessageBirdSettings, { clock }: ProviderContext): Promise<Provider> {
  const { webhook, timeoutMs } = settings;
  const { birdApi, classicApi } = await import("./send.ts");
  const { openTextSender } = await import("../text-sender.ts");
  const api = settings.platform === "classic" ? classicApi(settings) : birdApi(settings);
  return {
    name: "messagebird",
    inbound:
      webhook === null
        ? null
        : {
            contentTypes: ["application/json", "application/x-www-form-urlencoded"],
            methods: ["POST", "GET"],
            verify: (request, now) => verifyMessageBird(request, webhook, now),
            normalize: (request, now) => normalizeMessageBird(request, webhook, now),
          },
    outbound: openTextSender(api, { capabilities, clock, timeoutMs }),
    probe: async () => (await import("./probe.ts")).probeMessageBird(settings, clock),
  };
}
