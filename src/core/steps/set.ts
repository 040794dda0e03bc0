import { learnAttributes } from "../attributes.ts";
import { moveTo } from "../ending.ts";
import { factsOfEnrollment } from "../facts-of.ts";
import type { Enrollment } from "../model/contact.ts";
import type { Json } from "../model/json.ts";
import type { Rule, SetStep } from "../model/rulebook.ts";
import { type Asking, record, type Run } from "../run.ts";
import { fitted } from "./fitted.ts";
import { valueOf } from "./value.ts";

/** Writes attributes of the contact, all of one step judged on the same facts. What cannot be rendered, or is no value of its field, is left as it was. */
export function* set(run: Run, rule: Rule, enrollment: Enrollment, step: SetStep): Asking<void> {
  const facts = factsOfEnrollment(run.contact, run.rulebook.workspace, rule, enrollment, run.now);
  const place = { kind: "step", rule: rule.id, enrollment: enrollment.id, step: step.id } as const;
  const values: Record<string, Json> = {};
  for (const [name, value] of Object.entries(step.attributes)) {
    const made = yield* valueOf(run, value, facts);
    const fitting = made === undefined ? undefined : fitted(made, run.rulebook.workspace.fields.get(name));
    if (fitting === undefined) record(run, { ...place, reason: "template.missing", detail: { set: [name] } });
    else values[name] = fitting;
  }
  const room = learnAttributes(run, values);
  record(run, { ...place, detail: { [room ? "set" : "refused"]: Object.keys(values) } });
  moveTo(run, enrollment, step.next);
}
