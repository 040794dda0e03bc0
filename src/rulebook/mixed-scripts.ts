/** A word of Latin and other letters that look alike, so that it is another word than it seems. */
export interface MixedWord {
  readonly word: string;
  readonly index: number;
  /** `Latin and Cyrillic`. */
  readonly scripts: string;
  /** The first letter that is not what it seems. */
  readonly letter: string;
  /** The word in Latin letters alone; null when one of them has no Latin look-alike. */
  readonly latin: string | null;
}

const foreign: readonly (readonly [name: string, letters: RegExp])[] = [
  ["Cyrillic", /\p{Script=Cyrillic}/u],
  ["Greek", /\p{Script=Greek}/u],
  ["Armenian", /\p{Script=Armenian}/u],
  ["Cherokee", /\p{Script=Cherokee}/u],
  ["styled", /[\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]/u],
];

/** Letters that cannot be told from Latin ones, and the ones they look like. */
const latinOf: ReadonlyMap<string, string> = new Map(
  [
    ["аеорсухѕіјһԁԛԝѵӏкмтвн", "aeopcyxsijhdqwvlkmtbh"],
    ["АВЕКМНОРСТХУЅІЈҺԌԚԜ", "ABEKMHOPCTXYSIJHGQW"],
    ["αορνυικτγχ", "aopvuiktyx"],
    ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"],
    ["օոսհցզ", "onuhgq"],
  ].flatMap(([from = "", to = ""]) =>
    Array.from(from, (letter, index): [string, string] => [letter, to.charAt(index)]),
  ),
);

/** The words of a text, which stands at an offset of another, that mix scripts. A word of one script is a word of that language, whatever stands beside it. */
export function mixedWordsIn(text: string, offset = 0): readonly MixedWord[] {
  if (!foreign.some(([, letters]) => letters.test(text))) return [];
  return Array.from(text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)).flatMap(({ 0: word, index }) => {
    const plain = word.replace(/[\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]/gu, "");
    const other = foreign.find(([, letters]) => letters.test(word));
    if (other === undefined || !/\p{Script=Latin}/u.test(plain)) return [];
    const [name, letters] = other;
    const letter = Array.from(word).find((candidate) => letters.test(candidate)) ?? "";
    return [{ word, index: index + offset, scripts: `Latin and ${name}`, letter, latin: latinForm(word) }];
  });
}

function latinForm(word: string): string | null {
  const latin = Array.from(word, (letter) => latinOf.get(letter) ?? letter)
    .join("")
    .normalize("NFKC");
  return /^[\p{Script=Latin}\p{M}\p{N}]+$/u.test(latin) ? latin : null;
}

/** Names of servers in a text, with their places: what stands between `//` and the path, and `acme.example` anywhere. */
export function hostsIn(
  text: string,
): readonly { readonly host: string; readonly index: number; readonly url: boolean }[] {
  return Array.from(text.matchAll(hosts)).map((match) => {
    const [whole, scheme = "", host = ""] = match;
    return { host, index: match.index + whole.length - host.length, url: scheme !== "" };
  });
}

const hosts =
  /(?<![\p{L}\p{M}\p{N}.@-])((?:[a-z][a-z0-9+.-]{0,15}:\/\/)(?:[^\s/@"'<>]{0,200}@)?)?((?:[\p{L}\p{M}\p{N}-]{1,63}\.){1,8}[a-z]{2,24})(?![\p{L}\p{N}])/giu;

/** A name that is all of look-alikes before a Latin ending, such as a Cyrillic apple in `аррӏе.com`. */
export function seemsLatin(host: string): string | null {
  const labels = host.split(".").slice(0, -1);
  return (
    labels.find((label) => {
      const letters = label.match(/\p{L}/gu) ?? [];
      return letters.length > 0 && letters.every((letter) => latinOf.has(letter));
    }) ?? null
  );
}
