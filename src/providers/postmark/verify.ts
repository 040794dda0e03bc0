import type { Verification, WebhookRequest } from "../provider.ts";
import { basicOf, verifyShared } from "../secret.ts";

export interface PostmarkSecret {
  /** `user:password`, several while it is rotated; none when a header is used instead. */
  readonly basic: readonly string[];
  /** Its name in lower case. */
  readonly header: { readonly name: string; readonly secrets: readonly string[] } | null;
}

/**
 * Postmark signs nothing: a secret of ours comes with each request. Where both ways are configured, as while one takes
 * the other's place, either will do.
 */
export function verifyPostmark(request: WebhookRequest, { basic, header }: PostmarkSecret): Verification {
  const byHeader = header === null ? null : verifyShared(request.headers[header.name], header.secrets);
  if (byHeader?.ok === true || basic.length === 0) return byHeader ?? { ok: false, reason: "signature_missing" };
  const byPassword = verifyShared(basicOf(request), basic);
  if (byPassword.ok || byHeader === null || byPassword.reason !== "signature_missing") return byPassword;
  return byHeader;
}
