/**
 * Whether a value says nothing: absent, null, blank, or the text `null`, which careless exports write for it. In a
 * greeting they would all read as a hole.
 */
export function isMissing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return /^\s*(?:null)?\s*$/i.test(value);
  return Array.isArray(value) && value.length === 0;
}
