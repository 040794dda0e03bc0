import { operandsOf } from "../../conditions/logic/literal.ts";
import { partsOf } from "../../conditions/logic/parts.ts";
import { certainCondition } from "../../rulebook/checks/certain-condition.ts";
import { expiresBeforeSend } from "../../rulebook/checks/expires-before-send.ts";
import { unreachableStep } from "../../rulebook/checks/unreachable-step.ts";
import { windowNeverOpens } from "../../rulebook/checks/window-never-opens.ts";
import { literalOf } from "../../rulebook/made-events.ts";
import { conditionAt, idOfFile, type ParsedRule } from "../../rulebook/parsed-workspace.ts";
import type { Problem } from "../../rulebook/problem.ts";
import { ruleGraph } from "../../rulebook/rule-graph.ts";
import { stepsOf } from "../../rulebook/steps.ts";
import type { Impact, RuleChange } from "../plan.ts";
import type { Side } from "../side.ts";

type Dead = Impact["dead"][number];

/** Rules of head that can never start, or have something to say that they can never say, where that is new. */
export function newlyDead(base: Side, head: Side, changes: readonly RuleChange[]): readonly Dead[] {
  const former = new Map(changes.map(({ rule, previous }) => [rule, previous ?? rule]));
  const before = new Set(silencesOf(base).map(({ rule, why }) => `${rule} ${why}`));
  const silent = silencesOf(head).filter(({ rule, why }) => !before.has(`${former.get(rule) ?? rule} ${why}`));
  const found = [...silent, ...silencedByAuthor(head, changes), ...withoutStart(base, head)];
  return found.toSorted((a, b) => (a.rule === b.rule ? compare(a.why, b.why) : compare(a.rule, b.rule)));
}

const checks = [certainCondition, windowNeverOpens, expiresBeforeSend, unreachableStep];

/** What the checks know that never happens. What has been waived is as true as before. */
function silencesOf({ parsed }: Side): readonly Dead[] {
  return checks
    .flatMap((check) => check.run(parsed))
    .filter(isNever)
    .map(({ file, message }) => ({ rule: idOfFile(file), why: message }));
}

/** Not what always holds, what happens only now and then, and what a goal does not count. */
function isNever({ code, severity, path }: Problem): boolean {
  if (code === "HEED321" || code === "HEED330") return true;
  if (code === "HEED302") return path[0] !== "goal";
  return code === "HEED312" && severity === "error";
}

/** What its author says may not start, or not speak, and did not say so before. */
function silencedByAuthor({ parsed }: Side, changes: readonly RuleChange[]): readonly Dead[] {
  const byId = new Map(parsed.rules.map(({ file }) => [file.rule, file]));
  return changes.flatMap(({ rule, action, attributes }): readonly Dead[] => {
    const file = action === "delete" ? undefined : byId.get(rule);
    const says = (key: string): boolean => attributes.some(({ path }) => path === key);
    if (file?.enabled === false && says("enabled")) return [{ rule, why: "it is switched off" }];
    if (file?.mode === "shadow" && says("mode")) return [{ rule, why: "it only records what it would send" }];
    return [];
  });
}

/** Rules that only other rules started, none of which does so any more. */
function withoutStart(base: Side, head: Side): readonly Dead[] {
  const [old, now] = [startsOf(base), startsOf(head)];
  return [...now].flatMap(([rule, events]) => {
    const lost = [...events].filter(
      ([event, makers]) => makers.length === 0 && (old.get(rule)?.get(event)?.length ?? 0) > 0,
    );
    if (lost.length === 0 || lost.length < events.size) return [];
    const makers = [...new Set(lost.flatMap(([event]) => old.get(rule)?.get(event) ?? []))].toSorted();
    const what = lost.map(([event]) => `\`${event}\``).join(", ");
    const why = `it was started by ${what}, which ${makers.join(", ")} made and no rule makes any more: only another system still could`;
    return [{ rule, why }];
  });
}

/** By rule, the events that start it, each with the rules that make it. Rules that are switched off make and start nothing. */
function startsOf({ parsed }: Side): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const rules = parsed.rules.filter(({ file }) => file.enabled !== false);
  const { nodes, edges } = ruleGraph(rules);
  const labels = new Map(nodes.map(({ id, label }) => [id, label]));
  const makers = new Map<string, string[]>();
  for (const { from, to, kind } of edges) {
    if (kind === "emits") makers.set(to, [...(makers.get(to) ?? []), labels.get(from) ?? ""]);
  }
  const starts = new Map<string, Map<string, readonly string[]>>();
  for (const { from, to, kind } of edges) {
    if (kind !== "triggers") continue;
    const rule = labels.get(to) ?? "";
    const events = starts.get(rule) ?? new Map<string, readonly string[]>();
    starts.set(rule, events.set(labels.get(from) ?? "", makers.get(from) ?? []));
  }
  for (const rule of rules) {
    const events = starts.get(rule.file.rule);
    if (events !== undefined) withoutOtherTags(rule, events, rules);
  }
  return starts;
}

const tagVerbs = { "contact.tagged": "tag", "contact.untagged": "untag" } as const;

/** For the graph a tag in Liquid may be any. Where a rule waits for certain tags, only those count that can become one. */
function withoutOtherTags(
  rule: ParsedRule,
  events: Map<string, readonly string[]>,
  rules: readonly ParsedRule[],
): void {
  const wanted = tagsDemanded(rule);
  if (wanted === null) return;
  for (const [type, verb] of Object.entries(tagVerbs)) {
    if (!events.has(type)) continue;
    const left = rules.filter(({ file }) =>
      stepsOf(file).some(({ step }) => {
        const text: unknown = Reflect.get(step, verb);
        return typeof text === "string" && literalOf(text) === null && wanted.some((tag) => canBecome(text, tag));
      }),
    );
    if (left.length === 0) events.delete(type);
    else
      events.set(
        type,
        left.map(({ file }) => file.rule),
      );
  }
}

/** The tags of which one starts the rule; null when any may. */
function tagsDemanded(rule: ParsedRule): readonly string[] | null {
  const where = conditionAt(rule, ["trigger", "where"]);
  for (const part of where === null ? [] : partsOf(where)) {
    if (part.kind !== "test" || part.path.join(".") !== "event.data.tag") continue;
    if (part.operator === "is" || part.operator === "in") return operandsOf(part).map(String);
  }
  return null;
}

/** Whether a tag has all that stands around the outputs of a text in Liquid, in order. */
function canBecome(text: string, tag: string): boolean {
  const [first = "", ...rest] = text.split(/\{\{.*?\}\}|\{%.*?%\}/s);
  const last = rest.pop() ?? "";
  if (!tag.startsWith(first) || !tag.endsWith(last) || first.length + last.length > tag.length) return false;
  let left = tag.slice(first.length, tag.length - last.length);
  return rest.every((part) => {
    const at = left.indexOf(part);
    left = left.slice(Math.max(at, 0) + part.length);
    return at >= 0;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
