import type { Check } from "../check.ts";
import { mayTellHowToOptOut } from "../opt-out-wording.ts";
import type { ParsedRule, ParsedWorkspace, Text } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { SendStep, Step } from "../rule-file.generated.ts";
import { mayBeSms, smsTextsOf, textOfSend } from "../sms-texts.ts";
import { problemIn } from "../source-file.ts";
import { armsOf } from "../steps.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** The first marketing text message of a rule does not say how to opt out. */
export const noOptOutWording = {
  id: "no-opt-out-wording",
  pages: {
    HEED405: {
      what: "The first marketing SMS that a rule can send does not say how to opt out.",
      why: "Carriers and the law of most countries ask for it, and whoever is not told how to stop complains instead. A sentence such as `Reply STOP to opt out.` is enough; the keywords of `opt_out:` in heed.yaml count as well.",
      example: {
        in: "rule",
        bad: "class: marketing\ncaps:\n  - { max: 1, per: contact, within: 7d }\nactions:\n  - send: sms\n    text: Our guide is out.",
        good: "class: marketing\ncaps:\n  - { max: 1, per: contact, within: 7d }\nactions:\n  - send: sms\n    text: Our guide is out. Reply STOP to opt out.",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace } = parsed;
  if (workspace === null) return [];
  const sound = new Set(smsTextsOf(parsed).map(({ text }) => text));
  const told = new Set<Text>();
  return parsed.rules
    .filter(({ file }) => file.class === "marketing")
    .flatMap((rule) => {
      const { firsts } = firstSends(rule.file.actions, ["actions"], workspace.file);
      return firsts.flatMap(({ step, path }) => {
        const text = textOfSend(parsed, rule, step, path);
        if (text === null || !sound.has(text) || told.has(text) || mayTellHowToOptOut(text, workspace.file)) return [];
        told.add(text);
        return [withoutWording(rule, step, path, text)];
      });
    });
}

interface FirstSends {
  /** The text messages of which each can be the first. */
  readonly firsts: readonly { readonly step: SendStep; readonly path: Path }[];
  /** Whether a contact can come to the end of the steps without one. */
  readonly passes: boolean;
}

function firstSends(steps: readonly Step[], base: Path, workspace: WorkspaceFile): FirstSends {
  const firsts: FirstSends["firsts"][number][] = [];
  for (const [index, step] of steps.entries()) {
    const path = [...base, index];
    if ("send" in step && mayBeSms(step, workspace)) firsts.push({ step, path });
    const arms = armsOf(step).map((arm) => firstSends(arm.steps, [...path, ...arm.path], workspace));
    firsts.push(...arms.flatMap((arm) => arm.firsts));
    if (step.when === undefined && !canPass(step, arms, workspace)) return { firsts, passes: false };
  }
  return { firsts, passes: true };
}

/** Whether a contact can be past a step and still have got no text message. */
function canPass(step: Step, arms: readonly FirstSends[], workspace: WorkspaceFile): boolean {
  if ("send" in step) return !isSurelySms(step, workspace);
  if ("stop" in step) return false;
  if ("branch" in step) {
    const otherwise = Array.isArray(step.branch)
      ? step.branch.some((way) => "otherwise" in way)
      : step.branch.otherwise !== undefined;
    return !otherwise || arms.some(({ passes }) => passes);
  }
  return !("wait_for" in step) || arms.length < 2 || arms.some(({ passes }) => passes);
}

/** Of a list of channels another one may be taken. */
function isSurelySms({ send }: SendStep, { channels }: WorkspaceFile): boolean {
  return (typeof send === "string" ? [send] : send).every((name) => channels[name]?.kind === "sms");
}

function withoutWording(rule: ParsedRule, { template }: SendStep, path: Path, text: Text): Problem {
  const { document } = rule;
  return problemIn(document.source, {
    code: "HEED405",
    severity: "warning",
    message: "this can be the first marketing text message to a contact, and it does not say how to opt out",
    help: "add for example: Reply STOP to opt out.",
    range: document.rangeOf([...path, template === undefined ? "text" : "template"], "value"),
    path: text.path.length === 0 ? [...path, "template"] : text.path,
  });
}
