import type { ChannelKind } from "../../core/model/rulebook.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { SendStep } from "../rule-file.generated.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A send without the content its channel's kind needs, or with content that kind cannot carry. */
export const channelContent = {
  id: "channel-content",
  pages: {
    HEED304: {
      what: "A send lacks what its channel needs, or has what it cannot carry.",
      why: "An email without a subject is refused by many mailboxes, and a text message has no place for html.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: Hello.\n    subject: Welcome",
        good: "actions:\n  - send: sms\n    text: Hello.",
      },
    },
  },
  run,
} as const satisfies Check;

type Field = "text" | "subject" | "html";

/** One of each group must be there; nothing else may be. */
const needs: Readonly<Record<ChannelKind, readonly (readonly Field[])[]>> = {
  email: [["subject"], ["text", "html"]],
  sms: [["text"]],
  slack: [["text"]],
};
const kindNames: Readonly<Record<ChannelKind, string>> = {
  email: "an email",
  sms: "a text message",
  slack: "a Slack message",
};

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  return rules.flatMap((rule) =>
    rule.file.actions.flatMap((step, index) =>
      "send" in step ? judge(rule, step, ["actions", index], workspace.file) : [],
    ),
  );
}

function judge({ document }: ParsedRule, step: SendStep, path: Path, { channels }: WorkspaceFile): readonly Problem[] {
  if (!Object.hasOwn(channels, step.send)) return [];
  const kind = channels[step.send]?.kind;
  if (kind === undefined) return [];
  const groups = needs[kind];
  const foreign = (["text", "subject", "html"] as const).filter(
    (field) => step[field] !== undefined && !groups.flat().includes(field),
  );
  const missing = groups.filter((group) => group.every((field) => step[field] === undefined));
  return [
    ...foreign.map((field) =>
      problemAt(document, {
        code: "HEED304",
        path: [...path, field],
        part: "key",
        message: `${kindNames[kind]} has no ${field}`,
        help:
          missing.length > 0
            ? `write ${missing.map((group) => group.join(" or ")).join(" and ")} instead`
            : "remove it",
      }),
    ),
    ...(foreign.length > 0 ? [] : missing).map((group) =>
      problemAt(document, {
        code: "HEED304",
        path: [...path, "send"],
        message: `${kindNames[kind]} needs ${group.map((field) => `\`${field}\``).join(" or ")}`,
        help: `\`${step.send}\` is a channel of kind ${kind}`,
      }),
    ),
  ];
}
