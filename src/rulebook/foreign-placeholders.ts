import type { WorkspaceFile } from "./workspace-file.generated.ts";
import { requiredFieldsOf } from "./required-fields.ts";

/** A placeholder of another tool in a text, which a contact would read as it stands. */
export interface ForeignPlaceholder {
  /** As it is written: `%FIRST_NAME%`. */
  readonly written: string;
  /** What it asks for: `FIRST_NAME`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const path = String.raw`[A-Za-z_][\w-]{0,60}(?:\.[\w-]{1,60}){0,6}`;

/**
 * How other tools write a placeholder. Each pattern takes nothing but a name between its marks, so that prices, JSON,
 * CSS and the percent signs of prose and of addresses are none.
 */
const forms: readonly RegExp[] = [
  String.raw`(?<![{\\])(?:\$|#)?\{[ !]?(${path}) ?\}(?!\})`,
  String.raw`(?<![\w%])%%?(${path})%%?(?![\w%])`,
  String.raw`\[\[ ?(${path}) ?\]\]`,
  String.raw`<%[=-]? ?@?(${path}) ?-?%>`,
  String.raw`\*\|(${path})\|\*`,
].map((form) => new RegExp(form, "g"));

/** Looks for less than `foreignPlaceholders` finds, and in no time. */
const trace = /[{%[<|][ !=@-]{0,2}[A-Za-z_]/;

export function mayHavePlaceholders(text: string): boolean {
  return trace.test(text);
}

export function foreignPlaceholders(text: string): readonly ForeignPlaceholder[] {
  return forms
    .flatMap((form) =>
      Array.from(text.matchAll(form), ({ 0: written, 1: name = "", index: start }) => ({
        written,
        name,
        start,
        end: start + written.length,
      })),
    )
    .filter(({ written, name }) => !written.startsWith("%") || !/^[\dA-F]{2}$/i.test(name))
    .toSorted((a, b) => a.start - b.start);
}

const roots: ReadonlySet<string> = new Set(["contact", "event", "trigger", "lookup", "rule", "now"]);

/** The same in Liquid: `{{ contact.first_name | default: "there" }}`. */
export function inLiquid(name: string, workspace: WorkspaceFile): string {
  const required = requiredFieldsOf(workspace);
  const bare = name.startsWith("contact.") ? name.slice("contact.".length) : name;
  const field = fieldNamed(bare, workspace) ?? bare.toLowerCase();
  const [root = ""] = name.split(".");
  const own = roots.has(root) && root !== "contact";
  const variable = own ? name : `contact.${field}`;
  const fallback = variable.endsWith("name") ? "there" : "...";
  return required.has(field) && !own ? `{{ ${variable} }}` : `{{ ${variable} | default: "${fallback}" }}`;
}

/** Whether this means a field of contacts, whatever its case and separators. */
export function isField(name: string, workspace: WorkspaceFile): boolean {
  return fieldNamed(name, workspace) !== undefined;
}

function fieldNamed(name: string, { contacts }: WorkspaceFile): string | undefined {
  return Object.keys(contacts?.fields ?? {}).find((each) => plain(each) === plain(name));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_.-]/g, "");
}

/** Stretches of an HTML text that no reader sees: styles, scripts and comments. */
export function unseenStretches(html: string): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  const opening = /<(style|script)\b|<!--/gi;
  for (let match = opening.exec(html); match !== null; match = opening.exec(html)) {
    const closing = match[1] === undefined ? /-->/g : new RegExp(`</${match[1]}`, "gi");
    closing.lastIndex = opening.lastIndex;
    const end = closing.exec(html) === null ? html.length : closing.lastIndex;
    found.push([match.index, end]);
    opening.lastIndex = end;
  }
  return found;
}
