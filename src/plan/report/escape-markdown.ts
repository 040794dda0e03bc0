import { printable } from "../../rulebook/report/printable.ts";

/**
 * What comes from rules and events may hold Markdown, HTML, commands of Mermaid, or the name of somebody who would be
 * called. In a comment all of it is shown as it is written, and nothing of it does anything.
 */

/** Words in a sentence. What stands between backticks is shown as code, as our own messages write paths and values. */
export function inline(text: string): string {
  return oneLine(text)
    .split("`")
    .map((part, index) => (index % 2 === 1 && part !== "" ? code(part) : escaped(part)))
    .join("");
}

/** A value, letter by letter. Two backticks inside need three around. */
export function code(text: string): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = line.startsWith("`") || line.endsWith("`") || line.trim() === "" ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** In a table a bar ends the cell, even inside of code. */
export function cell(markdown: string): string {
  return markdown.replaceAll("|", "\\|");
}

/** Inside of a tag such as `<summary>`: the signs of Markdown too, for readers that know it there. */
export function html(text: string): string {
  const signs = oneLine(text).replace(/[&<>"[\]`*_~|\\!]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return unmentioned(signs);
}

/** A label of a diagram: whatever is more than letters and a few signs is written as its number. */
export function label(text: string): string {
  const words = oneLine(text)
    .slice(0, 120)
    .replace(/[\ud800-\udbff]$/, "");
  return words.replace(/[^\p{L}\p{N} ._/+,()−–…:'-]/gu, (character) => `#${character.codePointAt(0) ?? 63};`);
}

/** A marker that no text can end early. */
export function comment(text: string): string {
  return `<!-- ${oneLine(text).replaceAll(/[<>]/g, "").replaceAll(/-{2,}/g, "-")} -->`;
}

function escaped(text: string): string {
  const signs = text.replace(/[\\`*_{}[\]<>#!|&$]|~(?=~)/g, (character) => `\\${character}`);
  // At the beginning of a line these would make a list or a heading.
  return unmentioned(
    signs.replace(/^(\s*)([-=+]|\d+(?=[.)](?:\s|$)))/, (_, blank: string, sign: string) => `${blank}${guarded(sign)}`),
  );
}

function guarded(sign: string): string {
  return /^\d/.test(sign) ? `${sign}\u200b` : `\\${sign}`;
}

/** GitHub calls whoever is named, and links numbers to issues: a sign without width between keeps both from it. */
function unmentioned(text: string): string {
  return text
    .replaceAll("@", "@\u200b")
    .replace(/(?<!&)#(?=\d)/g, "#\u200b")
    .replace(/\b(GH-)(?=\d)/gi, "$1\u200b")
    .replaceAll("://", ":\u200b//");
}

/** Nobody reads on behind it, and a comment has an end. */
const longestText = 600;

function oneLine(text: string): string {
  const line = printable(text.slice(0, longestText + 1).replaceAll(/\r?\n/g, " ⏎ "));
  return line.length <= longestText ? line : `${line.slice(0, longestText).replace(/[\ud800-\udbff]$/, "")}…`;
}
