import type { ParsedFixtures, ParsedTest } from "./parsed-tests.ts";
import type { Problem } from "./problem.ts";
import { maxLexemes } from "./parse-yaml.ts";
import { readYaml } from "./read-yaml.ts";
import type { SourceFile } from "./source-file.ts";
import { expandCases } from "./test-runs.ts";
import { validateFixturesFile, validateTestFile } from "./validate-file.ts";

interface Read<Content> {
  readonly content: Content | null;
  readonly problems: readonly Problem[];
}

/** A `*.test.yaml`. Whom and what it names is judged with the workspace at hand, by checks. */
export function readTest(source: SourceFile): Read<ParsedTest> {
  const read = readYaml(source, maxLexemes.other);
  if (!read.ok) return { content: null, problems: read.problems };
  const { document } = read;
  const validated = validateTestFile(document);
  if (!validated.ok) return { content: null, problems: validated.problems };
  const { file } = validated;
  const { runs, problems } = expandCases(document, file);
  return { content: { document, file, runs, caseProblems: problems }, problems: [] };
}

/** A file of `fixtures/`. */
export function readFixtures(source: SourceFile): Read<ParsedFixtures> {
  const read = readYaml(source, maxLexemes.other);
  if (!read.ok) return { content: null, problems: read.problems };
  const validated = validateFixturesFile(read.document);
  return validated.ok
    ? { content: { document: read.document, file: validated.file }, problems: [] }
    : { content: null, problems: validated.problems };
}
