import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A field that every contact has, declared once more and perhaps otherwise. */
export const ownField = {
  id: "own-field",
  pages: {
    HEED226: {
      what: "heed.yaml declares a field that every contact has.",
      why: "An id, addresses, tags, a time zone and a preferred channel have a meaning and a type of their own. Declared as something else, conditions on them would be judged by a type that they never have.",
      example: {
        in: "heed.yaml",
        bad: "contacts:\n  fields:\n    first_name: { type: string }\n    status: { type: string }\n    tags: { type: string }",
        good: "contacts:\n  fields:\n    first_name: { type: string }\n    status: { type: string }\n    interests: { type: [string] }",
      },
    },
  },
  run,
} as const satisfies Check;

const own: ReadonlySet<string> = new Set([
  "id",
  "email",
  "phone",
  "push",
  "time_zone",
  "tags",
  "consent",
  "suppressed",
]);

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document, file } = workspace;
  return Object.keys(file.contacts?.fields ?? {})
    .filter((name) => own.has(name))
    .map((name) =>
      problemAt(document, {
        code: "HEED226",
        path: ["contacts", "fields", name],
        part: "key",
        message: `every contact has \`${name}\``,
        help: "remove it, or give your own field another name",
      }),
    );
}
