import type { Setting } from "../conditions/parse-condition.ts";
import type { Json } from "../core/model/json.ts";
import { expandPath } from "./json-at.ts";
import type { Path } from "./problem.ts";
import { stepPaths } from "./steps.ts";

interface Place {
  readonly pattern: readonly string[];
  readonly setting: Setting;
}

/** Where a rule holds conditions, and where a step does. `*` stands for any entry of a list. */
const ofRule: readonly Place[] = [
  { pattern: ["trigger", "where"], setting: "event" },
  { pattern: ["goal", "where"], setting: "event" },
  { pattern: ["guard"], setting: "moment" },
  { pattern: ["stop_on", "*", "where"], setting: "event" },
];
const ofStep: readonly Place[] = [
  { pattern: ["when"], setting: "moment" },
  { pattern: ["wait_for", "where"], setting: "event" },
  { pattern: ["branch", "*", "when"], setting: "moment" },
];

export interface ConditionPlace {
  readonly path: Path;
  readonly setting: Setting;
}

/** The places of all conditions of a rule file, whatever shape the rest of the file has. */
export function conditionPlaces(data: Json): readonly ConditionPlace[] {
  const bases: readonly [Path, readonly Place[]][] = [
    [[], ofRule],
    ...stepPaths(data).map((path): [Path, readonly Place[]] => [path, ofStep]),
  ];
  return bases.flatMap(([base, places]) =>
    places.flatMap(({ pattern, setting }) => expandPath(data, pattern, base).map((path) => ({ path, setting }))),
  );
}
