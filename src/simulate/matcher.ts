import type { Json } from "../core/model/json.ts";
import { compilePattern } from "../rulebook/linear-pattern.ts";
import type { Matcher, TextMatcher } from "../rulebook/test-file.generated.ts";

/** Whether a value is as a test wants it. Equality is exact; `contains` ignores case, as it does in conditions. */
export function fitsMatcher(matcher: Matcher | TextMatcher, value: Json | undefined): boolean {
  if (typeof matcher !== "object") return value === matcher;
  const { contains, matches, absent, one_of: oneOf } = matcher;
  if (absent === true) return value === undefined || value === null;
  if (value === undefined || value === null) return false;
  if (contains !== undefined && !has(value, contains)) return false;
  if (matches !== undefined && !(typeof value === "string" && found(matches, value))) return false;
  return oneOf === undefined || oneOf.some((one) => one === value);
}

/** In words: `contains "verification"`. */
export function describeMatcher(matcher: Matcher | TextMatcher): string {
  if (typeof matcher !== "object") return quoted(matcher);
  const { contains, matches, absent, one_of: oneOf } = matcher;
  return [
    absent === true ? "absent" : null,
    contains === undefined ? null : `contains ${quoted(contains)}`,
    matches === undefined ? null : `matches /${matches}/`,
    oneOf === undefined ? null : `one of ${oneOf.map(quoted).join(", ")}`,
  ]
    .filter((part) => part !== null)
    .join(" and ");
}

/** Longer values are cut: the place that differs is found by the test that was written. */
const mostShown = 120;

export function quoted(value: Json | undefined): string {
  if (value === undefined || value === null) return "nothing";
  const text = JSON.stringify(value);
  return text.length > mostShown ? `${text.slice(0, mostShown - 1)}…` : text;
}

/** A pattern that is none fits nothing; the checker refuses the file before. */
function found(pattern: string, text: string): boolean {
  const compiled = compilePattern(pattern);
  return compiled.ok && compiled.test(text);
}

function has(value: Json, wanted: string): boolean {
  const lower = wanted.toLowerCase();
  if (typeof value === "string") return value.toLowerCase().includes(lower);
  return Array.isArray(value) && value.some((entry) => typeof entry === "string" && entry.toLowerCase() === lower);
}
