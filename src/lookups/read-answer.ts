import type { Json } from "../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../core/model/parse-json.ts";
import { type Fetched, NOTHING } from "./source.ts";

/** The object in a JSON text, under `path` when that is given (`results.0.properties`). */
export function readAnswer(text: string, path: string | undefined): Fetched {
  const parsed = parseJson(text);
  if (!parsed.ok) return { kind: "invalid", code: parsed.why };
  return objectAt(parsed.value, path === undefined ? [] : path.split("."));
}

/**
 * Own properties only. A `null` on the way, or a list with no such entry, says that nobody was found; a property that
 * is not there at all says that the answer is not what was agreed.
 */
export function objectAt(value: Json, path: readonly string[]): Fetched {
  let here = value;
  for (const segment of path) {
    if (here === null) return NOTHING;
    if (isJsonArray(here)) {
      if (!/^\d+$/.test(segment)) return { kind: "invalid", code: "path" };
      here = here[Number(segment)] ?? null;
    } else if (isJsonObject(here) && Object.hasOwn(here, segment)) {
      here = here[segment] ?? null;
    } else {
      return { kind: "invalid", code: "path" };
    }
  }
  if (here === null) return NOTHING;
  return isJsonObject(here) ? { kind: "value", value: here } : { kind: "invalid", code: "no_object" };
}
