import { type Condition, inRule, type WasSent } from "../../conditions/condition.ts";
import { neverHolds } from "../../conditions/logic/satisfiable.ts";
import { type Check, problemAt } from "../check.ts";
import { type OwnDeed, type SendAfterDeeds, sendsAfterDeeds } from "../own-deeds.ts";
import { conditionAt, type ParsedRule, type ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";

/** A message that the rule itself prevents, by what it does before. */
export const silencedByItself = {
  id: "silenced-by-itself",
  pages: {
    HEED335: {
      what: "A step makes the rule's `guard`, or the `when` of a message, false before the message goes out.",
      why: "The guard is asked again right before every message, with what the steps above have set, tagged and sent. The message never comes, and nobody notices.",
      example: {
        in: "rule",
        bad: "guard:\n  contact.status: { not: customer }\nactions:\n  - set: { contact.status: customer }\n  - send: sms\n    text: Hello.",
        good: "guard:\n  contact.status: { not: customer }\nactions:\n  - send: sms\n    text: Hello.\n  - set: { contact.status: customer }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  return rules.flatMap((rule) => {
    // What follows is silenced as well.
    const [first] = sendsAfterDeeds(rule.file).flatMap((send) => problemOf(rule, send));
    return first === undefined ? [] : [first];
  });
}

function problemOf(rule: ParsedRule, send: SendAfterDeeds): readonly Problem[] {
  const places: readonly Path[] = [["guard"], [...send.path, "when"]];
  for (const place of places) {
    const asked = conditionAt(rule, place);
    // What never holds for anybody is told as that.
    if (asked === null || neverHolds(asked)) continue;
    const condition = inRule(asked, rule.file.rule);
    const deed = send.deeds.findLast((one) => neverHolds({ kind: "all", of: [condition, factOf(rule, one)] }));
    if (deed !== undefined) return [toProblem(rule, send, place, deed)];
  }
  return [];
}

/** A second more than it can be, so that nothing hinges on the last moment. */
function factOf({ file: { rule } }: ParsedRule, { fact, channel, elapsed }: OwnDeed): Condition {
  const count = Math.ceil(elapsed / 1_000) + 1;
  const sent: WasSent = { kind: "was_sent", channel, rule, within: { count, unit: "s" }, at: [] };
  return fact ?? sent;
}

function toProblem({ document }: ParsedRule, { path }: SendAfterDeeds, place: Path, deed: OwnDeed): Problem {
  const asked = place.length === 1 ? "the `guard`" : "its `when`";
  const verb = verbOf(deed);
  const isSend = deed.fact === null;
  const see = (message: string, at: Path) => ({
    message,
    file: document.source.name,
    range: document.rangeOf(at, "key"),
  });
  return problemAt(document, {
    code: "HEED335",
    severity: isSend || deed.elapsed > 0 ? "warning" : "error",
    path: [...path, "send"],
    message: `this message is never sent${isSend ? " to whom the one above it was" : ""}: ${asked} does not hold after that \`${verb}\``,
    help: isSend
      ? "ask for it in `when:` of the first message alone, or for less time than lies between the two"
      : `a guard is asked again before each message: put the \`${verb}\` behind the message, or ask in \`trigger.where\``,
    related: [see("after this", [...deed.path, verb]), see("this is false", place)],
  });
}

function verbOf({ step }: OwnDeed): string {
  return "set" in step ? "set" : "tag" in step ? "tag" : "untag" in step ? "untag" : "send";
}
