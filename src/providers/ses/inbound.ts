import type { Clock } from "../../core/model/clock.ts";
import { withDeadline } from "../deadline.ts";
import type { Inbound, Verification, WebhookRequest } from "../provider.ts";
import type { VendorHttp } from "../vendor-http.ts";
import { at, openCertificates } from "./certificates.ts";
import { normalizeSes } from "./normalize.ts";
import type { SesWebhook } from "./settings.ts";
import { certificateUrl, readSnsMessage, subscribeUrl, verifySns } from "./sns.ts";

/** The same time as for a certificate: both fit into what SNS waits for an answer. */
const confirmMs = 5_000;

/**
 * Events of SES as SNS delivers them. The certificate that a message names is fetched before the message is judged, and
 * the subscription of a topic of ours is confirmed when SNS asks for it.
 */
export function openSesInbound(webhook: SesWebhook, http: VendorHttp, clock: Clock): Inbound {
  const certificates = openCertificates(http, clock, webhook.snsUrl);

  const verify = ({ body }: WebhookRequest, now: number): Verification => {
    const message = readSnsMessage(body);
    if (message === null || !message.has("Signature")) return { ok: false, reason: "signature_missing" };
    const url = certificateUrl(message, webhook);
    const key = url === null ? null : certificates.keyOf(url);
    return key === null ? { ok: false, reason: "signature_invalid" } : verifySns(message, key, webhook, now);
  };

  const confirm = async (url: URL): Promise<boolean> => {
    const call = async (signal: AbortSignal) => {
      const { status } = await http.call({ method: "GET", url: at(url, webhook.snsUrl) }, signal);
      return status === 200;
    };
    return withDeadline(clock, confirmMs, false, call).catch(() => false);
  };

  return {
    contentTypes: ["text/plain", "application/json"],
    async prepare(request, now) {
      const message = readSnsMessage(request.body);
      const url = message === null ? null : certificateUrl(message, webhook);
      if (message === null || url === null) return true;
      if (!(await certificates.load(url))) return false;
      if (message.get("Type") !== "SubscriptionConfirmation" || !verify(request, now).ok) return true;
      const confirmation = subscribeUrl(message, webhook);
      return confirmation === null || confirm(confirmation);
    },
    verify,
    normalize: ({ body }, now) => normalizeSes(body, now),
  };
}
