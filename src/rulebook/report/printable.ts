/**
 * Everything that comes from outside passes here on its way to a terminal: a file, an event or a vendor may hold what
 * moves the cursor, sets a title, or changes what a reader sees. Half characters break whoever reads the output.
 */
const HOSTILE = /[\p{Cc}\p{Cs}\u2028\u2029]|[\u202a-\u202e\u2066-\u2069\u200e\u200f]/gu;

/** One line. */
export function printable(text: string): string {
  return text.replaceAll("\t", " ").replace(HOSTILE, "\ufffd");
}

/** JSON in several lines, in which nothing is lost: what would be hostile is escaped. */
export function printableJson(value: unknown): string {
  const escaped = (character: string): string =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, 2).replace(HOSTILE, escaped);
}
