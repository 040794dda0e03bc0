import type { Reason } from "../../core/model/reason.ts";

/** What `heed codes guard.false` prints. */
export interface ReasonPage {
  /** In half a sentence, for lists and stories: `the guard did not hold`. */
  readonly says: string;
  /** What it means, and what follows for the message or the enrollment. */
  readonly what: string;
  /** What brings it about. */
  readonly why: string;
  /** What to look at, or to write, when it should be otherwise. */
  readonly todo: string;
  readonly example: ReasonExample;
}

/** What happens, and in lines of a rule or of heed.yaml what makes it happen. */
export interface ReasonExample {
  readonly story: string;
  readonly in?: "rule" | "heed.yaml";
  readonly lines?: string;
}

export type ReasonPages = Readonly<Partial<Record<Reason, ReasonPage>>>;
