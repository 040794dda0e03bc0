import type { Json } from "../core/model/json.ts";
import type { ProviderDefinition } from "../providers/definition.ts";
import { problemAt } from "./check.ts";
import type { ProblemCode } from "./codes.ts";
import { type Environment, substitute, variablesIn } from "./environment.ts";
import { jsonAt } from "./json-at.ts";
import type { Path, Problem } from "./problem.ts";
import type { SourceDocument } from "./source-file.ts";

/** Settings as they stand in a file, and what they belong to. */
interface Written {
  readonly document: SourceDocument;
  /** Where they are: `providers`, `twilio`. */
  readonly at: Path;
  readonly settings: Json;
  readonly definition: ProviderDefinition;
}

/** What a definition does not accept of its settings. What depends on a variable that is not set is left for the start. */
export function settingsProblems(
  { document, at, settings, definition }: Written,
  env: Environment | null,
  code: ProblemCode,
): readonly Problem[] {
  const configuration = definition.configure(substitute(settings, (variable) => env?.[variable]));
  if (configuration.ok) return [];
  const open = variablesIn(settings)
    .filter((use) => !env?.[use.name])
    .map(({ path }) => path);
  return configuration.problems
    .filter(({ path }) => !open.some((unset) => isAtOrBelow(unset, path)))
    .map(({ path, message }) => {
      const whole: Path = [...at, ...path];
      const text = `${path.length === 0 ? definition.name : `\`${path.join(".")}\``} ${message}`;
      const part = jsonAt(document.data, whole) === undefined ? "key" : "value";
      return problemAt(document, { code, path: whole, part, message: text });
    });
}

function isAtOrBelow(path: Path, parent: Path): boolean {
  return parent.every((step, index) => String(path[index]) === String(step));
}
