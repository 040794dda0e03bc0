import type { Enrollment, Intent } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { Reason } from "../model/reason.ts";
import type { Channel, Rule, SendStep } from "../model/rulebook.ts";
import type { Asking, Run } from "../run.ts";

/** A message that wants to be sent now. */
export interface Speaking {
  readonly run: Run;
  readonly rule: Rule;
  readonly enrollment: Enrollment;
  readonly intent: Intent;
  readonly step: SendStep;
  readonly channel: Channel;
  readonly facts: Facts;
  /** Where it would go: null for channels of your own people, and while no address is known. */
  readonly to: string | null;
  /** What the render gate made of the templates. */
  content: Readonly<Record<string, string>>;
}

export type GateVerdict =
  | { readonly kind: "pass" }
  /** `skip` leaves out this step and goes on with the sequence; `end` ends the enrollment. */
  | { readonly kind: "refuse"; readonly reason: Reason; readonly then: "skip" | "end" }
  | { readonly kind: "defer"; readonly reason: Reason; readonly until: number };

export type Gate = (speaking: Speaking) => GateVerdict | Asking<GateVerdict>;

export const pass: GateVerdict = { kind: "pass" };

export function skip(reason: Reason): GateVerdict {
  return { kind: "refuse", reason, then: "skip" };
}

export function end(reason: Reason): GateVerdict {
  return { kind: "refuse", reason, then: "end" };
}
