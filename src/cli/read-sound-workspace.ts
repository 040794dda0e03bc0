import { checkWorkspace } from "../rulebook/check-workspace.ts";
import type { ParsedFile, ParsedWorkspace } from "../rulebook/parsed-workspace.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import type { WorkspaceFile } from "../rulebook/workspace-file.generated.ts";
import { loadJudged } from "./load-judged.ts";
import type { Output } from "./output.ts";

export interface SoundWorkspace {
  readonly parsed: ParsedWorkspace;
  readonly heed: ParsedFile<WorkspaceFile>;
}

/** A workspace without errors, or null after its errors were told. The environment is not asked. */
export function readSoundWorkspace(directory: string, { err }: Output): SoundWorkspace | null {
  const { parsed, problems } = checkWorkspace(loadJudged(directory), null);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length === 0 && parsed.workspace !== null) return { parsed, heed: parsed.workspace };
  err(renderProblems(errors, { format: "pretty", colours: false }));
  return null;
}
