import { templateReferences } from "../../templates/template-references.ts";
import { unsubscribeVariable } from "../../templates/unsubscribe-link.ts";
import type { Check } from "../check.ts";
import { mayTellHowToOptOut } from "../opt-out-wording.ts";
import type { ParsedRule, ParsedWorkspace, Text } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { SendStep } from "../rule-file.generated.ts";
import { problemIn } from "../source-file.ts";
import { stepsOf } from "../steps.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** The link that ends marketing email stands where there is none, or a marketing email has no way out at all. */
export const unsubscribeLink = {
  id: "unsubscribe-link",
  pages: {
    HEED412: {
      what: "A text has `{{ unsubscribe_url }}` where there is no such link.",
      why: "The link ends marketing email for its recipient. Only the `text` and `html` of marketing email have it, and only where `opt_out.unsubscribe` of heed.yaml says where it leads: anywhere else nothing could be put in.",
      example: {
        in: "rule",
        bad: "actions:\n  - send: sms\n    text: 'Hello. No more of this: {{ unsubscribe_url }}'",
        good: "actions:\n  - send: sms\n    text: 'Hello. Reply STOP to opt out.'",
      },
    },
    HEED413: {
      what: "A marketing email has no way to unsubscribe.",
      why: "The law of most countries asks for one, and big mailbox providers refuse mail in bulk without it. With `opt_out.unsubscribe` in heed.yaml every marketing email names its link in its headers, and texts may show it as `{{ unsubscribe_url }}`; without it, the text must say how to unsubscribe.",
      example: {
        in: "rule",
        bad: "class: marketing\ncaps:\n  - { max: 1, per: contact, within: 7d }\nactions:\n  - send: email\n    subject: Our guide\n    text: Our guide is out.",
        good: "class: marketing\ncaps:\n  - { max: 1, per: contact, within: 7d }\nactions:\n  - send: email\n    subject: Our guide\n    text: Our guide is out. To unsubscribe, reply STOP.",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

/** A message's words: what it says, where it may have the link, and whether it may. */
interface Sent {
  readonly rule: ParsedRule;
  readonly step: SendStep;
  readonly path: Path;
  readonly texts: readonly Text[];
}

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace } = parsed;
  if (workspace === null) return [];
  const makesLinks = workspace.file.opt_out?.unsubscribe !== undefined;
  return parsed.rules.flatMap((rule) => {
    const sends = stepsOf(rule.file).flatMap(({ step, path }): readonly Sent[] =>
      "send" in step ? [{ rule, step, path, texts: textsOf(parsed, rule, step, path) }] : [],
    );
    const isMarketing = rule.file.class === "marketing";
    const mails = sends.filter(({ step }) => kindsOf(step, workspace.file).includes("email"));
    // A channel that is not there is reported as that.
    const isMail = ({ step }: Sent): boolean =>
      kindsOf(step, workspace.file).every((kind) => kind === "email" || kind === undefined);
    const mayHave = new Set(isMarketing && makesLinks ? sends.filter(isMail).flatMap(({ texts }) => texts) : []);
    const seen = new Set([...rule.texts, ...sends.flatMap(({ texts }) => texts)]);
    const misplaced = [...seen].filter((text) => !mayHave.has(text)).flatMap((text) => misplacedIn(text, makesLinks));
    const silent =
      isMarketing && !makesLinks
        ? mails.filter(({ texts }) => !texts.some((text) => mayTellHowToOptOut(text, workspace.file)))
        : [];
    return [...misplaced, ...silent.map(withoutWayOut)];
  });
}

function textsOf({ templates }: ParsedWorkspace, { texts }: ParsedRule, { template }: SendStep, path: Path) {
  const shared = template === undefined ? undefined : templates.get(template);
  const places = new Set(["text", "html"].map((key) => [...path, key].join("/")));
  const own = texts.filter((text) => places.has(text.path.join("/")));
  return [...own, ...(shared?.text ? [shared.text] : []), ...(shared?.html ? [shared.html] : [])];
}

function kindsOf({ send }: SendStep, { channels }: WorkspaceFile): readonly (string | undefined)[] {
  return (typeof send === "string" ? [send] : send).map((name) => channels[name]?.kind);
}

function misplacedIn(text: Text, makesLinks: boolean): readonly Problem[] {
  // Hardly any text has one.
  if (!text.source.includes(unsubscribeVariable)) return [];
  return templateReferences(text.source, text.kind)
    .filter(({ path: [root] }) => root === unsubscribeVariable)
    .map(({ start, end }) =>
      problemIn(text.file, {
        code: "HEED412",
        message: "there is no link to unsubscribe here",
        help: makesLinks
          ? "only `text` and `html` of marketing email have it; to a phone, write: Reply STOP to opt out."
          : "add `unsubscribe` to `opt_out` in heed.yaml; then `text` and `html` of marketing email have it",
        range: text.rangeOf(start, end),
        path: text.path,
      }),
    );
}

function withoutWayOut({ rule, step, path }: Sent): Problem {
  const said = step.template === undefined ? (step.text === undefined ? "html" : "text") : "template";
  return problemIn(rule.document.source, {
    code: "HEED413",
    severity: "warning",
    message: "this marketing email has no way to unsubscribe",
    help: "add `unsubscribe` to `opt_out` in heed.yaml, or say in the text how to unsubscribe",
    range: rule.document.rangeOf([...path, said], "value"),
    path: [...path, said],
  });
}
