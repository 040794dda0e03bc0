import { isList } from "../core/model/path.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { type Invisible, invisiblesIn } from "./invisible.ts";
import { hostsIn, type MixedWord, mixedWordsIn, seemsLatin } from "./mixed-scripts.ts";
import type { Path, Problem, Range } from "./problem.ts";
import { problemIn, rangeAt, type SourceDocument, type SourceFile } from "./source-file.ts";

/** More lines than these tell no more. */
const maxProblems = 50;
/** Characters that one reading of a file tells and mends; the rest waits for the next. */
const maxFound = 1_000;

/** Characters of a file that nobody can see, one problem for each line: they come in pairs and runs. */
export function invisibleProblems(source: SourceFile): readonly Problem[] {
  const lines = new Map<number, { readonly found: Invisible; readonly range: Range }[]>();
  for (const found of invisiblesIn(source.text, maxFound)) {
    const range = rangeAt(source, found.index, found.index + found.character.length);
    const line = lines.get(range.start.line);
    if (line === undefined) lines.set(range.start.line, [{ found, range }]);
    else line.push({ found, range });
  }
  return [...lines.values()].slice(0, maxProblems).flatMap((all) => {
    const [first] = all;
    if (first === undefined) return [];
    // Without what turns the text around, its author would see another text than before.
    const safe = !all.some(({ found }) => found.turns || /[\u2028\u2029]/.test(found.character));
    const fix = { safe, edits: all.map(({ range }) => ({ range, text: "" })) };
    return [problemIn(source, { ...invisible(first.found, all.length), range: first.range, fix })];
  });
}

function invisible({ name, turns }: Invisible, count: number) {
  const more = count === 1 ? "" : `, and ${count - 1} more like it`;
  return {
    code: "HEED406" as const,
    message: `there is an invisible ${name} here${more}`,
    help: turns
      ? "remove it: it changes the order in which text is shown, so that it reads otherwise than it is"
      : "remove it: what cannot be seen cannot be reviewed",
  };
}

const foundInText = new WeakMap<SourceFile, readonly Problem[]>();

/** Names and addresses in a text of its own, such as a shared template. Remembered, because others ask whether there are any. */
export function lookAlikesInText(source: SourceFile): readonly Problem[] {
  const found = foundInText.get(source) ?? findInText(source);
  foundInText.set(source, found);
  return found;
}

function findInText(source: SourceFile): readonly Problem[] {
  const hidden = invisibleProblems(source);
  const hosts = hostWords(source.text).map((mixed) =>
    problemIn(source, { ...lookAlike(mixed), range: rangeAt(source, mixed.index, mixed.index + mixed.word.length) }),
  );
  return [...hidden, ...hosts];
}

/** What a YAML file says with letters or escapes that are not what they seem: in keys, in names, and in the addresses of texts. */
export function lookAlikesInData(document: SourceDocument): readonly Problem[] {
  // Escapes are the one way by which what is not ASCII comes into a text that is.
  if (!/[^\x20-\x7e\s]|\\[uUxabefv0NLP_]/.test(document.source.text)) return [];
  const problems: Problem[] = [];
  walk(document, document.data, [], problems);
  return problems;
}

function walk(document: SourceDocument, value: Json, path: Path, problems: Problem[]): void {
  if (typeof value === "string") problems.push(...inValue(document, value, path));
  else if (isList(value)) for (const [index, item] of value.entries()) walk(document, item, [...path, index], problems);
  else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      const here = [...path, key];
      problems.push(...inKey(document, key, here));
      walk(document, inner, here, problems);
    }
  }
}

function inKey(document: SourceDocument, key: string, path: Path): readonly Problem[] {
  const { source } = document;
  const range = document.rangeOf(path, "key");
  const [hidden] = invisiblesIn(key);
  if (hidden !== undefined) return [problemIn(source, { ...invisible(hidden, 1), range, path })];
  const [mixed] = mixedWordsIn(key);
  return mixed === undefined ? [] : [problemIn(source, { ...lookAlike(mixed), range, path })];
}

/** Under these a value is a name that something else is found by. */
const names: ReadonlySet<string> = new Set([
  "rule",
  "rules",
  "id",
  "event",
  "send",
  "channel",
  "provider",
  "template",
  "tag",
  "untag",
  "same",
  "key",
  "on",
  "experiment",
  "from",
  "contact",
  "workspace",
  "plugins",
]);

function inValue(document: SourceDocument, value: string, path: Path): readonly Problem[] {
  const { source } = document;
  const at = (start: number, length: number) => ({ range: document.rangeWithin(path, start, start + length), path });
  const [hidden] = invisiblesIn(value);
  if (hidden !== undefined) {
    return [problemIn(source, { ...invisible(hidden, 1), ...at(hidden.index, hidden.character.length) })];
  }
  const name = path.findLast((step) => typeof step === "string") ?? "";
  const words = names.has(name) && !value.includes("{{") ? mixedWordsIn(value) : hostWords(value);
  return words.map((mixed) => problemIn(source, { ...lookAlike(mixed), ...at(mixed.index, mixed.word.length) }));
}

/** Words of the addresses in a text. Outside of them a text may mix what it likes: it is for people. */
function hostWords(text: string): readonly MixedWord[] {
  return hostsIn(text).flatMap(({ host, index, url }) => {
    const mixed = mixedWordsIn(host, index);
    const whole = url ? seemsLatin(host) : null;
    if (mixed.length > 0 || whole === null) return mixed;
    const letter = whole.charAt(0);
    return [{ word: whole, index: index + host.indexOf(whole), scripts: "look-alike", letter, latin: null }];
  });
}

function lookAlike({ word, scripts, letter, latin }: MixedWord) {
  const code = (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const what = scripts === "look-alike" ? "is written in letters that only look Latin" : `mixes ${scripts} letters`;
  return {
    code: "HEED406" as const,
    message: `\`${word.slice(0, 60)}\` ${what}: its \`${letter}\` is U+${code}`,
    help:
      latin === null
        ? "write it in the letters of one script"
        : `write it in Latin letters alone: ${latin.slice(0, 60)}`,
  };
}
