import { emitEvent } from "../emitting.ts";
import { moveTo } from "../ending.ts";
import { factsOfEnrollment } from "../facts-of.ts";
import type { Enrollment } from "../model/contact.ts";
import type { Rule, TagStep } from "../model/rulebook.ts";
import { type Asking, askRender, record, type Run } from "../run.ts";
import { addTag, removeTag } from "../tags.ts";

/** Gives or takes a tag and tells other rules so; what is so already is not told again. */
export function* tag(run: Run, rule: Rule, enrollment: Enrollment, step: TagStep): Asking<void> {
  const facts = factsOfEnrollment(run.contact, run.rulebook.workspace, rule, enrollment, run.now);
  const name = (yield* askRender(run, step.tag, facts))?.trim() ?? null;
  if (name === null || name === "") {
    const reason = name === null ? "template.missing" : "template.empty";
    record(run, { kind: "step", reason, rule: rule.id, enrollment: enrollment.id, step: step.id });
  } else if (step.verb === "tag" ? addTag(run, name) : removeTag(run, name)) {
    emitEvent(run, enrollment, step.id, `contact.${step.verb}ged`, { tag: name });
  }
  moveTo(run, enrollment, step.next);
}
