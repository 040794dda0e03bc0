import { type Check, problemAt } from "../check.ts";
import { contactChannelsOf } from "../contact-channels.ts";
import { sendsAfterDeeds } from "../own-deeds.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { Step } from "../rule-file.generated.ts";

/** Two messages of a rule that reach the same person by the same channel at the same moment. */
export const messagesAtOnce = {
  id: "messages-at-once",
  pages: {
    HEED336: {
      what: "A rule sends two messages by the same channel, with no wait between them.",
      why: "They arrive together, like a mistake. Most likely a `wait` is missing, or was lost when steps were moved.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: Hello.\n  - send: sms\n    text: Are you still there?",
        good: "actions:\n  - send: sms\n    text: Hello.\n  - wait: 2d\n  - send: sms\n    when: { contact.status: { not: customer } }\n    text: Are you still there?",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  return rules.flatMap(({ file, document }) =>
    sendsAfterDeeds(file).flatMap(({ step, path, deeds }) => {
      const [channel, other] = contactChannelsOf(step, workspace.file);
      if (channel === undefined || other !== undefined) return [];
      const before = deeds.find(
        (deed) => deed.channel === channel.name && deed.elapsed === 0 && addressee(deed.step) === addressee(step),
      );
      if (before === undefined) return [];
      const range = document.rangeOf([...before.path, "send"], "key");
      return [
        problemAt(document, {
          code: "HEED336",
          severity: "warning",
          path: [...path, "send"],
          message: `this goes out at the same moment as another message through \`${channel.name}\``,
          help: "put a step such as `- wait: 2d` between them, or make them one message",
          related: [{ message: "sent right before it", file: document.source.name, range }],
        }),
      ];
    }),
  );
}

/** Nothing for the contact's own address. */
function addressee(step: Step): string | undefined {
  return "send" in step ? step.to : undefined;
}
