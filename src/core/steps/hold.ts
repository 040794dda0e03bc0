import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { HoldStep } from "../model/rulebook.ts";
import { change, record, type Run } from "../run.ts";
import { addDuration } from "../time/duration.ts";
import { zoneOf } from "../zones.ts";

/** This contact's other enrollments wait, those that begin meanwhile included. */
export function hold(run: Run, enrollment: Enrollment, step: HoldStep): void {
  const until = addDuration(run.now, step.for, zoneOf(run.contact, run.rulebook.workspace));
  const { what } = step;
  const rules = what.kind === "rules" ? what.rules : null;
  const messageClass = what.kind === "class" ? what.class : null;
  const entry = { by: enrollment.id, rule: enrollment.rule, rules, class: messageClass, until };
  change(run, { holds: [...run.contact.holds, entry] });
  const detail = { held_until: until, ...(rules === null ? { class: messageClass } : { rules }) };
  record(run, { kind: "step", rule: enrollment.rule, enrollment: enrollment.id, step: step.id, detail });
  moveTo(run, enrollment, step.next);
}
