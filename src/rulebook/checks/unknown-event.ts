import { isList } from "../../core/model/path.ts";
import { type Check, problemAt } from "../check.ts";
import type { EventCatalogue } from "../event-catalogue.ts";
import { type EventPlace, eventPlacesOf } from "../event-places.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { pathTypesOf } from "../type-of-path.ts";

/** An event type that nothing is known to produce: such a rule would wait for ever. */
export const unknownEvent = {
  id: "unknown-event",
  pages: {
    HEED203: {
      what: "A rule names an event type that nothing is known to produce.",
      why: "The rule would wait for ever, or never stop. Types of your own are declared under `events:` in heed.yaml, or emitted by a rule; `lead.` may be followed by any word that is not nearly a declared one.",
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

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const types = pathTypesOf(parsed);
  if (types === null) return [];
  return parsed.rules.flatMap((rule) =>
    eventPlacesOf(rule)
      .filter(({ role }) => role !== "emit")
      .flatMap((place) => judge(rule, place, types.events)),
  );
}

function judge({ document }: ParsedRule, place: EventPlace, events: EventCatalogue): readonly Problem[] {
  return place.types.flatMap((type, index) => {
    if (events.isKnown(type)) return [];
    const help = events.helpFor(type);
    const path = isList(jsonAt(document.data, place.path)) ? [...place.path, index] : place.path;
    return [problemAt(document, { code: "HEED203", path, message: `unknown event type \`${type}\``, help })];
  });
}
