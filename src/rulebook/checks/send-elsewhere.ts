import { reachesContact } from "../../core/model/rulebook.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { stepsOf } from "../steps.ts";

/** A marketing message to another address than the contact's own, whose consent nobody has. */
export const sendElsewhere = {
  id: "send-elsewhere",
  pages: {
    HEED407: {
      what: "A marketing message goes `to` another address than the contact's own.",
      why: "The contact's consent is not that of whoever has this address. Write to your own people through a channel of kind slack, ticket or webhook, or make the rule transactional.",
      example: {
        in: "rule",
        bad: "class: marketing\ncaps: [{ max: 1, per: contact, within: 7d }]\nactions:\n  - send: sms\n    to: '+12025550143'\n    text: Hello. Reply STOP to opt out.",
        good: "class: marketing\ncaps: [{ max: 1, per: contact, within: 7d }]\nactions:\n  - send: sms\n    text: Hello. Reply STOP to opt out.",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { channels } = workspace.file;
  return rules
    .filter(({ file }) => file.class === "marketing")
    .flatMap(({ document, file }) =>
      stepsOf(file).flatMap(({ step, path }) => {
        if (!("send" in step) || step.to === undefined) return [];
        const names = typeof step.send === "string" ? [step.send] : step.send;
        const reaching = names.some(
          (name) => Object.hasOwn(channels, name) && reachesContact(channels[name]?.kind ?? "slack"),
        );
        if (!reaching) return [];
        const message = "a marketing message can only go to the contact's own address";
        const help = "remove `to`, or say it in a transactional rule";
        return [problemAt(document, { code: "HEED407", path: [...path, "to"], part: "key", message, help })];
      }),
    );
}
