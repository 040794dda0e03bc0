import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { type CaseRun, type ParsedTest, pathInCase } from "../parsed-tests.ts";
import type { Problem } from "../problem.ts";
import { type Cast, castOf } from "../test-cast.ts";
import { onePerPlace } from "../test-places.ts";
import { endOf, timesOf, zonesOf } from "../test-times.ts";

/** An event of a case that arrives before it happens, or after the case is over. */
export const eventOutOfTime = {
  id: "event-out-of-time",
  pages: {
    HEED709: {
      what: "An event of a case arrives before it happens, or after the horizon.",
      why: "News cannot come before the event, and what comes after the horizon has no effect on the case.",
      example: {
        in: "test",
        bad: "cases:\n  - name: nothing\n    given:\n      - { at: 12m, arrives: 9m, contact: ana, event: email.clicked }\n    expect: none",
        good: "cases:\n  - name: nothing\n    given:\n      - { at: 9m, arrives: 12m, contact: ana, event: email.clicked }\n    expect: none",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ tests, fixtures }: ParsedWorkspace): readonly Problem[] {
  return tests.flatMap((test) => {
    const cast = castOf(test, fixtures);
    return onePerPlace(test.runs.flatMap((caseRun) => judge(test, caseRun, cast)));
  });
}

function judge({ document }: ParsedTest, run: CaseRun, cast: Cast): readonly Problem[] {
  return run.story.given.flatMap((given, index) => {
    const zones = zonesOf(given.contact, cast);
    const all = (holds: (times: NonNullable<ReturnType<typeof timesOf>>, zone: string) => boolean): boolean =>
      zones.every((zone) => {
        const times = timesOf(given, run, zone);
        return times !== null && holds(times, zone);
      });
    const key = given.arrives === undefined ? "at" : "arrives";
    const path = pathInCase(run, "given", index, key);
    if (all(({ happens, arrives }) => arrives < happens)) {
      const message = `the event arrives at ${given.arrives ?? ""}, before it happens at ${given.at}`;
      return [problemAt(document, { code: "HEED709", path, message, help: "both count from the start of the case" })];
    }
    if (all(({ arrives }, zone) => arrives > endOf(run, zone))) {
      const message = `the event arrives after the horizon of ${run.horizon}`;
      return [problemAt(document, { code: "HEED709", path, message, help: "give the case a longer `horizon`" })];
    }
    return [];
  });
}
