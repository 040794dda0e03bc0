import { type Literal, literalsOf } from "../templates/literals-of.ts";
import { jsonAt } from "./json-at.ts";
import type { Text } from "./parsed-workspace.ts";
import { baseLetter, charactersOf, inGsm7, plainCharacter } from "./plain-characters.ts";
import type { Edit, Fix } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import { createSourceFile } from "./source-file.ts";

/** A character of a text that GSM-7 lacks, as a person sees it. */
interface Outsider {
  readonly character: string;
  /** In the source of the text. */
  readonly start: number;
  readonly end: number;
  /** What says the same in GSM-7. */
  readonly plain: string | null;
  readonly help: string;
  readonly literal: Literal;
}

export interface Outsiders {
  readonly first: Outsider;
  readonly others: number;
  readonly all: readonly Outsider[];
}

/** The characters because of which a text message is sent as UCS-2; null when there are none, or its language has no choice. */
export function outsidersOf({ source, kind }: Text): Outsiders | null {
  if (inGsm7(source)) return null;
  const literals = literalsOf(source, kind) ?? [];
  if (isForeign(literals.map(({ text }) => text).join(""))) return null;
  const all = literals.flatMap((literal) =>
    charactersOf(literal.text).flatMap(({ character, start }) =>
      inGsm7(character) ? [] : [outsider(character, literal.start + start, literal)],
    ),
  );
  const [first] = all;
  return first === undefined ? null : { first, others: all.length - 1, all };
}

/** Most of its letters are of a script that GSM-7 does not have, so that UCS-2 is what its author must want. */
function isForeign(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter) && !inGsm7(letter));
  return foreign.length * 2 > letters.length;
}

function outsider(character: string, start: number, literal: Literal): Outsider {
  const plain = plainCharacter(character);
  return { character, start, end: start + character.length, plain, help: helpFor(character, plain), literal };
}

function helpFor(character: string, plain: string | null): string {
  if (plain !== null) return `write ${plain.trim() === "" ? "a plain space or line break" : plain} instead`;
  const base = baseLetter(character);
  return base === null
    ? "leave it out, or waive this if it is worth its price"
    : `write ${base} instead, or waive this if the letter is worth its price`;
}

/** The text as it would be in GSM-7. What has no counterpart counts as one character. */
export function plainText(text: string): string {
  return charactersOf(text)
    .map(({ character }) =>
      inGsm7(character) ? character : (plainCharacter(character) ?? baseLetter(character) ?? "?"),
    )
    .join("");
}

/** The fix that makes a text GSM-7; null when a character has no counterpart, or writing it would change more than the character. */
export function replaceOutsiders(text: Text, { all }: Outsiders): Fix | null {
  const edits: Edit[] = [];
  const replaced: Replacement[] = [];
  for (const { start, end, plain, literal } of all) {
    if (plain === null || plain === literal.quote) return null;
    replaced.push({ start, end, text: plain });
    edits.push({ range: text.rangeOf(start, end), text: text.path.length === 0 ? plain : escaped(plain, text) });
  }
  return saysAfter(text, edits) === withReplaced(text.source, replaced) ? { safe: true, edits } : null;
}

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** In one pass, from front to back: a text may have thousands. */
function withReplaced(source: string, replacements: readonly Replacement[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, text } of replacements) {
    parts.push(source.slice(from, start), text);
    from = end;
  }
  return [...parts, source.slice(from)].join("");
}

/** As it is written between the quotes of YAML. */
function escaped(plain: string, { file, rangeOf }: Text): string {
  const quote = file.text.charAt(rangeOf(0, 1).start.offset - 1);
  if (quote === "'") return plain.replaceAll("'", "''");
  return quote === '"' ? plain.replaceAll('"', '\\"').replaceAll("\n", "\\n") : plain;
}

/** What the text says when the file is changed so. */
function saysAfter({ file, path }: Text, edits: readonly Edit[]): string | null {
  const changed = withReplaced(
    file.text,
    edits.map(({ range, text }) => ({ start: range.start.offset, end: range.end.offset, text })),
  );
  if (path.length === 0) return changed.replace(/\r?\n$/, "");
  const read = readYaml(createSourceFile(file.name, changed));
  const said = read.ok ? jsonAt(read.document.data, path) : null;
  return typeof said === "string" ? said : null;
}
