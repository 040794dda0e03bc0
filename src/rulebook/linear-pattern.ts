import { RE2JS } from "re2js";

/** Whether a regular expression is found somewhere in a text. */
export type PatternTest = (text: string) => boolean;

export type CompiledPattern =
  | { readonly ok: true; readonly test: PatternTest }
  | { readonly ok: false; readonly mistake: string; readonly help: string };

const unsupported = "look-ahead, look-behind, back-references such as \\1 and counts above 1000 are not supported";
const escaping = "a bracket, or a `+` or `?` that is meant as such, needs a backslash before it";

/**
 * A regular expression of a test file. RE2 takes time in proportion to the text whatever the pattern is, so that
 * `^(a+)+$` cannot hang a test run; the price is what can't be had in such time.
 */
export function compilePattern(pattern: string): CompiledPattern {
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { ok: true, test: (text) => compiled.matcher(text).find() };
  } catch {
    const mistake = mistakeOf(pattern);
    if (mistake !== null) return { ok: false, mistake: `is no regular expression: ${mistake}`, help: escaping };
    return { ok: false, mistake: "uses what regular expressions here don't have", help: unsupported };
  }
}

/** What JavaScript's engine says, which only reads it: in plainer words than RE2, and without the pattern. */
function mistakeOf(pattern: string): string | null {
  try {
    return new RegExp(pattern, "u").source === "" ? "it is empty" : null;
  } catch (fault) {
    const said = fault instanceof Error ? (fault.message.split(": ").at(-1) ?? "") : "";
    return said === "" ? "it cannot be read" : said.charAt(0).toLowerCase() + said.slice(1);
  }
}
