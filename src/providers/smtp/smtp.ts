import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./outcome.ts";
import { readSmtpSettings } from "./settings.ts";
import type { SmtpSettings } from "./settings.ts";

/** A server takes each message that it is given, and can't be asked about it afterwards. */
const capabilities: Capabilities = { kinds: ["email"], idempotencyKey: false, lookup: false };

export const smtp: ProviderDefinition = {
  name: "smtp",
  title: "SMTP",
  capabilities,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readSmtpSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createSmtp(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).smtpFake,
};

async function createSmtp(settings: SmtpSettings, { clock }: ProviderContext): Promise<Provider> {
  const { openSmtp } = await import("./send.ts");
  return {
    name: "smtp",
    inbound: null,
    outbound: openSmtp(settings, capabilities, clock),
    probe: async () => (await import("./probe.ts")).probeSmtp(settings, clock),
  };
}
