import { countSegments } from "../core/segments.ts";

/** What word processors and phones put in for plain characters, and those characters: the same to a reader, and in GSM-7. */
const plain: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "'": "\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u00b4`",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "...": "\u2026",
    " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t",
    "\n": "\u2028\u2029",
    "*": "\u2022",
    "/": "\u2044",
  }).flatMap(([to, all]) => Array.from(all, (from): [string, string] => [from, to])),
);

/** The same in GSM-7, without a loss to the reader; null when there is nothing of the kind. Takes one character as a person sees it. */
export function plainCharacter(character: string): string | null {
  const known = plain.get(character);
  if (known !== undefined) return known;
  // Some programs write é as an e and an accent.
  const composed = character.normalize("NFC");
  return inGsm7(composed) ? composed : null;
}

/** The letter without what GSM-7 cannot write of it, such as a for á; null when that is nothing either. */
export function baseLetter(character: string): string | null {
  const base = character.normalize("NFKD").replace(/\p{M}/gu, "");
  return base !== character && inGsm7(base) && /^\p{L}+$/u.test(base) ? base : null;
}

export function inGsm7(text: string): boolean {
  return countSegments(text).outsider === null;
}

/** Made when it is needed first: it loads tables, and most texts are plain. */
let graphemes: Intl.Segmenter | undefined;

/** The characters of a text as a person sees them, with their places. */
export function charactersOf(text: string): readonly { readonly character: string; readonly start: number }[] {
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(graphemes.segment(text), ({ segment, index }) => ({ character: segment, start: index }));
}
