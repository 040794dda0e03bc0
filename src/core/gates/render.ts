import { withLookups } from "../looking-up.ts";
import { type Asking, askRendering } from "../run.ts";
import { valueOf } from "../steps/value.ts";
import { type GateVerdict, pass, skip, type Speaking, unanswered } from "./gate.ts";

/** The text is made now, from the facts of now. An empty one is never sent. */
export function* render(speaking: Speaking): Asking<GateVerdict> {
  const { run, step, enrollment } = speaking;
  const known = yield* withLookups(run, enrollment, step.lookups ?? [], speaking.facts);
  if ("reason" in known) return unanswered(known);
  const { facts } = known;
  const content: Record<string, string> = {};
  for (const [field, template] of Object.entries(step.content)) {
    const { text, failed } = yield* askRendering(run, template, facts);
    if (text === null) return skip("template.missing", () => ({ field, ...(failed !== undefined && { why: failed }) }));
    if (text.trim() === "") return skip("template.empty", () => ({ field }));
    content[field] = text;
  }
  speaking.content = content;
  if (step.body === null) return pass;
  const body = yield* valueOf(run, step.body, facts);
  if (body === undefined) return skip("template.missing", () => ({ field: "body" }));
  speaking.body = body;
  return pass;
}
