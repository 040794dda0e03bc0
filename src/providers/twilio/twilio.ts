import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./codes.ts";
import { twilioEventData } from "./event-data.ts";
import { normalizeTwilio } from "./normalize.ts";
import { readTwilioSettings } from "./settings.ts";
import type { TwilioSettings } from "./settings.ts";
import { verifyTwilio } from "./verify.ts";

/** Twilio's create takes no idempotency key, but its messages and calls can be listed by recipient. */
const capabilities: Capabilities = { kinds: ["sms", "voice"], idempotencyKey: false, lookup: true };

export const twilio: ProviderDefinition = {
  name: "twilio",
  title: "Twilio",
  capabilities,
  correlation: "query of the callback's URL",
  door: { proof: "HMAC-SHA1 over URL and parameters", replay: "event ids", backfill: true },
  eventData: twilioEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readTwilioSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createTwilio(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).twilioFake,
};

async function createTwilio(settings: TwilioSettings, context: ProviderContext): Promise<Provider> {
  const { webhook } = settings;
  const { openTwilioClient } = await import("./client.ts");
  const { backfillFrom } = await import("./backfill.ts");
  const { openTwilio } = await import("./send.ts");
  const client = openTwilioClient(settings);
  return {
    name: "twilio",
    inbound:
      webhook === null
        ? null
        : {
            contentTypes: ["application/x-www-form-urlencoded"],
            verify: (request) => verifyTwilio(request, webhook),
            normalize: (request, now) => normalizeTwilio(request, settings.codes, now),
            // An empty TwiML document: Twilio sends no message in reply. It takes the same answer to a status callback.
            reply: { contentType: "text/xml", body: "<Response/>" },
          },
    outbound: openTwilio(client, settings, capabilities, context.clock),
    backfill: backfillFrom(client, settings, context.clock),
    probe: async () => (await import("./probe.ts")).probeTwilio(settings, context.clock),
  };
}
