import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { stepsOf } from "../steps.ts";
import { didYouMean } from "../suggest.ts";

/** A send that takes its text from a file that `templates/` does not have, or has only in a form that its channel cannot carry. */
export const unknownTemplate = {
  id: "unknown-template",
  pages: {
    HEED214: {
      what: "A send names a shared text that the folder `templates/` does not have.",
      why: "There would be nothing to say. `template: welcome` is `templates/welcome.liquid`, and for email `templates/welcome.html.liquid` as well.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    template: welcome",
        good: "actions:\n  - send: sms\n    text: Welcome.",
      },
    },
    HEED215: {
      what: "A send has a shared text and its own words for the same field.",
      why: "One of the two would silently not be sent.",
      example: { in: "words", bad: "`template: welcome` and `text: Welcome.` in one send", good: "one of them" },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules, templates }: ParsedWorkspace): readonly Problem[] {
  const known = [...templates.keys()];
  return rules.flatMap(({ document, file }) =>
    stepsOf(file).flatMap(({ step, path }) => {
      if (!("send" in step) || step.template === undefined) return [];
      const at = [...path, "template"];
      const found = templates.get(step.template);
      if (found === undefined) {
        const bare = step.template.replace(/^templates\//, "");
        const beneath = bare === step.template ? null : `write ${bare}: the folder goes without saying`;
        const help = beneath ?? didYouMean(step.template, known) ?? `write it as templates/${step.template}.liquid`;
        const message = `there is no shared text \`${step.template}\``;
        return [problemAt(document, { code: "HEED214", path: at, message, help })];
      }
      const twice = (["text", "html"] as const).find((form) => found[form] !== null && step[form] !== undefined);
      if (twice !== undefined) {
        const message = `\`${twice}\` is said twice: here, and in ${found[twice]?.file.name ?? ""}`;
        return [
          problemAt(document, { code: "HEED215", path: [...path, twice], part: "key", message, help: "keep one" }),
        ];
      }
      const channels = typeof step.send === "string" ? [step.send] : step.send;
      const needsText = channels.find((channel) => {
        const kind = Object.hasOwn(workspace?.file.channels ?? {}, channel) && workspace?.file.channels[channel]?.kind;
        return typeof kind === "string" && kind !== "email" && kind !== "webhook";
      });
      if (needsText === undefined || found.text !== null || step.text !== undefined) return [];
      const message = `\`${step.template}\` has HTML alone, which \`${needsText}\` can't carry`;
      const help = `add templates/${step.template}.liquid with the text`;
      return [problemAt(document, { code: "HEED214", path: at, message, help })];
    }),
  );
}
