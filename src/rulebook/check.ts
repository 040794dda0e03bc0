import type { ProblemCode } from "./codes.ts";
import type { Environment } from "./environment.ts";
import type { Pages } from "./page.ts";
import type { ParsedWorkspace } from "./parsed-workspace.ts";
import type { Fix, Path, Problem, Related, Severity } from "./problem.ts";
import { type Part, problemIn, type SourceDocument } from "./source-file.ts";

/** One law about workspaces, in a file of `checks/` that has its id as name. */
export interface Check {
  readonly id: string;
  /** One for every code that this check is the first to report. */
  readonly pages: Pages;
  /** What it looks at is well-formed: every file has its shape. Must not throw, and must not report what another check reports. */
  run(workspace: ParsedWorkspace, env: Environment | null): readonly Problem[];
}

interface Finding {
  readonly code: ProblemCode;
  readonly path: Path;
  readonly part?: Part;
  readonly message: string;
  readonly help?: string | null;
  readonly severity?: Severity;
  readonly related?: readonly Related[];
  readonly fix?: Fix;
}

/** A problem at an entry of a file. */
export function problemAt(document: SourceDocument, finding: Finding): Problem {
  const { part = "value", ...rest } = finding;
  return problemIn(document.source, { ...rest, range: document.rangeOf(finding.path, part) });
}
