import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";
import { namedIn, type NamedEntry } from "../test-cast.ts";

/** One name for two contacts or events, or one id for two contacts. */
export const duplicateContact = {
  id: "duplicate-contact",
  pages: {
    HEED710: {
      what: "Two contacts that tests know have the same name or the same id, or two events the same name.",
      why: "Two contacts with one id are one contact, and a name that means two things means another than its reader thinks.",
      example: {
        in: "test",
        bad: "contacts:\n  ana: { id: c1 }\n  ben: { id: c1 }",
        good: "contacts:\n  ana: { id: c1 }\n  ben: { id: c2 }",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ tests, fixtures }: ParsedWorkspace): readonly Problem[] {
  const shared = fixtures.map(({ document }) => document);
  return [
    ...shared.flatMap((document, index) => judge(document, shared.slice(0, index))),
    ...tests.flatMap(({ document }) => judge(document, shared)),
  ];
}

/** What a file says that it, or one of the files before it, has said already. */
function judge(document: SourceDocument, before: readonly SourceDocument[]): readonly Problem[] {
  const named = (key: "contacts" | "events"): readonly Problem[] => {
    const earlier = before.flatMap((other) => namedIn(other, key));
    const own = namedIn(document, key);
    const names = own.flatMap((entry) => sameName(entry, earlier));
    if (key === "events") return names;
    return names.concat(own.flatMap((entry, index) => sameId(entry, [...earlier, ...own.slice(0, index)])));
  };
  return [...named("contacts"), ...named("events")];
}

function sameName(entry: NamedEntry, earlier: readonly NamedEntry[]): readonly Problem[] {
  const other = earlier.find(({ name }) => name === entry.name);
  if (other === undefined) return [];
  const what = entry.path[0] === "contacts" ? "contact" : "event";
  const message = `${other.document.source.name} has ${what === "event" ? "an event" : "a contact"} \`${entry.name}\` already`;
  return [
    duplicate(
      entry,
      other,
      "key",
      message,
      `give this one another name${what === "contact" ? `, and \`extend: ${entry.name}\`` : ""}`,
    ),
  ];
}

function sameId(entry: NamedEntry, earlier: readonly NamedEntry[]): readonly Problem[] {
  const other = earlier.find((one) => one.name !== entry.name && idOf(one) === idOf(entry));
  if (other === undefined) return [];
  const message = `\`${entry.name}\` and \`${other.name}\` have the same id \`${idOf(entry)}\`, so they are one contact`;
  return [duplicate(entry, other, "value", message, "give each contact its own id")];
}

function duplicate(
  entry: NamedEntry,
  other: NamedEntry,
  part: "key" | "value",
  message: string,
  help: string,
): Problem {
  const range = other.document.rangeOf(other.path, "key");
  const path = part === "value" && entry.entry["id"] !== undefined ? [...entry.path, "id"] : entry.path;
  return problemAt(entry.document, {
    code: "HEED710",
    path,
    part: path === entry.path ? "key" : part,
    message,
    help,
    related: [{ message: "the other one", file: other.document.source.name, range }],
  });
}

function idOf({ name, entry }: NamedEntry): string {
  const id = entry["id"];
  return typeof id === "string" ? id : name;
}
