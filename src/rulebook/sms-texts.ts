import { templateProblems } from "../templates/compile-template.ts";
import { lookAlikesInText } from "./look-alikes.ts";
import type { ParsedRule, ParsedWorkspace, Text } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import { requiredFieldsOf } from "./required-fields.ts";
import type { SendStep } from "./rule-file.generated.ts";
import { stepsOf } from "./steps.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

export interface SmsUse {
  readonly rule: ParsedRule;
  readonly step: SendStep;
  readonly path: Path;
}

/** A text that is sent as a text message, and the sends that do so: one, or several of a shared text. */
export interface SmsText {
  readonly text: Text;
  readonly uses: readonly [SmsUse, ...SmsUse[]];
}

const known = new WeakMap<ParsedWorkspace, readonly SmsText[]>();

/** Every text that a phone may get. Those with mistakes of their own are left out: what they would say is not known yet. */
export function smsTextsOf(parsed: ParsedWorkspace): readonly SmsText[] {
  const texts = known.get(parsed) ?? findTexts(parsed);
  known.set(parsed, texts);
  return texts;
}

function findTexts(parsed: ParsedWorkspace): readonly SmsText[] {
  const { workspace } = parsed;
  if (workspace === null) return [];
  const found = new Map<Text, [SmsUse, ...SmsUse[]]>();
  for (const rule of parsed.rules) {
    for (const { step, path } of stepsOf(rule.file)) {
      if (!("send" in step) || !mayBeSms(step, workspace.file)) continue;
      const text = textOfSend(parsed, rule, step, path);
      if (text === null) continue;
      const uses = found.get(text);
      if (uses === undefined) found.set(text, [{ rule, step, path }]);
      else uses.push({ rule, step, path });
    }
  }
  const required = requiredFieldsOf(workspace.file);
  return [...found]
    .filter(([text]) => isReadable(text) && templateProblems(text.source, text.kind, required).length === 0)
    .map(([text, uses]) => ({ text, uses }));
}

/** A file of YAML with look-alikes is not read in the first place. */
function isReadable({ file, path }: Text): boolean {
  return path.length > 0 || lookAlikesInText(file).length === 0;
}

export function mayBeSms({ send }: SendStep, { channels }: WorkspaceFile): boolean {
  const names = typeof send === "string" ? [send] : send;
  return names.some((name) => Object.hasOwn(channels, name) && channels[name]?.kind === "sms");
}

/** What a send says in words, where it stands or where it is shared. */
export function textOfSend(
  { templates }: ParsedWorkspace,
  { texts }: ParsedRule,
  { template }: SendStep,
  path: Path,
): Text | null {
  if (template !== undefined) return templates.get(template)?.text ?? null;
  const wanted = [...path, "text"].join("/");
  return texts.find((text) => text.path.join("/") === wanted) ?? null;
}
