import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { Part, SourceDocument } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import { type Cast, castOf, type NamedEntry, namedIn } from "../test-cast.ts";
import { contactsNamed, onePerPlace } from "../test-places.ts";

/** A name that no contact has, in a case or after `extend`. */
export const unknownContact = {
  id: "unknown-contact",
  pages: {
    HEED703: {
      what: "A test names a contact that neither the file nor the fixtures have.",
      why: "The case would be about nobody: `expect: none` would always be true.",
      example: {
        in: "test",
        bad: "cases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: anna, event: email.clicked }\n    expect: none",
        good: "cases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, event: email.clicked }\n    expect: none",
      },
    },
    HEED711: {
      what: "`extend` of a case names an event that neither the file nor the fixtures have.",
      why: "Nobody could say what happens in the case.",
      example: {
        in: "test",
        bad: "events:\n  click: { event: email.clicked }\ncases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, extend: clik }\n    expect: none",
        good: "events:\n  click: { event: email.clicked }\ncases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, extend: click }\n    expect: none",
      },
    },
    HEED712: {
      what: "Contacts extend each other in a circle.",
      why: "None of them says who they are in the end.",
      example: {
        in: "test",
        bad: "contacts:\n  ana: { extend: ben, id: a }\n  ben: { extend: ana, id: b }",
        good: "contacts:\n  ana: { id: a, first_name: Ana }\n  ben: { extend: ana, id: b }",
      },
    },
  },
  run,
} as const satisfies Check;

function run(workspace: ParsedWorkspace): readonly Problem[] {
  // A fixture file with problems of its own may have any name.
  if (workspace.sources.filter(({ name }) => name.startsWith("fixtures/")).length > workspace.fixtures.length)
    return [];
  const inTests = workspace.tests.flatMap((test) => {
    const { document } = test;
    const cast = castOf(test, workspace.fixtures);
    const inCases = test.runs.flatMap((run) => [
      ...contactsNamed(run).flatMap(({ name, path, part }) => judgeContact(document, path, name, cast, part)),
      ...run.story.given.flatMap((given, index) =>
        "extend" in given
          ? judgeEvent(document, ["cases", run.index, "given", index, "extend"], given.extend, cast)
          : [],
      ),
    ]);
    return [...onePerPlace(inCases), ...inContacts(document, cast)];
  });
  const shared: Cast = {
    contacts: byName(workspace.fixtures.flatMap(({ document }) => namedIn(document, "contacts"))),
    events: new Map(),
  };
  return [...inTests, ...workspace.fixtures.flatMap(({ document }) => inContacts(document, shared))];
}

function byName(entries: readonly NamedEntry[]): Cast["contacts"] {
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function inContacts(document: SourceDocument, cast: Cast): readonly Problem[] {
  return namedIn(document, "contacts").flatMap(({ name, path, entry }) => {
    const base = entry["extend"];
    if (typeof base !== "string") return [];
    const unknown = judgeContact(document, [...path, "extend"], base, cast);
    if (unknown.length > 0 || !isCircular(name, cast)) return unknown;
    const message = `\`${name}\` extends itself${base === name ? "" : ` by way of \`${base}\``}`;
    return [problemAt(document, { code: "HEED712", path: [...path, "extend"], message, help: "remove one `extend`" })];
  });
}

/** Whether the circle closes at this contact; reported once, at the last of its members. */
function isCircular(name: string, { contacts }: Cast): boolean {
  const members = [name];
  for (
    let next = contacts.get(name)?.entry["extend"];
    typeof next === "string";
    next = contacts.get(next)?.entry["extend"]
  ) {
    if (next === name) return [...contacts.keys()].findLast((key) => members.includes(key)) === name;
    if (members.includes(next)) return false;
    members.push(next);
  }
  return false;
}

function judgeContact(
  document: SourceDocument,
  path: Path,
  name: string,
  { contacts }: Cast,
  part: Part = "value",
): readonly Problem[] {
  if (contacts.has(name)) return [];
  const known = [...contacts.keys()];
  const help =
    didYouMean(name, known) ??
    (known.length === 0 ? "name people under `contacts:`" : `contacts are ${known.join(", ")}`);
  return [problemAt(document, { code: "HEED703", path, part, message: `there is no contact \`${name}\``, help })];
}

function judgeEvent(document: SourceDocument, path: Path, name: string, { events }: Cast): readonly Problem[] {
  if (events.has(name)) return [];
  const known = [...events.keys()];
  const help =
    didYouMean(name, known) ?? (known.length === 0 ? "name events under `events:`" : `events are ${known.join(", ")}`);
  return [problemAt(document, { code: "HEED711", path, message: `there is no event named \`${name}\``, help })];
}
