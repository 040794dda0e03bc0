import { nominalMs } from "../../core/time/duration.ts";
import { type Check, problemAt } from "../check.ts";
import { duration } from "../compile-rule.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { DurationOrRange } from "../rule-file.generated.ts";

/** A range whose longest duration comes first. */
export const reversedRange: Check = { id: "reversed-range", run };

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap(({ document, file }) => {
    const ranges: readonly (readonly [Path, DurationOrRange | undefined])[] = [
      [["delay"], file.delay],
      ...file.actions.map((step, index): readonly [Path, DurationOrRange | undefined] => [
        ["actions", index, "wait"],
        "wait" in step ? step.wait : undefined,
      ]),
    ];
    return ranges.flatMap(([path, range]) => {
      if (range === undefined || typeof range === "string") return [];
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
