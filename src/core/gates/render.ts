import { askRender, type Asking } from "../run.ts";
import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/** The text is made now, from the facts of now. An empty one is never sent. */
export function* render(speaking: Speaking): Asking<GateVerdict> {
  const content: Record<string, string> = {};
  for (const [field, template] of Object.entries(speaking.step.content)) {
    const text = yield* askRender(speaking.run, template, speaking.facts);
    if (text === null) return skip("template.missing");
    if (text.trim() === "") return skip("template.empty");
    content[field] = text;
  }
  speaking.content = content;
  return pass;
}
