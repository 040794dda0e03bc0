import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { substitute, variablesIn } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import type { ParsedWorkspace } from "../rulebook/parsed-workspace.ts";

export interface AskableSettings {
  readonly parsed: ParsedWorkspace;
  /** By name, with the variables of the environment in their places. */
  readonly settings: readonly (readonly [name: string, settings: Json])[];
}

/**
 * What stands under a section of heed.yaml and can be tried: where the rules have problems, nothing, and of the rest what
 * has all its variables. What is wrong is told of elsewhere.
 */
export function askableSettings(
  directory: string,
  section: "providers" | "lookups",
  env: NodeJS.ProcessEnv,
): AskableSettings | null {
  const { parsed, problems } = checkWorkspace(loadWorkspace(directory), null);
  if (parsed.workspace === null || problems.some(({ severity }) => severity === "error")) return null;
  const written = jsonAt(parsed.workspace.document.data, [section]);
  const whole = Object.entries(isJsonObject(written) ? written : {}).filter(([, settings]) =>
    variablesIn(settings).every(({ name }) => (env[name] ?? "") !== ""),
  );
  return {
    parsed,
    settings: whole.map(([name, settings]) => [name, substitute(settings, (each) => env[each])] as const),
  };
}
