import { type Check, problemAt } from "../check.ts";
import { CONFIRMATION } from "../opt-out-confirmation.ts";
import type { ParsedFile, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A text that is to confirm opt-outs, and could not be sent as it stands there. */
export const optOutConfirm = {
  id: "opt-out-confirm",
  pages: {
    HEED409: {
      what: "`opt_out.confirm` is a text that could not be sent: it has Liquid in it, or there is no channel for text messages. Or a rule has the name of the one that it makes.",
      why: "Whoever says STOP may be nobody you know, so the confirmation is the same plain text for everybody; and one that never goes out would be missed by nobody but the one who waits for it.",
      example: {
        in: "heed.yaml",
        bad: 'opt_out: { confirm: "Goodbye {{ contact.first_name }}." }',
        good: 'opt_out: { confirm: "You will get no more texts from Acme. Reply START to begin again." }',
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  const text = workspace?.file.opt_out?.confirm;
  if (workspace === null || text === undefined) return [];
  const mistake = mistakeIn(text, workspace);
  return [
    ...(mistake === null
      ? []
      : [problemAt(workspace.document, { code: "HEED409", path: ["opt_out", "confirm"], ...mistake })]),
    ...rules
      .filter(({ file }) => file.rule === CONFIRMATION)
      .map(({ document }) => problemAt(document, { code: "HEED409", path: ["rule"], ...taken })),
  ];
}

const taken = {
  message: `\`opt_out.confirm\` of heed.yaml makes a rule \`${CONFIRMATION}\` of its own`,
  help: "give this one another id and file name",
};

type Mistake = Pick<Problem, "message"> & { readonly help: string };

function mistakeIn(text: string, { file }: ParsedFile<WorkspaceFile>): Mistake | null {
  if (/\{\{|\{%/.test(text)) {
    return {
      message: "the confirmation of an opt-out has Liquid in it",
      help: "write the same plain text for everybody: of the number that said STOP nothing else may be known",
    };
  }
  if (Object.values(file.channels).some(({ kind }) => kind === "sms")) return null;
  return {
    message: "there is no channel through which this could be sent",
    help: "add a channel of `kind: sms`, or remove `confirm`",
  };
}
