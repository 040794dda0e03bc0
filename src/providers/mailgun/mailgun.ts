import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { mailgunEventData } from "./event-data.ts";
import { contentTypes } from "./read-body.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readMailgunSettings } from "./settings.ts";
import type { MailgunSettings } from "./settings.ts";
import { createMailgunVerifier } from "./verify.ts";

/** Mailgun's create takes no idempotency key, but its events can be listed by recipient. */
const capabilities: Capabilities = { kinds: ["email"], idempotencyKey: false, lookup: true };

export const mailgun: ProviderDefinition = {
  name: "mailgun",
  title: "Mailgun",
  capabilities,
  correlation: "user variable",
  door: { proof: "HMAC-SHA256 over time and token", replay: "signed time", backfill: true },
  eventData: mailgunEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readMailgunSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createMailgun(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).mailgunFake,
};

async function createMailgun(settings: MailgunSettings, { clock }: ProviderContext): Promise<Provider> {
  const [{ openMailgunApi }, { openMailgun }, { backfillMailgun }, { normalizeMailgun }, { openMailReader }] =
    await Promise.all([
      import("./api.ts"),
      import("./send.ts"),
      import("./backfill.ts"),
      import("./normalize.ts"),
      import("../inbound-mail.ts"),
    ]);
  const { webhook, domain, contactVariable } = settings;
  const readMail = await openMailReader();
  const api = openMailgunApi(settings);
  return {
    name: "mailgun",
    inbound:
      webhook === null
        ? null
        : {
            contentTypes,
            paths: new Map([["/webhooks/mailgun/inbound", webhook.maxMailBytes]]),
            verify: createMailgunVerifier(webhook),
            normalize: (request, now) => normalizeMailgun(request, { domain, contactVariable, readMail }, now),
          },
    outbound: openMailgun(api, { settings, capabilities, clock }),
    backfill: backfillMailgun(api, settings, clock),
    probe: async () => (await import("./probe.ts")).probeMailgun(settings, clock),
  };
}
