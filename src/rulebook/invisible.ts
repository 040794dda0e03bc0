/** A character that a reader can't see, where it is not part of how a language or an emoji is written. */
export interface Invisible {
  readonly character: string;
  /** In UTF-16 code units. */
  readonly index: number;
  readonly name: string;
  /** It changes the order in which what is around it is shown, so that a line can read otherwise than it is. */
  readonly turns: boolean;
}

const suspects = /[\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]|(?![\t\n\r\u0085])\p{Cc}/gu;

/** Those of a text, the first ones if there are too many. */
export function invisiblesIn(text: string, most: number = Number.POSITIVE_INFINITY): readonly Invisible[] {
  const found: Invisible[] = [];
  // Far the most texts have none.
  if (text.search(suspects) < 0) return found;
  for (const { 0: character, index } of text.matchAll(suspects)) {
    if (belongs(character, text, index)) continue;
    found.push({ character, index, name: nameOf(character), turns: turning.test(character) });
    if (found.length >= most) break;
  }
  return found;
}

/** Whether the character is needed where it stands. */
function belongs(character: string, text: string, index: number): boolean {
  const before = lastOf(text.slice(Math.max(0, index - 2), index));
  const after = String.fromCodePoint(text.codePointAt(index + character.length) ?? 0x20);
  if (character === "\u200d") {
    const joinsEmoji = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u.test(before);
    return (joinsEmoji && /\p{Extended_Pictographic}/u.test(after)) || joined.test(before);
  }
  if (character === "\u200c") return joined.test(before);
  if (character === "\u200b") return unspaced.test(before) || unspaced.test(after);
  if (/[\ufe0e\ufe0f]/.test(character)) {
    return (
      /[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u.test(before) || (/[0-9#*]/.test(before) && after === "\u20e3")
    );
  }
  if (/[\ufe00-\ufe0d\u{e0100}-\u{e01ef}]/u.test(character)) return /\p{Script=Han}/u.test(before);
  if (/[\u180b-\u180f]/.test(character)) return /\p{Script=Mongolian}/u.test(before);
  if (/[\u{e0020}-\u{e007f}]/u.test(character))
    return /\u{1f3f4}[\u{e0020}-\u{e007e}]{0,8}$/u.test(text.slice(Math.max(0, index - 20), index));
  return /[\u061c\u200e\u200f]/.test(character) && rightToLeft.test(lineAround(text, index));
}

function lastOf(text: string): string {
  return Array.from(text).at(-1) ?? "";
}

/** What a reader sees beside it on its line. A line may be a whole file, and every character of it may ask. */
function lineAround(text: string, index: number): string {
  const reach = 200;
  const before =
    text
      .slice(Math.max(0, index - reach), index)
      .split("\n")
      .at(-1) ?? "";
  const [after = ""] = text.slice(index, index + reach).split("\n", 1);
  return before + after;
}

/** Scripts whose letters join, or must be kept from joining, by these characters. */
const joined =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Mongolian}\p{Script=Tibetan}]/u;
/** Scripts that write no spaces, in which this character says where a line may end. */
const unspaced =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}]/u;
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const names: ReadonlyMap<string, string> = new Map([
  ["\u00ad", "soft hyphen"],
  ["\u061c", "Arabic letter mark"],
  ["\u200b", "zero width space"],
  ["\u200c", "zero width non-joiner"],
  ["\u200d", "zero width joiner"],
  ["\u200e", "left-to-right mark"],
  ["\u200f", "right-to-left mark"],
  ["\u2028", "line separator"],
  ["\u2029", "paragraph separator"],
  ["\u202a", "left-to-right embedding"],
  ["\u202b", "right-to-left embedding"],
  ["\u202c", "pop directional formatting"],
  ["\u202d", "left-to-right override"],
  ["\u202e", "right-to-left override"],
  ["\u2060", "word joiner"],
  ["\u2066", "left-to-right isolate"],
  ["\u2067", "right-to-left isolate"],
  ["\u2068", "first strong isolate"],
  ["\u2069", "pop directional isolate"],
  ["\u3164", "Hangul filler"],
  ["\ufeff", "byte order mark"],
  ["\ufe0f", "variation selector"],
]);

function nameOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const kind = names.get(character) ?? (/\p{Cc}/u.test(character) ? "control character" : "invisible character");
  return `U+${code} (${kind})`;
}
