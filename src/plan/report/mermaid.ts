import type { Example } from "../plan.ts";
import { label } from "./escape-markdown.ts";
import { clockTime } from "../../simulate/clock-text.ts";
import { momentsOf } from "./timeline.ts";

/** More is no picture any more; the command shows all. */
const mostMoments = 24;

/** One contact's story as a sequence diagram: what happens, and what each side says to it. */
export function sequenceOf(example: Example): string {
  const moments = momentsOf(example);
  const lines = moments.slice(0, mostMoments).map(({ at, side, said }) => {
    const over = { both: "Base,Plan", base: "Base", plan: "Plan" }[side];
    return `  Note over ${over}: ${label(`${clockTime(at, example.zone, "always")} ${said}`)}`;
  });
  const more = moments.length > mostMoments ? [`  Note over Base,Plan: ${moments.length - mostMoments} more`] : [];
  return ["```mermaid", "sequenceDiagram", "  participant Base", "  participant Plan", ...lines, ...more, "```"].join(
    "\n",
  );
}
