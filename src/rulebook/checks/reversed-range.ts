import { nominalMs } from "../../core/time/duration.ts";
import { type Check, problemAt } from "../check.ts";
import { duration } from "../compile-parts.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { RangeOfDurations } from "../rule-file.generated.ts";
import { stepsOf } from "../steps.ts";

/** A range whose longest duration comes first. */
export const reversedRange = {
  id: "reversed-range",
  pages: {
    HEED303: {
      what: "A range of durations has its longest first.",
      why: "It is not sure whether the order or a unit is the slip.",
      example: { in: "rule", bad: "delay: { between: [7m, 3m] }", good: "delay: { between: [3m, 7m] }" },
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) => {
    const ranges: readonly (readonly [Path, unknown])[] = [
      [["delay"], file.delay],
      ...stepsOf(file).map(({ path, step }): readonly [Path, unknown] => [
        [...path, "wait"],
        "wait" in step ? step.wait : undefined,
      ]),
    ];
    return ranges.flatMap(([path, range]) => {
      if (!isRange(range)) return [];
      const [min = "", max = ""] = range.between;
      if (nominalMs(duration(min)) <= nominalMs(duration(max))) return [];
      const help = `write between: [${max}, ${min}]`;
      return [
        problemAt(document, {
          code: "HEED303",
          path: [...path, "between"],
          message: `${min} is longer than ${max}`,
          help,
        }),
      ];
    });
  });
}

function isRange(value: unknown): value is RangeOfDurations {
  return typeof value === "object" && value !== null && "between" in value;
}
