import type { Enrollment, Intent } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { Json } from "../model/json.ts";
import type { Reason } from "../model/reason.ts";
import type { Channel, Rule, SendStep } from "../model/rulebook.ts";
import type { Asking, Run } from "../run.ts";
import type { ContactZones } from "../zones.ts";

/** A message that wants to be sent now. */
export interface Speaking {
  readonly run: Run;
  /** The version of the rule that the enrollment follows. */
  readonly rule: Rule;
  readonly enrollment: Enrollment;
  readonly intent: Intent;
  readonly step: SendStep;
  readonly channel: Channel;
  readonly facts: Facts;
  readonly zones: ContactZones;
  /** Where it would go: null for channels of your own people, and while no address is known. */
  readonly to: string | null;
  /** What the render gate made of the templates. */
  content: Readonly<Record<string, string>>;
  body: Json | null;
}

export type GateVerdict =
  | { readonly kind: "pass" }
  /**
   * `skip` leaves out this step and goes on with the sequence; `unreached` does so, too, but by way of the next channel
   * of the step or its `on_failure`; `end` ends the enrollment.
   */
  | { readonly kind: "refuse"; readonly reason: Reason; readonly then: "skip" | "unreached" | "end" }
  | { readonly kind: "defer"; readonly reason: Reason; readonly until: number };

export type Gate = (speaking: Speaking) => GateVerdict | Asking<GateVerdict>;

export const pass: GateVerdict = { kind: "pass" };

export function skip(reason: Reason): GateVerdict {
  return { kind: "refuse", reason, then: "skip" };
}

export function unreached(reason: Reason): GateVerdict {
  return { kind: "refuse", reason, then: "unreached" };
}

export function end(reason: Reason): GateVerdict {
  return { kind: "refuse", reason, then: "end" };
}

export function defer(reason: Reason, until: number): GateVerdict {
  return { kind: "defer", reason, until };
}
