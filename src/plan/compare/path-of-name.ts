import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { isList } from "../../core/model/path.ts";
import type { Path } from "../../rulebook/problem.ts";

/** Where in a file is what a change names: `actions.remind.text` is `["actions", 2, "text"]`. As far as it is there. */
export function pathOfName(data: Json, name: string): Path {
  const path: (string | number)[] = [];
  let value: Json | undefined = data;
  let rest = name;
  while (rest !== "" && value !== undefined) {
    const step: Step | null = isList(value) ? entryOf(value, rest) : isJsonObject(value) ? keyOf(value, rest) : null;
    if (step === null) return path;
    path.push(step.step);
    value = step.value;
    rest = step.rest;
  }
  return path;
}

interface Step {
  readonly step: string | number;
  readonly value: Json | undefined;
  readonly rest: string;
}

function entryOf(list: readonly Json[], name: string): Step | null {
  const [, index, id, rest = ""] = /^(?:\[(\d+)\]|\.?([a-z][a-z0-9_-]*))(.*)$/s.exec(name) ?? [];
  const at = index === undefined ? list.findIndex((entry) => isJsonObject(entry) && entry["id"] === id) : Number(index);
  return at < 0 || at >= list.length ? null : { step: at, value: list[at], rest };
}

/** Keys may have dots in them: of those that fit, the longest. */
function keyOf(map: Readonly<Record<string, Json>>, name: string): Step | null {
  const path = name.replace(/^\./, "");
  const [key] = Object.keys(map)
    .filter((each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`))
    .toSorted((a, b) => b.length - a.length);
  return key === undefined ? null : { step: key, value: map[key], rest: path.slice(key.length) };
}
