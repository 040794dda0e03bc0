import type { Fix, Range } from "./problem.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * One plain word in place of another. Quotes stay around a word, because between brackets `"a":1` is an entry and `a:1`
 * is none; truth values lose them, or they would stay texts.
 */
export function replaceWord(source: SourceFile, range: Range, word: string): Fix {
  const quote = /^["']/.exec(source.text.slice(range.start.offset, range.end.offset))?.[0] ?? "";
  const bare = word === "true" || word === "false";
  return { safe: true, edits: [{ range, text: bare ? word : `${quote}${word}${quote}` }] };
}

/** What YAML 1.1 took for a truth value, as it is written today. */
export function truthOf(text: string): "true" | "false" | null {
  if (/^(?:yes|y|on|true)$/i.test(text)) return "true";
  return /^(?:no|n|off|false)$/i.test(text) ? "false" : null;
}
