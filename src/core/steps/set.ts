import { learnAttributes } from "../attributes.ts";
import { bounded, GLANCE } from "../model/bounded.ts";
import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { Json } from "../model/json.ts";
import type { SetStep } from "../model/rulebook.ts";
import { type Asking, record, type Run } from "../run.ts";
import { fitted } from "./fitted.ts";
import { valueOf } from "./value.ts";

/**
 * Writes attributes of the contact, all of one step judged on the same facts. What cannot be rendered, says nothing, or
 * is no value of its field, is left as it was.
 */
export function* set(run: Run, enrollment: Enrollment, step: SetStep, facts: Facts): Asking<void> {
  const place = { kind: "step", rule: enrollment.rule, enrollment: enrollment.id, step: step.id } as const;
  const values: Record<string, Json> = {};
  const { fields, timeZone } = run.rulebook.workspace;
  for (const [name, value] of Object.entries(step.attributes)) {
    const made = yield* valueOf(run, value, facts);
    if (value.kind === "text" && saysNothing(made)) {
      record(run, { ...place, reason: "template.empty", detail: { set: [name] } });
      continue;
    }
    const fitting = made === undefined ? undefined : fitted(made, fields.get(name)?.type, timeZone);
    if (fitting === undefined) record(run, { ...place, reason: "template.missing", detail: { set: [name] } });
    else values[name] = fitting;
  }
  const room = learnAttributes(run, values, run.now);
  record(run, { ...place, detail: room ? { set: bounded(values, GLANCE) } : { refused: Object.keys(values) } });
  moveTo(run, enrollment, step.next);
}

/** Texts count a blank, and the word null, as missing: written, it would be there for conditions and missing for texts. */
function saysNothing(made: Json | undefined): boolean {
  return typeof made === "string" && /^\s*(?:null)?\s*$/i.test(made);
}
