import type { Verification, WebhookRequest } from "../provider.ts";
import { basicOf, verifyShared } from "../secret.ts";
import type { SendGridInbound } from "./settings.ts";
import { verifySendGrid, verifySendGridHead } from "./verify.ts";

/** The query parameter of the URL that SendGrid posts mail to. */
const secretParameter = "key";

/**
 * A mail of Inbound Parse is signed as events are, once a security policy is attached to it. Without one, all that
 * proves it genuine is what only SendGrid was told: `?key=…` in its URL, or the password before the host.
 */
export function verifyInbound(request: WebhookRequest, inbound: SendGridInbound, now: number): Verification {
  if (inbound.keys.length > 0) return verifySendGrid(request, inbound, now);
  return verifyShared(secretOf(request), inbound.secrets);
}

/** What is wrong of it before its attachments are read: a secret is judged whole, a signature must at least be there. */
export function verifyInboundHead(request: WebhookRequest, inbound: SendGridInbound, now: number): Verification {
  return inbound.keys.length > 0 ? verifySendGridHead(request) : verifyInbound(request, inbound, now);
}

function secretOf(request: WebhookRequest): string | undefined {
  const basic = basicOf(request);
  if (basic !== undefined) return basic.slice(basic.indexOf(":") + 1);
  const start = request.url.indexOf("?");
  return start === -1
    ? undefined
    : (new URLSearchParams(request.url.slice(start + 1)).get(secretParameter) ?? undefined);
}
