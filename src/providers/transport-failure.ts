import type { SendOutcome } from "../core/model/outgoing.ts";
import { HttpFailure } from "./vendor-http.ts";

/**
 * The outcome of a call that ended without an HTTP answer. The question that matters for a create without an
 * idempotency key is whether a byte of the request may have reached the vendor: only when surely none did may the call
 * be repeated. Everything that is not known to be harmless is ambiguous. The code is the errno or name of the failure.
 */
export function transportFailure(error: unknown): SendOutcome {
  const code = failureCode(error);
  const wasSurelyNotWritten = error instanceof HttpFailure && !error.written;
  return wasSurelyNotWritten ? { kind: "retryable", code, afterMs: null } : { kind: "ambiguous", code };
}

/** Our own deadline reads `timeout`; other failures keep their errno. */
export function failureCode(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  if (code === "timeout") return code;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : "unexpected_failure";
}
