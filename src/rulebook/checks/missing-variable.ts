import type { Check } from "../check.ts";
import { type Environment, variablesIn } from "../environment.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { problemIn } from "../source-file.ts";

/** A `${NAME}` in heed.yaml that is malformed or, at the start of the system, not set. Its value is never shown. */
export const missingVariable: Check = { id: "missing-variable", run };

function run({ workspace }: ParsedWorkspace, env: Environment | null): readonly Problem[] {
  if (workspace === null) return [];
  const { document } = workspace;
  return variablesIn(document.data).flatMap(({ name, wellFormed, path, start, end }) => {
    const range = document.rangeWithin(path, start, end);
    if (!wellFormed) {
      const help = "write ${NAME}, with letters, digits and _";
      return [
        problemIn(document.source, { code: "HEED210", message: "this is not a variable's name", help, range, path }),
      ];
    }
    if (env === null || (env[name] ?? "") !== "") return [];
    const help = `start Heed with ${name} set`;
    return [
      problemIn(document.source, {
        code: "HEED210",
        message: `the environment has no variable ${name}`,
        help,
        range,
        path,
      }),
    ];
  });
}
