import type { Settings } from "./settings.ts";

/**
 * Names of fields that a vendor sends and does not document: `standard`, but for those that the workspace calls
 * otherwise. So a name that turns out to be another needs a line of heed.yaml and no release of Heed.
 */
export function readFieldNames<K extends string>(
  section: Settings | null,
  standard: Readonly<Record<K, string>>,
): Readonly<Record<K, string>> {
  const names: Record<K, string> = { ...standard };
  for (const key in standard) names[key] = section?.string(key) ?? standard[key];
  return names;
}
