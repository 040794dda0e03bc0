import type { Explained } from "../conditions/explain-condition.ts";
import type { LedgerRecord, LookedUp, Question } from "../core/model/decision.ts";
import type { ConditionTree, Facts } from "../core/model/facts.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import type { JsonObject } from "../core/model/json.ts";
import type { OutgoingMessage, SendOutcome } from "../core/model/outgoing.ts";
import type { Answer } from "../rulebook/test-file.generated.ts";

/** What was seen of a case, in order: all that expectations, timelines, explanations and coverage are made of. */
export type Happening = {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whose document was decided about. */
  readonly key: string;
  /** Which decision it belongs to: what one decision brings has the same number. */
  readonly decision: number;
} & (
  | { readonly kind: "delivered"; readonly event: CanonicalEvent }
  | { readonly kind: "recorded"; readonly record: LedgerRecord }
  | ({ readonly kind: "judged"; readonly question: Extract<Question, { kind: "condition" }> } & Explained)
  /** An event did not do what events of its type may do to a rule. */
  | ({ readonly kind: "passed_by" } & NearMiss)
  | { readonly kind: "looked_up"; readonly name: string; readonly found: LookedUp }
  | { readonly kind: "called"; readonly call: Call }
  /**
   * An enrollment went on: from the step that came next, null when it has just begun, to the one that does now, or to
   * its end. That step is at work when it sends or listens already.
   */
  | {
      readonly kind: "moved";
      readonly rule: string;
      readonly from: string | null;
      readonly to: StepOrEnd;
      readonly atWork: boolean;
    }
  | { readonly kind: "emitted"; readonly event: CanonicalEvent }
  | { readonly kind: "changed"; readonly change: Change }
);

/** A step by its id, or one of the ends that come when the steps do: behind the last one, or at a `stop`. */
export type StepOrEnd = { readonly step: string } | { readonly end: "completed" | "stopped.by_step" };

/** An event of a type that starts a rule, or stops it, and did not. */
export interface NearMiss {
  readonly rule: string;
  readonly event: CanonicalEvent;
  /** Of a stop, its place in `stop_on`. */
  readonly what: "trigger" | number;
  readonly cause:
    | { readonly kind: "where"; readonly tree: ConditionTree; readonly facts: Facts }
    /** It is not about the same thing as the trigger: the path that differs. */
    | { readonly kind: "same"; readonly path: string }
    /** A machine opened or clicked, and the rule does not name machines. */
    | { readonly kind: "machine" };
}

/** One attempt to send. */
export interface Call {
  readonly message: OutgoingMessage;
  readonly provider: string;
  /** What the case makes the provider say. */
  readonly answer: Answer;
  readonly outcome: SendOutcome;
  /** Whether the provider took it, of which Heed may know nothing. */
  readonly taken: boolean;
  /** Whether it is a message: one that was taken, or of which nobody can say that it was not. */
  readonly counts: boolean;
}

/** What one decision changed about the contact itself. */
export interface Change {
  /** By attribute, null for one that went away. */
  readonly attributes: JsonObject;
  readonly tagged: readonly string[];
  readonly untagged: readonly string[];
}
