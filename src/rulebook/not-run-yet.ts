import { problemAt } from "./check.ts";
import { expandPath } from "./json-at.ts";
import type { ParsedWorkspace } from "./parsed-workspace.ts";
import type { Path, Problem } from "./problem.ts";
import type { SourceDocument } from "./source-file.ts";

/** Places of heed.yaml that this version does not run. */
const inWorkspace: readonly string[] = ["self_protection", "alerts"];

/**
 * What the rules say and this version does not run. The checker judges all of the language; a rulebook is only run when
 * all of it is kept, so what is not built yet is refused by name rather than ignored. A gap's line goes with building it.
 */
export function notRunYet({ workspace }: ParsedWorkspace): readonly Problem[] {
  return workspace === null ? [] : findGaps(workspace.document, [], inWorkspace);
}

function findGaps(document: SourceDocument, base: Path, gaps: readonly string[]): readonly Problem[] {
  return gaps.flatMap((pattern) =>
    expandPath(document.data, pattern.split("/"), base).map((path) => gapAt(document, path)),
  );
}

function gapAt(document: SourceDocument, path: Path): Problem {
  const message = `\`${String(path.at(-1))}\` as it is written here is part of the rule language, but this version of Heed does not run it yet`;
  return problemAt(document, { code: "HEED190", path, part: "key", message, help: "leave it out to run these rules" });
}
