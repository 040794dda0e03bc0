import type { Scalar } from "yaml";
import type { Problem } from "./problem.ts";
import { problemIn, rangeAt, type SourceFile } from "./source-file.ts";

/** Keys of words that people read, in which a number sign may well be one of them. */
const keysOfWords: ReadonlySet<string> = new Set([
  "text",
  "html",
  "subject",
  "stop",
  "body",
  "message",
  "description",
  "name",
  "tag",
  "untag",
]);

/**
 * ` #` ends a text that is not quoted, and nobody is told: of `Your order #{{ event.data.id }}` two words would be sent.
 * A comment has a space behind its `#`, and no Liquid.
 */
export function commentTrap(source: SourceFile, key: string, scalar: Scalar): Problem | null {
  if (scalar.type !== "PLAIN" || typeof scalar.value !== "string" || !keysOfWords.has(key)) return null;
  const [begin = 0, end = begin] = scalar.range ?? [];
  const lineEnd = source.text.indexOf("\n", end);
  const rest = source.text.slice(end, lineEnd < 0 ? source.text.length : lineEnd);
  const comment = /^\s+(#(?:[^\s#!].*|.*\{[{%].*))$/.exec(rest.trimEnd())?.[1];
  if (comment === undefined) return null;
  const start = end + rest.indexOf("#");
  return problemIn(source, {
    code: "HEED020",
    message: `the text of \`${key}\` ends before the #, because a # behind a space begins a comment`,
    help: "put the whole text in quotes; a comment is written with a space behind the #",
    range: rangeAt(source, start, start + comment.length),
  });
}
