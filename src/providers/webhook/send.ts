import type { Clock } from "../../core/model/clock.ts";
import { openGuardedAgent } from "../../outgoing/guarded-agent.ts";
import { abortGraceMs } from "../deadline.ts";
import type { Capabilities, Outbound, SendOutcome } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { sendRequest } from "../send-request.ts";
import { signStandardWebhook } from "../standard-webhooks.ts";
import { type HttpAnswer, openVendorHttp } from "../vendor-http.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import type { WebhookSettings } from "./settings.ts";

/** Posts what the author wrote, signed as Standard Webhooks says, and never into our own network. */
export function openWebhook(settings: WebhookSettings, capabilities: Capabilities, clock: Clock): Outbound {
  const { usual, byChannel, allowHosts, timeoutMs } = settings;
  const http = openVendorHttp({ agent: openGuardedAgent({ allowHosts, connectMs: timeoutMs }) });
  const outcomeOf = ({ status, headers }: HttpAnswer): SendOutcome =>
    status >= 200 && status < 300
      ? { kind: "accepted", providerMessageId: null }
      : outcomeOfRefusal({ status, code: null, afterMs: retryAfterMs(headers["retry-after"], clock.now()) });

  return {
    capabilities,
    timeoutMs: timeoutMs + abortGraceMs,
    async send({ intentId, kind, channel, to, body }) {
      if (kind !== "webhook") return { kind: "rejected", code: "kind_unsupported", class: "other" };
      // Where it goes is for the settings to say: a rule must not send customers' data to an address of its own.
      if (to !== null) return { kind: "rejected", code: "to_unsupported", class: "other" };
      if (body === undefined) return { kind: "rejected", code: "content_missing", class: "content" };
      const target = byChannel.get(channel) ?? usual;
      if (target === null) return { kind: "misconfigured", code: "url_missing" };
      const text = JSON.stringify(body);
      // The id is the same for every attempt, the time is that of this one.
      const signed = signStandardWebhook(text, intentId, Math.floor(clock.now() / 1_000), target.secrets);
      const headers = { ...signed, "user-agent": "Heed" };
      return sendRequest(
        { http, clock, timeoutMs },
        { method: "POST", url: target.url, headers, body: text },
        outcomeOf,
      );
    },
    close: () => http.close(),
  };
}
