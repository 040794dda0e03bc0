import { testsOf } from "../conditions/condition.ts";
import type { Json } from "../core/model/json.ts";
import { problemAt } from "./check.ts";
import { expandPath, jsonAt } from "./json-at.ts";
import type { ParsedRule, ParsedWorkspace } from "./parsed-workspace.ts";
import type { Path, Problem } from "./problem.ts";
import type { SourceDocument } from "./source-file.ts";

/** A place of a file, and which values there this version does not run; any, when nothing is said. */
interface Gap {
  readonly pattern: string;
  readonly when?: (value: Json) => boolean;
}

const inWorkspace: readonly Gap[] = [
  ...["self_protection", "alerts", "plugins", "retention"].map((pattern) => ({ pattern })),
  {
    pattern: "channels/*/kind",
    when: (kind) => kind === "push" || kind === "voice" || kind === "ticket" || kind === "webhook",
  },
];

/**
 * What the rules say and this version does not run. The checker judges all of the language; a rulebook is only run when
 * all of it is kept, so what is not built yet is refused by name rather than ignored. A gap's line goes with building it.
 */
export function notRunYet(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace, rules } = parsed;
  const lookups = workspace === null ? [] : findGaps(workspace.document, [], [{ pattern: "lookups" }]);
  return [...notTestedYet(parsed), ...lookups, ...rules.flatMap(ofRule)];
}

/** The same for tests, in which look-ups find what a case says. */
export function notTestedYet({ workspace }: ParsedWorkspace): readonly Problem[] {
  return workspace === null ? [] : findGaps(workspace.document, [], inWorkspace);
}

function ofRule({ document, conditions }: ParsedRule): readonly Problem[] {
  return conditions.flatMap(({ path, condition }) =>
    testsOf(condition)
      .filter((test) => test.path[0] === "lookup")
      .map(({ at }) => gapAt(document, [...path, ...at])),
  );
}

function findGaps(document: SourceDocument, base: Path, gaps: readonly Gap[]): readonly Problem[] {
  return gaps.flatMap(({ pattern, when }) =>
    expandPath(document.data, pattern.split("/"), base)
      .filter((path) => when === undefined || when(jsonAt(document.data, path) ?? null))
      .map((path) => gapAt(document, path)),
  );
}

function gapAt(document: SourceDocument, path: Path): Problem {
  const message = `\`${String(path.at(-1))}\` as it is written here is part of the rule language, but this version of Heed does not run it yet`;
  return problemAt(document, { code: "HEED190", path, part: "key", message, help: "leave it out to run these rules" });
}
