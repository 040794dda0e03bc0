import { type Check, problemAt } from "../check.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { Cap } from "../rule-file.generated.ts";
import type { SourceDocument } from "../source-file.ts";

/** A cap that lets nothing through, or one for a contact that is no limit. */
export const capOfZero = {
  id: "cap-of-zero",
  pages: {
    HEED301: {
      what: "A cap has a `max` of 0, or a `holdout` is 100%.",
      why: "It lets no message through, which is most likely not what was meant; `enabled: false` says it clearly.",
      example: {
        in: "rule",
        bad: "caps:\n  - { max: 0, per: contact, within: 24h }",
        good: "caps:\n  - { max: 1, per: contact, within: 24h }",
      },
      waivable: true,
    },
    HEED305: {
      what: "A cap for one contact lets more than 1,000 messages through.",
      why: "Each place taken is kept in the contact's document, and nobody wants a thousand messages: most likely `per: rule` was meant.",
      example: {
        in: "rule",
        bad: "caps:\n  - { max: 5000, per: contact, within: 24h }",
        good: "caps:\n  - { max: 5000, per: rule, within: 24h }",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  return [
    ...[...(workspace === null ? [] : [workspace]), ...rules].flatMap(({ document, file }) =>
      inCaps(document, file.caps ?? []),
    ),
    ...rules.flatMap(everybodyHeldOut),
  ];
}

function everybodyHeldOut({ document, file }: ParsedRule): readonly Problem[] {
  if (file.holdout !== "100%") return [];
  return [
    problemAt(document, {
      code: "HEED301",
      path: ["holdout"],
      message: "a holdout of 100% is everybody, so that nobody is ever messaged",
      help: "write a share such as 10%; to decide everything and send nothing, write mode: shadow",
    }),
  ];
}

/** Each place taken is kept in the contact's document. */
export const mostPerContact = 1000;

function inCaps(document: SourceDocument, caps: readonly Cap[]): readonly Problem[] {
  return caps.flatMap(({ max, per }, index) => {
    if (per === "contact" && max > mostPerContact) {
      const message = `a cap of ${max} for one contact is no limit: at most ${mostPerContact} can be counted`;
      const help = "write a smaller number, or per: rule for all contacts together";
      return [problemAt(document, { code: "HEED305", path: ["caps", index, "max"], message, help })];
    }
    if (max > 0) return [];
    const help = "write at least 1; to send nothing at all, set enabled: false on the rules";
    return [
      problemAt(document, {
        code: "HEED301",
        path: ["caps", index, "max"],
        message: "a cap of 0 lets no message through",
        help,
      }),
    ];
  });
}
