import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderContext, ProviderDefinition } from "../definition.ts";
import { openMailReader } from "../inbound-mail.ts";
import type { Capabilities, Inbound, Provider, WebhookRequest } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { sendGridEventData } from "./event-data.ts";
import { normalizeInbound } from "./normalize-inbound.ts";
import { normalizeSendGrid } from "./normalize.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readSendGridSettings } from "./settings.ts";
import type { SendGridSettings } from "./settings.ts";
import { verifyInbound, verifyInboundHead } from "./verify-inbound.ts";
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
  const { openSendGrid } = await import("./send.ts");
  return {
    name: "sendgrid",
    inbound: await openInbound(settings),
    outbound: await openSendGrid(settings, capabilities, context.clock),
    probe: async () => (await import("./probe.ts")).probeSendGrid(settings, context.clock),
  };
}

type Way = Pick<Inbound, "verifyHead" | "verify" | "normalize">;

/** Events and mails come in different forms and with proofs of their own: the one is told from the other by its form. */
async function openInbound({ webhook, inbound }: SendGridSettings): Promise<Inbound | null> {
  const ways = new Map<string, Way>();
  if (webhook !== null) {
    ways.set("application/json", {
      verify: (request, now) => verifySendGrid(request, webhook, now),
      normalize: (request, now) => normalizeSendGrid(request.body, webhook.contactArgument, now),
    });
  }
  if (inbound !== null) {
    const readMail = await openMailReader();
    ways.set("multipart/form-data", {
      verifyHead: (request, now) => verifyInboundHead(request, inbound, now),
      verify: (request, now) => verifyInbound(request, inbound, now),
      normalize: (request, now) => normalizeInbound(request, readMail, now),
    });
  }
  if (ways.size === 0) return null;
  const wayOf = ({ headers }: WebhookRequest): Way | undefined =>
    ways.get(headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "");
  return {
    contentTypes: [...ways.keys()],
    verify: (request, now) => wayOf(request)?.verify(request, now) ?? { ok: false, reason: "signature_missing" },
    normalize: (request, now) => wayOf(request)?.normalize(request, now) ?? { malformed: "unknown media type" },
    ...(inbound !== null && {
      verifyHead: (request, now) => wayOf(request)?.verifyHead?.(request, now) ?? { ok: true },
      paths: new Map([["/webhooks/sendgrid/inbound", inbound.maxMailBytes]]),
    }),
  };
}
