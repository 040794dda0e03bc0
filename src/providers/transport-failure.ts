import { ClientRequest } from "node:http";
import type { SendOutcome } from "../core/model/outgoing.ts";
import { wasEstablished } from "./vendor-connection.ts";
import { HttpFailure } from "./vendor-http.ts";

/**
 * The outcome of a call that ended without an HTTP answer. The question that matters for a create without an
 * idempotency key is whether a byte of the request may have reached the vendor: only when surely none did may the call
 * be repeated. Everything that is not known to be harmless is ambiguous. The code is the errno or name of the failure;
 * the error itself never leaves here, because HTTP clients hang the request with its credentials onto it.
 */
export function transportFailure(error: unknown): SendOutcome {
  const code = failureCode(error);
  return wasSurelyNotWritten(error) ? { kind: "retryable", code, afterMs: null } : { kind: "ambiguous", code };
}

/** Our own deadline and the SDK's both read `timeout`; other failures keep their errno. */
export function failureCode(error: unknown): string {
  const code = field(error, "code");
  if (code === "timeout") return code;
  if (code === "ERR_CANCELED" || code === "ECONNABORTED") return "timeout";
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code;
  return "unexpected_failure";
}

/** Axios leaves Node's own ClientRequest on its errors. */
function wasSurelyNotWritten(error: unknown): boolean {
  if (error instanceof HttpFailure) return !error.written;
  const request = field(error, "request");
  if (!(request instanceof ClientRequest)) return false;
  // A request that is still queued for a connection has no socket yet.
  return !request.socket || !wasEstablished(request.socket);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
