/** How a text message travels: 160 characters of the GSM-7 alphabet (GSM 03.38), or 70 of everything that Unicode has. */
export type SmsEncoding = "gsm-7" | "ucs-2";

export interface Segments {
  readonly encoding: SmsEncoding;
  /** How many messages the text is cut into, each paid for. None for an empty text. */
  readonly count: number;
  /** Its length as the network counts it: septets in GSM-7, UTF-16 code units in UCS-2. */
  readonly units: number;
  /** The first character that GSM-7 lacks, because of which the whole text is UCS-2. */
  readonly outsider: Outsider | null;
}

export interface Outsider {
  /** One code point. */
  readonly character: string;
  /** Where it begins, in UTF-16 code units of the text. */
  readonly index: number;
}

/** What one message holds: alone, and as a part of several, where a header that joins the parts takes its share. */
export const segmentLimits: Readonly<Record<SmsEncoding, { readonly single: number; readonly part: number }>> = {
  "gsm-7": { single: 160, part: 153 },
  "ucs-2": { single: 70, part: 67 },
};

/** The default alphabet without its escape, and the extension table, whose characters are written as an escape and a second septet. */
const alphabet = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const extension = new Set("\f^{}\\[~]|€");

/** The septets of one character, or null when GSM-7 lacks it. */
export function septetsOf(character: string): number | null {
  if (alphabet.has(character)) return 1;
  return extension.has(character) ? 2 : null;
}

/** How a text is sent and what it costs, character by character, as phone networks cut it. */
export function countSegments(text: string): Segments {
  const outsider = firstOutsider(text);
  const encoding = outsider === null ? "gsm-7" : "ucs-2";
  const { single, part } = segmentLimits[encoding];
  let units = 0;
  let parts = 0;
  // What is in the part that is being filled. A character of two units is never cut, so a part may end one unit early.
  let filled = part;
  for (const character of text) {
    const size = encoding === "gsm-7" ? (septetsOf(character) ?? 1) : character.length;
    units += size;
    if (filled + size > part) {
      parts += 1;
      filled = 0;
    }
    filled += size;
  }
  return { encoding, count: units <= single ? Math.min(parts, 1) : parts, units, outsider };
}

function firstOutsider(text: string): Outsider | null {
  let index = 0;
  for (const character of text) {
    if (septetsOf(character) === null) return { character, index };
    index += character.length;
  }
  return null;
}
