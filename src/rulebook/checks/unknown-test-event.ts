import { isList } from "../../core/model/path.ts";
import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { type Check, problemAt } from "../check.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { type CaseRun, pathInCase } from "../parsed-tests.ts";
import type { Path, Problem } from "../problem.ts";
import type { Part, SourceDocument } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import { type Cast, castOf, namedIn } from "../test-cast.ts";
import { expectationsOf, onePerPlace } from "../test-places.ts";
import { declaredAs } from "../path-mistake.ts";
import { type PathTypes, pathTypesOf } from "../type-of-path.ts";
import { valueMistake } from "../value-mistake.ts";

/** An event of a test that nothing produces, or that carries what no such event carries. */
export const unknownTestEvent = {
  id: "unknown-test-event",
  pages: {
    HEED706: {
      what: "An event of a test is of an unknown type, or carries a field that such events do not have.",
      why: "The case would be about an event that never comes like that, and pass while the real one does something else.",
      example: {
        in: "test",
        bad: "cases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, event: email.clickd }\n    expect: none",
        good: "cases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, event: email.clicked }\n    expect: none",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

/** The type of one event, and what it carries. */
interface Written {
  readonly document: SourceDocument;
  readonly type: string;
  /** Null where the type stands elsewhere. */
  readonly typePath: Path | null;
  readonly data: Json;
  readonly dataPath: Path;
  /** Values of matchers are not looked at. */
  readonly judgeValues: boolean;
}

function run(workspace: ParsedWorkspace): readonly Problem[] {
  const types = pathTypesOf(workspace);
  if (types === null) return [];
  const { tests, fixtures } = workspace;
  const named = [...fixtures, ...tests].flatMap(({ document }) => namedEvents(document));
  const inCases = tests.flatMap((test) => {
    const cast = castOf(test, fixtures);
    const written = test.runs.flatMap((caseRun) => [
      ...givenEvents(test.document, caseRun, cast),
      ...expectedEvents(test.document, caseRun),
    ]);
    return onePerPlace(written.flatMap((event) => judge(event, types)));
  });
  return [...named.flatMap((event) => judge(event, types)), ...inCases];
}

function namedEvents(document: SourceDocument): readonly Written[] {
  return namedIn(document, "events").flatMap(({ path, entry }) => {
    const type = entry["event"];
    if (typeof type !== "string") return [];
    const data = entry["data"] ?? {};
    return [{ document, type, typePath: [...path, "event"], data, dataPath: [...path, "data"], judgeValues: true }];
  });
}

function givenEvents(document: SourceDocument, run: CaseRun, { events }: Cast): readonly Written[] {
  return run.story.given.flatMap((given, index) => {
    const type = "event" in given ? given.event : events.get(given.extend)?.entry["event"];
    if (typeof type !== "string") return [];
    const path = pathInCase(run, "given", index);
    const typePath = "event" in given ? [...path, "event"] : null;
    const data = jsonAt(run.data, ["given", index, "data"]) ?? {};
    return [{ document, type, typePath, data, dataPath: [...path, "data"], judgeValues: true }];
  });
}

/** What a rule emits is compared by matchers. */
function expectedEvents(document: SourceDocument, run: CaseRun): readonly Written[] {
  return expectationsOf(run).flatMap(({ expectation, path }) => {
    if (!("event" in expectation)) return [];
    const data = Object.fromEntries(Object.keys(expectation.data ?? {}).map((name) => [name, true]));
    return [
      { document, type: expectation.event, typePath: null, data, dataPath: [...path, "data"], judgeValues: false },
    ];
  });
}

function judge(written: Written, types: PathTypes): readonly Problem[] {
  const { document, type, typePath, data, dataPath } = written;
  if (!types.events.isKnown(type)) {
    if (typePath === null) return [];
    const help = types.events.helpFor(type);
    return [problemAt(document, { code: "HEED706", path: typePath, message: `unknown event type \`${type}\``, help })];
  }
  return leavesOf(data, []).flatMap(({ path, value }) => {
    const place = (part: Part, message: string, help: string): Problem =>
      problemAt(document, { code: "HEED706", path: [...dataPath, ...path], part, message, help });
    // The anonymous id of a visitor is part of every event.
    if (path[0] === "anonymous_id") return [];
    const found = types.of(["event", "data", ...path], { event: [type], trigger: [type] });
    if (found.kind === "unknown") {
      const { message, word, known, help } = found.mistake;
      return [place("key", message, didYouMean(word, known) ?? help(declaredAs(value)))];
    }
    const mistake = written.judgeValues ? valueMistake(value, found.type) : null;
    return mistake === null
      ? []
      : [place("value", `\`${path.join(".")}\` of \`${type}\` takes ${mistake}`, "write what the source sends")];
  });
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: Json;
}

function leavesOf(value: Json, path: readonly string[]): readonly Leaf[] {
  const entries = isJsonObject(value) || (isList(value) && value.some(isJsonObject)) ? Object.entries(value) : null;
  if (entries !== null) return entries.flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
  return path.length === 0 ? [] : [{ path, value }];
}
