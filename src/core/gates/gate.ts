import { LEFT, type Unanswered } from "../looking-up.ts";
import type { Enrollment, Intent } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { Json, JsonObject } from "../model/json.ts";
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
  /** Where it goes, once the recipient gate has said so: null for channels of your own people, and while no address is known. */
  to: string | null;
  /** What the render gate made of the templates. */
  content: Readonly<Record<string, string>>;
  body: Json | null;
}

export type GateVerdict = (
  | { readonly kind: "pass" }
  /**
   * `skip` leaves out this step and goes on with the sequence; `unreached` does so, too, but by way of the next channel
   * of the step or its `on_failure`; `end` ends the enrollment.
   */
  | { readonly kind: "refuse"; readonly reason: Reason; readonly then: "skip" | "unreached" | "end" }
  | { readonly kind: "defer"; readonly reason: Reason; readonly until: number }
) & {
  readonly saw?: Saw;
};

/**
 * What a gate saw, for the account: small, bounded, times in epoch milliseconds. Told when the last gate has spoken,
 * because whoever asks `decide` goes over it again for each question.
 */
export type Saw = () => JsonObject;

export type Gate = (speaking: Speaking) => GateVerdict | Asking<GateVerdict>;

/** Nothing to look at, so nothing to tell. */
export const pass: GateVerdict = { kind: "pass" };

const nothing: Saw = () => ({});

export function passed(saw: Saw): GateVerdict {
  return { kind: "pass", saw };
}

export function skip(reason: Reason, saw: Saw = nothing): GateVerdict {
  return { kind: "refuse", reason, then: "skip", saw };
}

export function unreached(reason: Reason, saw: Saw = nothing): GateVerdict {
  return { kind: "refuse", reason, then: "unreached", saw };
}

export function end(reason: Reason, saw: Saw = nothing): GateVerdict {
  return { kind: "refuse", reason, then: "end", saw };
}

/** Something could not be known, and what comes of that. */
export function unanswered({ reason, until, saw }: Unanswered): GateVerdict {
  if (reason === LEFT) throw new TypeError("a message that speaks may wait for its look-ups");
  return until === null ? end(reason, () => saw) : defer(reason, until, () => saw);
}

export function defer(reason: Reason, until: number, saw: Saw = nothing): GateVerdict {
  return { kind: "defer", reason, until, saw };
}
