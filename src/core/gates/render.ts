import { type Asking, askRender } from "../run.ts";
import { valueOf } from "../steps/value.ts";
import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/** The text is made now, from the facts of now. An empty one is never sent. */
export function* render(speaking: Speaking): Asking<GateVerdict> {
  const { run, step, facts } = speaking;
  const content: Record<string, string> = {};
  for (const [field, template] of Object.entries(step.content)) {
    const text = yield* askRender(run, template, facts);
    if (text === null) return skip("template.missing");
    if (text.trim() === "") return skip("template.empty");
    content[field] = text;
  }
  speaking.content = content;
  if (step.body === null) return pass;
  const body = yield* valueOf(run, step.body, facts);
  if (body === undefined) return skip("template.missing");
  speaking.body = body;
  return pass;
}
