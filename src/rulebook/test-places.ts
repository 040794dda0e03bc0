import { type CaseRun, pathInCase } from "./parsed-tests.ts";
import type { Path, Problem } from "./problem.ts";
import type { Part } from "./source-file.ts";
import type { Expectation } from "./test-file.generated.ts";

/** A name that a case uses, and where. */
interface NamedPlace {
  readonly name: string;
  readonly path: Path;
  readonly part: Part;
}

/** What a run expects, and where it says so. */
export interface PlacedExpectation {
  readonly expectation: Expectation;
  readonly path: Path;
}

export function expectationsOf({ expect, expectPath }: CaseRun): readonly PlacedExpectation[] {
  return expect === "none" ? [] : expect.map((expectation, index) => ({ expectation, path: [...expectPath, index] }));
}

/** Every contact that a run names. */
export function contactsNamed(run: CaseRun): readonly NamedPlace[] {
  const { given, because = [], arms = {} } = run.story;
  return [
    ...Object.keys(arms).map((name): NamedPlace => ({ name, path: pathInCase(run, "arms", name), part: "key" })),
    ...given.flatMap(({ contact }, index) => named(contact, pathInCase(run, "given", index, "contact"))),
    ...expectationsOf(run).flatMap(({ expectation, path }) => named(expectation.contact, [...path, "contact"])),
    ...because.flatMap(({ contact }, index) => named(contact, pathInCase(run, "because", index, "contact"))),
  ];
}

function named(name: string | undefined, path: Path): readonly NamedPlace[] {
  return name === undefined ? [] : [{ name, path, part: "value" }];
}

/** Every run of a matrix finds the same mistake at the same place: it is told once. */
export function onePerPlace(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ code, path }) => {
    const place = JSON.stringify([code, path]);
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}
