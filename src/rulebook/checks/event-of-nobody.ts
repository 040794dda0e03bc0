import { type Check, problemAt } from "../check.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { pathInCase } from "../parsed-tests.ts";
import type { Problem } from "../problem.ts";
import { castOf } from "../test-cast.ts";
import { onePerPlace } from "../test-places.ts";

/** An event of a case that concerns no contact. */
export const eventOfNobody = {
  id: "event-of-nobody",
  pages: {
    HEED714: {
      what: "An event of a case says of nobody whom it concerns.",
      why: "Heed would not know whose it is, and the door would refuse it.",
      example: {
        in: "test",
        bad: "cases:\n  - name: nothing\n    given:\n      - { at: 0s, event: email.clicked }\n    expect: none",
        good: "cases:\n  - name: nothing\n    given:\n      - { at: 0s, contact: ana, event: email.clicked }\n    expect: none",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ tests, fixtures }: ParsedWorkspace): readonly Problem[] {
  return tests.flatMap((test) => {
    const { events } = castOf(test, fixtures);
    const problems = test.runs.flatMap((run) =>
      run.story.given.flatMap((given, index) => {
        const { contact, contact_id: id, address } = given;
        const base = "extend" in given ? events.get(given.extend)?.entry : undefined;
        // A name that is not there has a problem of its own.
        if ("extend" in given && base === undefined) return [];
        const anonymous =
          jsonAt(run.data, ["given", index, "data", "anonymous_id"]) ?? jsonAt(base ?? null, ["data", "anonymous_id"]);
        const named = [contact, id, address, base?.["contact_id"], base?.["address"], anonymous];
        if (named.some((name) => name !== undefined)) return [];
        return [
          problemAt(test.document, {
            code: "HEED714",
            path: pathInCase(run, "given", index),
            message: "this event concerns nobody",
            help: "add `contact: <name>`, or an `address`",
          }),
        ];
      }),
    );
    return onePerPlace(problems);
  });
}
