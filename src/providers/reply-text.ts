/** What somebody wrote in answer, without what they quoted and without their signature. */
export type ReplyText = (text: string) => string;

/** People write above what they answer; what comes later than this is quoted. */
const maxTextLength = 8_000;
const maxHtmlLength = 200_000;
/** A break that the parser's patterns respect and that no line of a mail contains. */
const softBreak = "\u2028";
const longLine = /[^\n]{200}(?=[^\n])/g;
/** How Dutch, Scandinavian and Polish programs say "wrote". */
const costlyWords = /schreef|skrev|pisze|napisał/g;
const maxCostlyWords = 4;

/**
 * Loads the parser of answers. Some of its patterns need a time that grows with the cube of what a stranger wrote in
 * one line, or with the number of some words; so it is given lines that are short to it, and no text that has more of
 * those words than people write. From such a text only lines that begin with `>` are taken out.
 */
export async function loadReplyText(): Promise<ReplyText> {
  const { default: EmailReplyParser } = await import("email-reply-parser");
  const parser = new EmailReplyParser();
  return (given) => {
    const text = tidy(given).slice(0, maxTextLength);
    if ((text.match(costlyWords)?.length ?? 0) > maxCostlyWords) return cut(withoutQuotedLines(text));
    const parsed = parser.parseReply(text.replace(longLine, `$&${softBreak}`));
    return cut(parsed.replaceAll(softBreak, ""));
  };
}

/** A text without what the vendor has already taken off. */
export function cut(text: string): string {
  return tidy(text).trim().slice(0, maxTextLength).trimEnd();
}

/** Lines end in one way, and empty ones stand alone. */
function tidy(text: string): string {
  return text
    .slice(0, maxHtmlLength)
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(/^[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n");
}

function withoutQuotedLines(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith(">"))
    .join("\n");
}

/** Where mail programs begin to quote in HTML: Gmail, Yahoo, Outlook, Apple Mail and most others. */
const quoteBegins =
  /<blockquote\b|<[a-z]+ [^<>]{0,200}\b(?:class|id)=["']?(?:gmail_quote|yahoo_quoted|divRplyFwdMsg|appendonsend|mail-editor-reference-message-container)/i;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** The words of an answer that came as HTML alone. No pattern here needs more than one look at a character. */
export function textOfHtml(html: string): string {
  const given = html.slice(0, maxHtmlLength);
  const quoteAt = given.search(quoteBegins);
  return (quoteAt === -1 ? given : given.slice(0, quoteAt))
    .replace(/<!--[^>]*-->/g, "")
    .replace(/<(style|script|head|title)\b[^<>]*>[^<]*(?:<\/\1>|$)/gi, "")
    .replace(/\s+/g, " ")
    .replace(/<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6])\b[^<>]*>/gi, "\n")
    .replace(/<[^<>]*>/g, "")
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) =>
      entity(whole, decimal, hex, name),
    )
    .replace(/ *\n */g, "\n")
    .trim();
}

function entity(whole: string, decimal: unknown, hex: unknown, name: unknown): string {
  if (typeof name === "string") return entities[name.toLowerCase()] ?? whole;
  const code = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
  return code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : " ";
}
