/** Markup that is safe to send. Only `html` makes it, so nothing gets into a page unescaped. */
export class Html {
  readonly markup: string;

  private constructor(markup: string) {
    this.markup = markup;
  }

  /** For `html` alone. */
  static of(markup: string): Html {
    return new Html(markup);
  }
}

/** What may stand in a template: texts and numbers are escaped, markup is taken as it is, nothing stands for nothing. */
export type Part = string | number | Html | null | undefined | false | readonly Part[];

/**
 * A piece of a page. Every value is escaped for text and for quoted attributes alike; an attribute's value must stand in
 * double quotes, and a value never stands for a tag's or an attribute's name, nor within script or style.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] ?? "";
  for (const [index, part] of parts.entries()) markup += render(part) + (strings[index + 1] ?? "");
  return Html.of(markup);
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string") return escape(part);
  return typeof part === "number" ? String(part) : part.map(render).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Control characters can't be in a page, and those that turn the direction of writing make a text look like another: they
 * become U+FFFD, as on a terminal.
 */
function escape(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
