import type { Rule, Workspace } from "../../core/model/rulebook.ts";
import type { ParsedRule } from "../../rulebook/parsed-workspace.ts";
import type { RiskCode } from "../../rulebook/risk-codes.ts";
import type { SourceDocument } from "../../rulebook/source-file.ts";
import type { Path } from "../../rulebook/problem.ts";
import type { AttributeChange, Plan, Risk, RuleChange } from "../plan.ts";
import type { Side } from "../side.ts";
import type { RiskLimits } from "./risk-limits.ts";
import type { RiskPage } from "./risk-page.ts";

/** One kind of risk, in a file of this folder that has its name. */
export interface RiskCheck {
  readonly code: RiskCode;
  readonly page: RiskPage;
  find(evidence: Evidence): readonly Finding[];
}

/** All that a risk is read from. */
export interface Evidence extends Pick<Plan, "ruleChanges" | "workspaceChanges" | "impact" | "backtest" | "inFlight"> {
  readonly base: Side;
  readonly head: Side;
  readonly limits: RiskLimits;
}

export type Finding = Omit<Risk, "code" | "severity" | "waived">;

export interface PlacedChange {
  readonly change: AttributeChange;
  /** Null of heed.yaml. */
  readonly rule: string | null;
}

/** Every change of something that was there before and still is: of rules that stay, and of heed.yaml. */
export function changesOf({ ruleChanges, workspaceChanges }: Evidence): readonly PlacedChange[] {
  const ofRules = ruleChanges
    .filter(isKept)
    .flatMap(({ rule, attributes }) => attributes.map((change) => ({ change, rule })));
  return [...workspaceChanges.map((change) => ({ change, rule: null })), ...ofRules];
}

function isKept({ action }: RuleChange): boolean {
  return action === "update" || action === "move";
}

/** A rule that stays, as it was and as it will be. */
export interface Pair {
  readonly rule: string;
  readonly before: Rule;
  readonly after: Rule;
  readonly changed: RuleChange;
}

export function pairsOf({ ruleChanges, base, head }: Evidence): readonly Pair[] {
  return ruleChanges.filter(isKept).flatMap((changed) => {
    const before = base.compiled.rulebook.rules.get(changed.previous ?? changed.rule);
    const after = head.compiled.rulebook.rules.get(changed.rule);
    return before === undefined || after === undefined ? [] : [{ rule: changed.rule, before, after, changed }];
  });
}

/** What heed.yaml says, as it was and as it will be. */
export function workspacesOf({ base, head }: Evidence): { readonly before: Workspace; readonly after: Workspace } {
  return { before: base.compiled.rulebook.workspace, after: head.compiled.rulebook.workspace };
}

/** A finding at the first change of a rule under one of these keys. */
export function inRule(pair: Pair, keys: readonly string[], message: string, help: string | null = null): Finding {
  const { file, line } = pair.changed.attributes.find(({ path }) => isUnder(path, keys)) ?? pair.changed;
  return { message, help, rule: pair.rule, file, line };
}

/** A finding at the first change of heed.yaml under one of these keys. */
export function inWorkspace(
  { workspaceChanges }: Evidence,
  keys: readonly string[],
  message: string,
  help: string | null = null,
): Finding {
  const { file, line } = workspaceChanges.find(({ path }) => isUnder(path, keys)) ?? { file: "heed.yaml", line: 1 };
  return { message, help, rule: null, file, line };
}

/** Whether a path begins with one of these: `caps` is the beginning of `caps[0].max`. */
function isUnder(path: string, keys: readonly string[]): boolean {
  return keys.some((key) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`));
}

/** Whether a change of the rule is more than words for people. */
export function changesBehaviour({ classes }: RuleChange): boolean {
  return classes.some((name) => name !== "cosmetic");
}

/** A finding at the line of a change. */
export function at({ change, rule }: PlacedChange, message: string, help: string | null = null): Finding {
  return { message, help, rule, file: change.file, line: change.line };
}

/** A finding at the line where a rule begins. */
export function atRule(evidence: Evidence, rule: string, message: string, help: string | null = null): Finding {
  const changed = evidence.ruleChanges.find((change) => change.rule === rule);
  if (changed !== undefined) return { message, help, rule, file: changed.file, line: changed.line };
  const parsed = parsedRule(evidence.head, rule) ?? parsedRule(evidence.base, rule);
  const place = parsed === null ? { file: "heed.yaml", line: 1 } : placeIn(parsed.document, ["rule"]);
  return { message, help, rule, ...place };
}

/** A finding in heed.yaml. */
export function atWorkspace({ head }: Evidence, path: Path, message: string, help: string | null = null): Finding {
  const place = head.parsed.workspace === null ? null : placeIn(head.parsed.workspace.document, path);
  return { message, help, rule: null, ...(place ?? { file: "heed.yaml", line: 1 }) };
}

export function parsedRule({ parsed }: Side, id: string): ParsedRule | null {
  return parsed.rules.find(({ file }) => file.rule === id) ?? null;
}

function placeIn(document: SourceDocument, path: Path): { readonly file: string; readonly line: number } {
  return { file: document.source.name, line: document.rangeOf(path, "key").start.line };
}
