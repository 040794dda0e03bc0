import type { SendOutcome } from "./provider.ts";

/** What a refusal means for a message and its recipient. */
export type RefusalMeaning =
  /** Surely not sent; another attempt makes sense. */
  | "retryable"
  /** The recipient said stop, to us, to the vendor or to the carrier. */
  | "opted_out"
  /** Nothing will ever reach this address. */
  | "invalid_address"
  /** The message itself is refused, or filtered on its way. */
  | "content"
  /** This message cannot be sent, for a reason that says nothing about its address or our account. */
  | "other"
  /** Account, credentials or sender: every message would fail the same way. */
  | "misconfigured"
  /** It may have been taken: the vendor does not know itself. */
  | "ambiguous";

/** Where a vendor means something else by a status than HTTP does. */
export type OwnStatuses = Readonly<Record<number, RefusalMeaning>>;

/**
 * About us: credentials, an account that has not paid, an address at which there is nothing, a proxy that wants to know
 * who we are. Every message would be refused the same way.
 */
const aboutUs: ReadonlySet<number> = new Set([401, 402, 403, 404, 407]);

/**
 * What an answer means that says nothing but its HTTP status. 429 is refused before anything happens. A 5xx may come from
 * behind the point of no return, and gateways answer 502 and 504 when they lost the answer of what is behind them. A
 * redirect is a base URL that is wrong: nothing was taken.
 */
export function meaningOfStatus(status: number, own: OwnStatuses = {}): RefusalMeaning {
  const named = own[status];
  if (named !== undefined) return named;
  if (status === 429) return "retryable";
  if (status >= 500 || status === 408) return "ambiguous";
  if (status < 400 || aboutUs.has(status)) return "misconfigured";
  return status === 413 ? "content" : "other";
}

/** What becomes of a message whose refusal means that. */
export function outcomeOfMeaning(meaning: RefusalMeaning, code: string, afterMs: number | null): SendOutcome {
  if (meaning === "retryable") return { kind: "retryable", code, afterMs };
  if (meaning === "misconfigured" || meaning === "ambiguous") return { kind: meaning, code };
  return { kind: "rejected", code, class: meaning };
}
