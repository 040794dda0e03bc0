import { missingProof, takesBackOrEnds } from "../../core/model/admission.ts";
import { statusOfEvent } from "../../core/model/message-state.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { Emit } from "../rule-file.generated.ts";
import { stepsOf } from "../steps.ts";

/** An event in the name of somebody else: a rule that makes it would put words into the mouth of a person or a provider. */
export const emittedEvent = {
  id: "emitted-event",
  pages: {
    HEED411: {
      what: "A rule emits an event that only a person, a provider or your own systems can report.",
      why: "Who said STOP is spoken to again when that person says so; who agreed to marketing agreed to words somewhere, which are the proof; what became of a message is known to its provider; and who is erased or merged is for the systems that know people. Events that rules hand to each other have names of their own.",
      example: {
        in: "rule",
        bad: "actions:\n  - emit: { event: sms.opted_in }",
        good: "actions:\n  - emit: { event: lead.wants_texts }",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap((rule) =>
    stepsOf(rule.file).flatMap(({ step, path }) => ("emit" in step ? judge(rule, step.emit, [...path, "emit"]) : [])),
  );
}

const tagging: ReadonlyMap<string, string> = new Map([
  ["contact.tagged", "tag"],
  ["contact.untagged", "untag"],
]);

function judge({ document }: ParsedRule, { event, data = {} }: Emit, path: Path): readonly Problem[] {
  const report = (message: string, help: string): readonly Problem[] => [
    problemAt(document, { code: "HEED411", path: [...path, "event"], message, help }),
  ];
  const verb = tagging.get(event);
  if (verb !== undefined)
    return report(`\`${event}\` alone changes no tag`, `write a step \`${verb}:\`, which emits it`);
  if (takesBackOrEnds(event)) {
    const help = "emit an event with a name of your own; your systems say this one, with the API token";
    return report(`a rule can't make \`${event}\` happen`, help);
  }
  if (statusOfEvent(event) !== null) {
    const help = "emit an event with a name of your own, such as lead.qualified";
    return report(`\`${event}\` is what a provider reports of a message, and no rule`, help);
  }
  const [lack] = missingProof({ event_type: event, data });
  if (lack === undefined) return [];
  return report(`\`${event}\` has no proof: \`${lack.path.join(".")}\` ${lack.message}`, "write it into its data");
}
