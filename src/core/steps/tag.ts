import { emitEvent } from "../emitting.ts";
import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { Facts } from "../model/facts.ts";
import type { TagStep } from "../model/rulebook.ts";
import { type Asking, askRender, record, type Run } from "../run.ts";
import { addTag, removeTag } from "../tags.ts";

/** Gives or takes a tag and tells other rules so; what is so already is not told again. */
export function* tag(run: Run, enrollment: Enrollment, step: TagStep, facts: Facts): Asking<void> {
  const name = (yield* askRender(run, step.tag, facts))?.trim() ?? null;
  if (name === null || name === "") {
    const reason = name === null ? "template.missing" : "template.empty";
    record(run, { kind: "step", reason, rule: enrollment.rule, enrollment: enrollment.id, step: step.id });
  } else if (step.verb === "tag" ? addTag(run, name) : removeTag(run, name)) {
    emitEvent(run, enrollment, step.id, `contact.${step.verb}ged`, { tag: name });
  }
  moveTo(run, enrollment, step.next);
}
