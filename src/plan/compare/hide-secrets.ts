import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { isList } from "../../core/model/path.ts";
import type { Path } from "../../rulebook/problem.ts";
import { isWrittenOut, secretPatterns, secretSettings } from "../../rulebook/secret-settings.ts";

const hidden = "(not shown)";

/** The value without what gives itself away as a secret, which a waiver may have let into a file. */
export function withoutSecrets(value: Json): Json {
  if (typeof value === "string")
    return secretPatterns.some(([, pattern]) => value.search(pattern) >= 0) ? hidden : value;
  if (isList(value)) return value.map(withoutSecrets);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}

/** What stands at a place of heed.yaml, its secrets by the names of their variables alone. */
export function settingsWithoutSecrets(value: Json, at: Path): Json {
  const around = at.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);
  const secrets = new Set(secretSettings(around).map((path) => path.join("\n")));
  const hide = (inner: Json, path: Path, inSecret: boolean): Json => {
    const isSecret = inSecret || secrets.has(path.join("\n"));
    if (isList(inner)) return inner.map((entry, index) => hide(entry, [...path, index], isSecret));
    if (isJsonObject(inner)) {
      return Object.fromEntries(
        Object.entries(inner).map(([key, each]) => [key, hide(each, [...path, key], isSecret)]),
      );
    }
    return isSecret && isWrittenOut(inner) ? hidden : inner;
  };
  return withoutSecrets(hide(value, at, false));
}
