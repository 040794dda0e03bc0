import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { type Environment, variablesIn } from "../rulebook/environment.ts";

/** What must change for Heed to speak to a fake: variables where heed.yaml names one, settings everywhere else. */
export interface Changes {
  readonly variables: Readonly<Record<string, string>>;
  readonly settings: JsonObject;
}

/** From the settings as they are written, and what the fake wants to have instead. */
export function changesFor(written: Json | undefined, wanted: JsonObject, env: Environment): Changes {
  const variables: Record<string, string> = {};
  const settings: Record<string, Json> = {};
  for (const [key, value] of Object.entries(wanted)) {
    const before = isJsonObject(written) ? written[key] : undefined;
    if (isJsonObject(value)) {
      const inner = changesFor(before, value, env);
      Object.assign(variables, inner.variables);
      if (Object.keys(inner.settings).length > 0) settings[key] = inner.settings;
      continue;
    }
    const name = typeof before === "string" ? /^\$\{(\w+)\}$/.exec(before)?.[1] : undefined;
    if (name !== undefined && typeof value === "string") {
      if (env[name] !== value) variables[name] = value;
      continue;
    }
    if (before === value) continue;
    settings[key] = value;
    // What it is made of is not needed any more, and must not be missed either.
    const unset = variablesIn(before ?? null).filter((use) => (env[use.name] ?? "") === "");
    for (const use of unset) variables[use.name] = typeof value === "string" ? value : "of-the-fake";
  }
  return { variables, settings };
}

/** The settings with what a fake wants in the place of what they say. */
export function withChanges(settings: Json | undefined, wanted: JsonObject): JsonObject {
  const merged: Record<string, Json> = isJsonObject(settings) ? { ...settings } : {};
  for (const [key, value] of Object.entries(wanted))
    merged[key] = isJsonObject(value) ? withChanges(merged[key], value) : value;
  return merged;
}
