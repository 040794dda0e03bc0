import type { VerificationFailure } from "../providers/provider.ts";

/** Why a request was refused. A label of a metric, so a closed list. */
export type Refusal =
  | VerificationFailure
  | "unknown_provider"
  | "unknown_path"
  | "not_served"
  | "method"
  | "content_type"
  | "too_large"
  | "malformed"
  | "invalid"
  | "unauthorized"
  | "unavailable"
  | "aborted"
  | "internal";

/** What the door tells those who count. `source` is the name of a configured provider, `api`, `nats`, `unsubscribe` or `none`: never a stranger's text. */
export interface Tally {
  accepted(
    source: string,
    counts: {
      readonly fresh: number;
      readonly duplicates: number;
      readonly quarantined: number;
      /** How many of them a vendor reported by words that Heed does not know. */
      readonly unknown?: number;
    },
  ): void;
  refused(source: string, reason: Refusal): void;
  /** Something failed that is not the sender's fault. `id` is the one in the answer. The error may hold what was sent: redact. */
  failed(id: string, error: unknown): void;
}
