import { type Check, problemAt } from "../check.ts";
import { jsonAt } from "../json-at.ts";
import { compilePattern } from "../linear-pattern.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import type { Json } from "../../core/model/json.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import { expectationsOf, onePerPlace } from "../test-places.ts";

/** A regular expression after `matches` that is none, or that takes an engine which may never end. */
export const testPattern = {
  id: "test-pattern",
  pages: {
    HEED715: {
      what: "What stands after `matches` is no regular expression, or uses look-ahead, look-behind, a back-reference (`\\1`) or a count above 1000.",
      why: "The case could not be judged. Patterns are those of RE2, which never take longer than the text is long; what it lacks could keep a test run busy for ever.",
      example: {
        in: "test",
        bad: 'cases:\n  - name: a demo request is answered\n    given:\n      - { at: 0s, contact: ana, event: lead.demo_requested }\n    expect:\n      - { at: 0s, send: sms, text: { matches: "(Hello" } }',
        good: 'cases:\n  - name: a demo request is answered\n    given:\n      - { at: 0s, contact: ana, event: lead.demo_requested }\n    expect:\n      - { at: 0s, send: sms, text: { matches: "^Hello" } }',
      },
    },
  },
  run,
} as const satisfies Check;

function run({ tests }: ParsedWorkspace): readonly Problem[] {
  return tests.flatMap((test) =>
    onePerPlace(
      test.runs.flatMap((run) =>
        expectationsOf(run).flatMap(({ path }) =>
          patternsIn(jsonAt(test.document.data, path) ?? null, path).flatMap(({ pattern, at }) => {
            const compiled = compilePattern(pattern);
            if (compiled.ok) return [];
            const message = `\`${pattern}\` ${compiled.mistake}`;
            return [problemAt(test.document, { code: "HEED715", path: at, message, help: compiled.help })];
          }),
        ),
      ),
    ),
  );
}

interface WrittenPattern {
  readonly pattern: string;
  readonly at: Path;
}

/** Matchers stand below the keys of an expectation, and of `set` and `data` one level deeper. */
function patternsIn(value: Json, path: Path): readonly WrittenPattern[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    return key === "matches" && typeof inner === "string" ? [{ pattern: inner, at }] : patternsIn(inner, at);
  });
}
