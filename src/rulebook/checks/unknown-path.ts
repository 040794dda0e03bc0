import { testsOf } from "../../conditions/condition.ts";
import { templateReferences } from "../../templates/template-references.ts";
import { type Check, problemAt } from "../check.ts";
import { pathMistake } from "../known-fields.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { problemIn } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A field of a contact, event or channel that nobody declared, in a condition or a text: it would always be missing. */
export const unknownPath = {
  id: "unknown-path",
  pages: {
    HEED204: {
      what: "A condition or a text names a field that is not declared.",
      why: "It would always be missing: a guard on it never holds, a text falls back every time. Declare fields under `contacts:` and `events:` in heed.yaml.",
      example: { in: "rule", bad: "guard:\n  contact.staus: new", good: "guard:\n  contact.status: new" },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  return rules.flatMap((rule) => [...inConditions(rule, workspace.file), ...inTexts(rule, workspace.file)]);
}

function inConditions({ document, conditions }: ParsedRule, workspace: WorkspaceFile): readonly Problem[] {
  return conditions.flatMap(({ path: base, condition }) => {
    const places = new Map(testsOf(condition).map((test) => [test.at.join("/"), test]));
    return [...places.values()].flatMap(({ path, at }) => {
      const mistake = pathMistake(path, workspace);
      if (mistake === null) return [];
      const help = didYouMean(mistake.word, mistake.known) ?? mistake.help;
      return [
        problemAt(document, { code: "HEED204", path: [...base, ...at], part: "key", message: mistake.message, help }),
      ];
    });
  });
}

function inTexts({ document, texts }: ParsedRule, workspace: WorkspaceFile): readonly Problem[] {
  return texts.flatMap(({ path, kind, source }) =>
    templateReferences(source, kind).flatMap((reference) => {
      const mistake = pathMistake(reference.path, workspace);
      if (mistake === null) return [];
      const help = didYouMean(mistake.word, mistake.known) ?? mistake.help;
      const range = document.rangeWithin(path, reference.start, reference.end);
      return [problemIn(document.source, { code: "HEED204", message: mistake.message, help, range, path })];
    }),
  );
}
