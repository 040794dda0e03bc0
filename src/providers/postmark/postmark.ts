import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import type { Capabilities, Provider } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { postmarkEventData } from "./event-data.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readPostmarkSettings } from "./settings.ts";
import type { PostmarkSettings } from "./settings.ts";
import { verifyPostmark } from "./verify.ts";

/** Postmark's create takes no idempotency key, but its messages can be listed by recipient. */
const capabilities: Capabilities = { kinds: ["email"], idempotencyKey: false, lookup: true };

export const postmark: ProviderDefinition = {
  name: "postmark",
  title: "Postmark",
  capabilities,
  correlation: "metadata",
  door: { proof: "a password, or a secret header", replay: "event ids", backfill: true },
  eventData: postmarkEventData,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readPostmarkSettings);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, create: (context) => createPostmark(settings, context) };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).postmarkFake,
};

async function createPostmark(settings: PostmarkSettings, { clock }: ProviderContext): Promise<Provider> {
  const [{ openPostmarkApi }, { openPostmark }, { normalizePostmark }, { backfillPostmark }, { openMailReader }] =
    await Promise.all([
      import("./client.ts"),
      import("./send.ts"),
      import("./normalize.ts"),
      import("./backfill.ts"),
      import("../inbound-mail.ts"),
    ]);
  const { webhook, contactMetadata } = settings;
  const reading = { contactMetadata, readMail: await openMailReader() };
  const api = openPostmarkApi(settings);
  return {
    name: "postmark",
    inbound:
      webhook === null
        ? null
        : {
            contentTypes: ["application/json"],
            paths: new Map([["/webhooks/postmark/inbound", webhook.maxMailBytes]]),
            // All of the proof is in the headers.
            verifyHead: (request) => verifyPostmark(request, webhook),
            verify: (request) => verifyPostmark(request, webhook),
            normalize: (request, now) => normalizePostmark(request, reading, now),
          },
    outbound: openPostmark(api, { settings, capabilities, clock }),
    backfill: backfillPostmark(api, { settings, reading, clock }),
    probe: async () => (await import("./probe.ts")).probePostmark(settings, clock),
  };
}
