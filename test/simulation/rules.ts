import { type CompiledWorkspace, compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import type { Environment } from "../../src/rulebook/environment.ts";
import { createSourceFile } from "../../src/rulebook/source-file.ts";
import { filesOf, type Version, VERSIONS } from "./rule-texts.ts";

/** Every version, compiled by the production compiler. */
export async function compileVersions(env: Environment): Promise<ReadonlyMap<Version, CompiledWorkspace>> {
  const compiled = new Map<Version, CompiledWorkspace>();
  for (const version of VERSIONS) {
    const files = Object.entries(filesOf(version)).map(([name, text]) => createSourceFile(name, text));
    const result = await compileWorkspace({ files, problems: [] }, env);
    if (!result.ok) {
      const told = result.problems
        .filter(({ severity }) => severity === "error")
        .map(({ code, file, range, message }) => `${code} ${file}:${range.start.line}: ${message}`);
      throw new Error(`the rules of the simulation do not compile:\n${told.join("\n")}`);
    }
    compiled.set(version, result.workspace);
  }
  return compiled;
}
