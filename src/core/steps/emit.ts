import { emitEvent } from "../emitting.ts";
import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { Json } from "../model/json.ts";
import type { EmitStep } from "../model/rulebook.ts";
import { type Asking, record, type Run } from "../run.ts";
import { valueOf } from "./value.ts";

/** Hands over to other rules. An event one of whose texts cannot be rendered is not emitted. */
export function* emit(run: Run, enrollment: Enrollment, step: EmitStep, facts: Facts): Asking<void> {
  const data: Record<string, Json> = {};
  let whole = true;
  for (const [name, value] of Object.entries(step.data)) {
    const made = yield* valueOf(run, value, facts);
    if (made === undefined) whole = false;
    else data[name] = made;
  }
  if (whole) emitEvent(run, enrollment, step.id, step.event, data);
  else {
    const reason = "template.missing";
    record(run, { kind: "step", reason, rule: enrollment.rule, enrollment: enrollment.id, step: step.id });
  }
  moveTo(run, enrollment, step.next);
}
