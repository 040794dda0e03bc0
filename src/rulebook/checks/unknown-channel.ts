import { sendsOf } from "../../conditions/condition.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";
import { stepsOf } from "../steps.ts";
import { didYouMean } from "../suggest.ts";

/** A channel that heed.yaml does not have, in a send, a cap, a budget or a condition. */
export const unknownChannel = {
  id: "unknown-channel",
  pages: {
    HEED201: {
      what: "A send, a cap, a budget or a condition names a channel that heed.yaml does not have.",
      why: "The message would have no way to go, and the cap would count nothing.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: smss\n    text: Hello.",
        good: "actions:\n  - send: sms\n    text: Hello.",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const known = Object.keys(workspace.file.channels);
  const judge = (document: SourceDocument, path: Path, channel: string | undefined): readonly Problem[] => {
    if (channel === undefined || known.includes(channel)) return [];
    const help = didYouMean(channel, known) ?? `channels are ${known.join(", ")}`;
    return [problemAt(document, { code: "HEED201", path, message: `heed.yaml has no channel \`${channel}\``, help })];
  };
  return [
    ...judge(workspace.document, ["alerts", "channel"], workspace.file.alerts?.channel),
    ...(workspace.file.budgets ?? []).flatMap(({ channel }, index) =>
      judge(workspace.document, ["budgets", index, "channel"], channel),
    ),
    ...(workspace.file.caps ?? []).flatMap(({ channel }, index) =>
      judge(workspace.document, ["caps", index, "channel"], channel),
    ),
    ...rules.flatMap(({ document, file, conditions }) => [
      ...(file.caps ?? []).flatMap(({ channel }, index) => judge(document, ["caps", index, "channel"], channel)),
      ...stepsOf(file).flatMap(({ step, path }) => {
        if (!("send" in step)) return [];
        if (typeof step.send === "string") return judge(document, [...path, "send"], step.send);
        return step.send.flatMap((channel, index) => judge(document, [...path, "send", index], channel));
      }),
      ...conditions.flatMap(({ path, condition }) =>
        sendsOf(condition).flatMap(({ at, channel }) =>
          judge(document, [...path, ...at, "channel"], channel ?? undefined),
        ),
      ),
    ]),
  ];
}
