import { isList } from "../../core/model/path.ts";
import { type Check, problemAt } from "../check.ts";
import { type EventPlace, eventPlacesOf } from "../event-places.ts";
import { jsonAt } from "../json-at.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";

/** A rule that listens to the end of a contact, after which there is nobody left to listen for. */
export const eventOfErasure = {
  id: "event-of-erasure",
  pages: {
    HEED334: {
      what: "A rule listens to `contact.erased`, which no rule gets to hear.",
      why: "Nothing may be done with somebody who is being forgotten: an erasure ends everything of the contact, and keeps no history to ask about. What has to happen elsewhere listens to your own system, which asked for it.",
      example: {
        in: "rule",
        bad: "trigger:\n  event: contact.erased",
        good: "trigger:\n  event: lead.demo_requested",
      },
    },
  },
  run,
} as const satisfies Check;

const help: Readonly<Record<Exclude<EventPlace["role"], "emit">, string>> = {
  trigger: "name another event: this rule would never start",
  goal: "name another event: whoever is erased is not counted",
  stop_on: "remove it: an erasure ends every enrollment by itself",
  wait_for: "name another event: an erasure ends the enrollment that would wait",
  did: "ask for another event: of a contact that was erased no history is left",
};

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap((rule) => eventPlacesOf(rule).flatMap((place) => judge(rule, place)));
}

function judge({ document }: ParsedRule, { role, types, path }: EventPlace): readonly Problem[] {
  if (role === "emit") return [];
  return types.flatMap((type, index) => {
    if (type !== "contact.erased") return [];
    const at = isList(jsonAt(document.data, path)) ? [...path, index] : path;
    return [
      problemAt(document, {
        code: "HEED334",
        path: at,
        message: "no rule gets to hear `contact.erased`",
        help: help[role],
      }),
    ];
  });
}
