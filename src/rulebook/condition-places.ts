import type { Json } from "../core/model/json.ts";
import { jsonAt } from "./json-at.ts";
import type { Path } from "./problem.ts";

/** Where a rule holds conditions. `*` stands for any entry of a list. */
const places: readonly string[] = ["trigger/where", "guard", "stop_on/*/where", "actions/*/when"];

/** The paths of all conditions of a rule file, whatever shape the rest of the file has. */
export function conditionPaths(data: Json): readonly Path[] {
  return places
    .flatMap((place) => expand(data, place.split("/"), []))
    .filter((path) => jsonAt(data, path) !== undefined);
}

function expand(data: Json, steps: readonly string[], path: Path): readonly Path[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [path];
  if (step !== "*") return expand(data, rest, [...path, step]);
  const list = jsonAt(data, path);
  return Array.isArray(list) ? list.flatMap((_, index) => expand(data, rest, [...path, index])) : [];
}
