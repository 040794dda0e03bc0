import { isJsonObject } from "../../core/model/parse-json.ts";
import { type PathTypes, pathTypesOf } from "../../rulebook/type-of-path.ts";
import type { ParsedRule } from "../../rulebook/parsed-workspace.ts";
import { type ChangeClass, changeClasses, type RuleChange } from "../plan.ts";
import type { Side } from "../side.ts";
import { leavesOf, likeness } from "./align.ts";
import { compareFiles, type Found } from "./compare-values.ts";
import { judgeRule } from "./judge-rule.ts";
import { ruleShape } from "./rule-shape.ts";

/** How the rules of two revisions differ, in order of their ids. */
export function compareRules(base: Side, head: Side): readonly RuleChange[] {
  const [old, now] = [byId(base), byId(head)];
  const types = { base: pathTypesOf(base.parsed), head: pathTypesOf(head.parsed) };
  const continued = new Map<string, string>();
  const changes: RuleChange[] = [];
  const created: ParsedRule[] = [];
  for (const [id, rule] of now) {
    const from = rule.file.moved?.from;
    const moved = !old.has(id) && from !== undefined && old.has(from) && !now.has(from);
    const before = old.get(moved ? from : id);
    if (before === undefined) {
      created.push(rule);
      continue;
    }
    continued.set(before.file.rule, id);
    const change = moved || !isUntouched(before, rule) ? updated(before, rule, types) : null;
    if (change !== null) changes.push(change);
  }
  const deleted = [...old.values()].filter(({ file }) => !continued.has(file.rule));
  changes.push(...deleted.map((rule) => whole(rule, "delete", null)));
  changes.push(...created.map((rule) => whole(rule, "create", resembledBy(rule, deleted))));
  return changes.toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

function byId({ parsed }: Side): ReadonlyMap<string, ParsedRule> {
  return new Map(parsed.rules.map((rule) => [rule.file.rule, rule]));
}

function isUntouched(before: ParsedRule, after: ParsedRule): boolean {
  const [old, now] = [before.document.source, after.document.source];
  return old.name === now.name && old.text === now.text;
}

function updated(
  before: ParsedRule,
  after: ParsedRule,
  types: { readonly base: PathTypes | null; readonly head: PathTypes | null },
): RuleChange {
  const { base, head } = types;
  const judge =
    base === null || head === null
      ? () => null
      : judgeRule({ rule: before, types: base }, { rule: after, types: head });
  const found = compareFiles(ruleShape, { before: before.document, after: after.document, judge });
  const isMove = before.file.rule !== after.file.rule;
  return {
    rule: after.file.rule,
    previous: isMove ? before.file.rule : null,
    action: isMove ? "move" : "update",
    classes: found.length === 0 ? ["cosmetic"] : classesOf(found),
    ...placeOf(after),
    attributes: found.map(({ change }) => change),
    resembles: null,
  };
}

/** A rule that came or went, with all that it says. */
function whole(rule: ParsedRule, action: "create" | "delete", resembles: string | null): RuleChange {
  const [before, after] = action === "create" ? [null, rule.document] : [rule.document, null];
  const found = compareFiles(ruleShape, { before, after, judge: () => null });
  return {
    rule: rule.file.rule,
    previous: null,
    action,
    classes: classesOf(found).filter((each) => each !== "cosmetic"),
    ...placeOf(rule),
    attributes: found.map(({ change }) => change),
    resembles,
  };
}

function placeOf({ document }: ParsedRule): Pick<RuleChange, "file" | "line"> {
  return { file: document.source.name, line: document.rangeOf([], "key").start.line };
}

function classesOf(found: readonly Found[]): readonly ChangeClass[] {
  return changeClasses.filter((each) => found.some(({ classes }) => classes.has(each)));
}

/** From how much in common on a rule looks renamed. */
const resembling = 0.6;

function resembledBy(rule: ParsedRule, deleted: readonly ParsedRule[]): string | null {
  const leaves = saidBy(rule);
  const [best] = deleted
    .map((other) => ({ id: other.file.rule, like: likeness(leaves, saidBy(other)) }))
    .filter(({ like }) => like >= resembling)
    .toSorted((a, b) => b.like - a.like || (a.id < b.id ? -1 : 1));
  return best?.id ?? null;
}

const saidKept = new WeakMap<ParsedRule, ReadonlySet<string>>();

/** What a rule is called by, which a renamed one says anew. */
const names: ReadonlySet<string> = new Set(["rule", "moved", "description", "owner"]);

/** What a rule does, leaf by leaf. */
function saidBy(rule: ParsedRule): ReadonlySet<string> {
  const { data } = rule.document;
  const entries = isJsonObject(data) ? Object.entries(data).filter(([key]) => !names.has(key)) : [];
  const known = saidKept.get(rule) ?? leavesOf(Object.fromEntries(entries));
  saidKept.set(rule, known);
  return known;
}
