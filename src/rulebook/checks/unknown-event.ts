import { type Check, problemAt } from "../check.ts";
import { eventTypesOf } from "../event-catalogue.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import { didYouMean } from "../suggest.ts";

/** An event type that nothing is known to produce: such a rule would wait for ever. */
export const unknownEvent = {
  id: "unknown-event",
  pages: {
    HEED203: {
      what: "A rule names an event type that nothing is known to produce.",
      why: "The rule would wait for ever, or never stop. Types of your own are declared under `events:` in heed.yaml.",
      example: {
        in: "rule",
        bad: "trigger:\n  event: lead.demo_request",
        good: "trigger:\n  event: lead.demo_requested",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const known = eventTypesOf(workspace.file);
  return rules.flatMap(({ document, file }) => {
    const named = [
      ...namesAt(file.trigger.event, ["trigger", "event"]),
      ...(file.stop_on ?? []).flatMap(({ event }, index) => namesAt(event, ["stop_on", index, "event"])),
    ];
    return named
      .filter(({ type }) => !known.includes(type))
      .map(({ type, path }) =>
        problemAt(document, {
          code: "HEED203",
          path,
          message: `unknown event type \`${type}\``,
          help: didYouMean(type, known) ?? `if it is one of your own, add it to heed.yaml: events: { ${type}: {} }`,
        }),
      );
  });
}

function namesAt(
  event: string | readonly string[],
  path: Path,
): readonly { readonly type: string; readonly path: Path }[] {
  return typeof event === "string"
    ? [{ type: event, path }]
    : event.map((type, index) => ({ type, path: [...path, index] }));
}
