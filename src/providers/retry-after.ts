/** A vendor that asks for more than this is told by our own backoff, not by its header. */
const maxWaitMs = 3_600_000;

/**
 * Milliseconds that a vendor asks us to wait, clamped to between zero and one hour, from `Retry-After` (RFC 9110
 * section 10.2.3: seconds or an HTTP date). Null when there is no such header or it says nothing readable.
 */
export function retryAfterMs(header: unknown, now: number): number | null {
  if (typeof header !== "string") return null;
  const text = header.trim();
  if (/^\d{1,12}$/.test(text)) return clamp(Number(text) * 1_000);
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : clamp(at - now);
}

/** Milliseconds until `X-RateLimit-Reset`, which is epoch seconds; clamped and null as above. */
export function rateLimitResetMs(header: unknown, now: number): number | null {
  if (typeof header !== "string" || !/^\d{1,12}$/.test(header.trim())) return null;
  return clamp(Number(header.trim()) * 1_000 - now);
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), maxWaitMs);
}
