import type { ChannelKind } from "../../core/model/rulebook.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { SendStep } from "../rule-file.generated.ts";
import { stepsOf } from "../steps.ts";
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

type Field = "subject" | "text" | "html" | "template" | "body";
const fields: readonly Field[] = ["subject", "text", "html", "template", "body"];

interface Needs {
  readonly name: string;
  /** One of each group must be there. */
  readonly groups: readonly (readonly Field[])[];
  /** What may be there beside them. */
  readonly also: readonly Field[];
}

const text: readonly Field[] = ["text", "template"];
const needs: Readonly<Record<ChannelKind, Needs>> = {
  email: { name: "an email", groups: [["subject"], ["text", "html", "template"]], also: [] },
  sms: { name: "a text message", groups: [text], also: [] },
  push: { name: "a push message", groups: [text], also: ["subject"] },
  voice: { name: "a call", groups: [text], also: [] },
  slack: { name: "a Slack message", groups: [text], also: [] },
  ticket: { name: "a ticket", groups: [["subject"], text], also: [] },
  webhook: { name: "a webhook", groups: [["body"]], also: [] },
};

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  return rules.flatMap((rule) =>
    stepsOf(rule.file).flatMap(({ step, path }) => ("send" in step ? judge(rule, step, path, workspace.file) : [])),
  );
}

function judge({ document }: ParsedRule, step: SendStep, path: Path, { channels }: WorkspaceFile): readonly Problem[] {
  const names = typeof step.send === "string" ? [step.send] : step.send;
  const kinds = new Map(
    names.flatMap((name): [ChannelKind, string][] => {
      const kind = Object.hasOwn(channels, name) ? channels[name]?.kind : undefined;
      return kind === undefined ? [] : [[kind, name]];
    }),
  );
  if (kinds.size === 0) return [];
  const given = fields.filter((field) => step[field] !== undefined);
  // Of a list of channels each takes what it can carry; what none of them can is a mistake.
  const foreign = given.filter((field) =>
    [...kinds.keys()].every((kind) => ![...needs[kind].groups.flat(), ...needs[kind].also].includes(field)),
  );
  const [[first] = []] = kinds;
  const missing = [...kinds].flatMap(([kind, channel]) =>
    needs[kind].groups
      .filter((group) => group.every((field) => step[field] === undefined))
      .map((group) => ({ kind, channel, group })),
  );
  const blank = given.filter((field) => {
    const value = step[field];
    return typeof value === "string" && value !== "" && value.trim() === "";
  });
  if (blank.length > 0) {
    const message = (field: Field): string => `\`${field}\` is blank, and a blank text is never sent`;
    return blank.map((field) =>
      problemAt(document, {
        code: "HEED304",
        path: [...path, field],
        message: message(field),
        help: "write what it says",
      }),
    );
  }
  if (foreign.length > 0 && first !== undefined) {
    return foreign.map((field) =>
      problemAt(document, {
        code: "HEED304",
        path: [...path, field],
        part: "key",
        message: `${needs[first].name} has no ${field}`,
        help:
          missing.length > 0 ? `write ${missing.map(({ group }) => wanted(group)).join(" and ")} instead` : "remove it",
      }),
    );
  }
  return missing.map(({ kind, channel, group }) =>
    problemAt(document, {
      code: "HEED304",
      path: [...path, "send"],
      message: `${needs[kind].name} needs ${group.map((field) => `\`${field}\``).join(" or ")}`,
      help: `\`${channel}\` is a channel of kind ${kind}`,
    }),
  );
}

function wanted(group: readonly Field[]): string {
  return group.join(" or ");
}
