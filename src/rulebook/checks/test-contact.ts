import { type Check, problemAt } from "../check.ts";
import { reachesContact, addressKindOf } from "../../core/model/rulebook.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { declaredAs } from "../path-mistake.ts";
import type { Path, Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import { type Cast, contactKeys, type NamedEntry, namedIn, personOf } from "../test-cast.ts";
import { type PathTypes, pathTypesOf } from "../type-of-path.ts";
import { valueMistake } from "../value-mistake.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A contact of a test that the workspace could not have. */
export const testContact = {
  id: "test-contact",
  pages: {
    HEED713: {
      what: "A contact of a test has a field, a channel or a value that no contact of the workspace can have.",
      why: "The misspelt field would be missing in the case, and a guard on the right one would say no for the wrong reason.",
      example: {
        in: "test",
        bad: "contacts:\n  ana: { staus: new }",
        good: "contacts:\n  ana: { status: new }",
      },
    },
  },
  run,
} as const satisfies Check;

interface Judging {
  readonly document: SourceDocument;
  readonly workspace: WorkspaceFile;
  readonly types: PathTypes;
}

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const types = pathTypesOf(parsed);
  if (types === null || parsed.workspace === null) return [];
  const workspace = parsed.workspace.file;
  const shared = parsed.fixtures.flatMap(({ document }) => namedIn(document, "contacts"));
  return [...parsed.fixtures, ...parsed.tests].flatMap(({ document }) => {
    const own = namedIn(document, "contacts");
    const contacts = new Map([...shared, ...own].map((entry) => [entry.name, entry]));
    const judging: Judging = { document, workspace, types };
    const cast: Cast = { contacts, events: new Map() };
    return [attributes, channels, silence].flatMap((look) => own.flatMap((entry) => look(judging, entry, cast)));
  });
}

function attributes({ document, types }: Judging, { entry, path }: NamedEntry): readonly Problem[] {
  return Object.entries(entry).flatMap(([name, value]) => {
    if (contactKeys.has(name)) return [];
    const found = types.of(["contact", name], { event: [], trigger: [] });
    if (found.kind === "unknown") {
      const { message, word, known, help } = found.mistake;
      const near = didYouMean(word, [...known, ...contactKeys]);
      return [
        problemAt(document, {
          code: "HEED713",
          path: [...path, name],
          part: "key",
          message,
          help: near ?? help(declaredAs(value)),
        }),
      ];
    }
    const mistake = valueMistake(value, found.type);
    if (mistake === null) return [];
    const message = `the field \`${name}\` of contacts takes ${mistake}`;
    return [problemAt(document, { code: "HEED713", path: [...path, name], message, help: "heed.yaml declares it so" })];
  });
}

/** Consent and silence are of channels that reach the contact. */
function channels({ document, workspace }: Judging, { entry, path }: NamedEntry): readonly Problem[] {
  const known = Object.entries(workspace.channels)
    .filter(([, { kind }]) => reachesContact(kind))
    .map(([name]) => name);
  const consent = entry["consent"];
  const suppressed = entry["suppressed"];
  const named: readonly (readonly [string, Path, "key" | "value"])[] = [
    ...(typeof consent === "object" && consent !== null
      ? Object.keys(consent).map((name) => [name, [...path, "consent", name], "key"] as const)
      : []),
    ...(Array.isArray(suppressed)
      ? suppressed.flatMap((name, index) =>
          typeof name === "string" ? [[name, [...path, "suppressed", index], "value"] as const] : [],
        )
      : []),
  ];
  return named.flatMap(([name, at, part]) => {
    if (known.includes(name)) return [];
    const help = didYouMean(name, known) ?? `channels are ${known.join(", ")}`;
    const message = `\`${name}\` is no channel that reaches contacts`;
    return [problemAt(document, { code: "HEED713", path: at, part, message, help })];
  });
}

/** Only an address can be silent. */
function silence({ document, workspace }: Judging, { name, path, entry }: NamedEntry, cast: Cast): readonly Problem[] {
  const person = personOf(name, cast);
  if (person === null || entry["suppressed"] === undefined) return [];
  return person.suppressed.flatMap((channel, index) => {
    const kind = workspace.channels[channel]?.kind;
    if (kind === undefined || !reachesContact(kind)) return [];
    const address = addressKindOf(kind);
    if (person[address] !== null) return [];
    const message = `\`${name}\` has no ${address} that could be silent`;
    const help = `add its ${address}, or remove the channel`;
    return [problemAt(document, { code: "HEED713", path: [...path, "suppressed", index], message, help })];
  });
}
