import { type Check, problemAt } from "../check.ts";
import { jsonAt } from "../json-at.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import type { Json } from "../../core/model/json.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import { expectationsOf, onePerPlace } from "../test-places.ts";

/** A regular expression after `matches` that is none. */
export const testPattern = {
  id: "test-pattern",
  pages: {
    HEED715: {
      what: "What stands after `matches` is no regular expression.",
      why: "It could match nothing, so the case could not be judged.",
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
            const mistake = mistakeOf(pattern);
            if (mistake === null) return [];
            const help = "a bracket, or a `+` or `?` that is meant as such, needs a backslash before it";
            const message = `\`${pattern}\` is no regular expression: ${mistake}`;
            return [problemAt(test.document, { code: "HEED715", path: at, message, help })];
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

/** What the engine says, without the pattern that it repeats; null when it takes it. */
function mistakeOf(pattern: string): string | null {
  try {
    return new RegExp(pattern, "u").source === "" ? "it is empty" : null;
  } catch (fault) {
    const said = fault instanceof Error ? (fault.message.split(": ").at(-1) ?? "") : "";
    return said === "" ? "it cannot be read" : said.charAt(0).toLowerCase() + said.slice(1);
  }
}
