import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { sendGridEventData } from "./event-data.ts";
import { normalizeSendGrid } from "./normalize.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readSendGridSettings } from "./settings.ts";
import type { SendGridSettings } from "./settings.ts";
import { verifySendGrid } from "./verify.ts";

/** SendGrid's Mail Send takes no idempotency key, and asking it about a message is a paid add-on. */
const capabilities: Capabilities = { kinds: ["email"], idempotencyKey: false, lookup: false };

export const sendgrid: ProviderDefinition = {
  name: "sendgrid",
  title: "SendGrid",
  capabilities,
  correlation: "custom argument",
  door: { proof: "ECDSA P-256 over time and body", replay: "signed time" },
  eventData: sendGridEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readSendGridSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createSendGrid(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).sendGridFake,
};

async function createSendGrid(settings: SendGridSettings, context: ProviderContext): Promise<Provider> {
  const { webhook } = settings;
  const { openSendGrid } = await import("./send.ts");
  return {
    name: "sendgrid",
    inbound:
      webhook === null
        ? null
        : {
            contentTypes: ["application/json"],
            verify: (request, now) => verifySendGrid(request, webhook, now),
            normalize: (request, now) => normalizeSendGrid(request.body, webhook.contactArgument, now),
          },
    outbound: await openSendGrid(settings, capabilities, context.clock),
  };
}
