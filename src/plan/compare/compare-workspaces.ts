import type { ParsedRule, SharedTemplate, Text } from "../../rulebook/parsed-workspace.ts";
import type { Path } from "../../rulebook/problem.ts";
import { secretSettings } from "../../rulebook/secret-settings.ts";
import type { RuleChange, WorkspaceChange } from "../plan.ts";
import type { Side } from "../side.ts";
import type { Changes } from "./changes.ts";
import { compareFiles, type Place } from "./compare-values.ts";
import { compareRules } from "./compare-rules.ts";
import { governs, templatesOf } from "./governed-rules.ts";
import { settingsWithoutSecrets, withoutSecrets } from "./hide-secrets.ts";
import { workspaceShape } from "./workspace-shape.ts";

/** What changes from base to head, by what it means: the same rules in other words have not changed. */
export function compareWorkspaces(base: Side, head: Side): Changes {
  const ruleChanges = compareRules(base, head);
  const workspaceChanges = [...compareSettings(base, head), ...compareTemplates(base, head)];
  const governed = workspaceChanges.flatMap((change) => (change.class === "cosmetic" ? [] : change.rules));
  const changed = ruleChanges.filter(meansMore).map(({ rule }) => rule);
  return { ruleChanges, workspaceChanges, touched: new Set([...changed, ...governed].toSorted()) };
}

/** Whether a rule does anything else than before. */
export function meansMore({ action, classes }: RuleChange): boolean {
  return action !== "update" || classes.some((each) => each !== "cosmetic");
}

function compareSettings(base: Side, head: Side): readonly WorkspaceChange[] {
  const [before, after] = [base.parsed.workspace, head.parsed.workspace];
  if (before === null || after === null) return [];
  const judge = (): null => null;
  const found = compareFiles(workspaceShape, { before: before.document, after: after.document, judge });
  const secrets = { before: secretSettings(before.document.data), after: secretSettings(after.document.data) };
  return found.map(({ change, at }): WorkspaceChange => {
    const { path, before: old, after: now, file, line, implication } = change;
    const isSecret =
      secrets.before.some((each) => isInside(each, at.before)) ||
      secrets.after.some((each) => isInside(each, at.after));
    return {
      path,
      before: settingsWithoutSecrets(old, at.before),
      after: settingsWithoutSecrets(now, at.after),
      class: isSecret && change.class !== "cosmetic" ? "safety" : change.class,
      file,
      line,
      implication,
      rules: governedBy(at, base, head),
    };
  });
}

/** Whether one of two places is inside the other. */
function isInside(one: Path, other: Path): boolean {
  return one.slice(0, other.length).join("\n") === other.slice(0, one.length).join("\n");
}

function governedBy(at: Place, base: Side, head: Side): readonly string[] {
  const old = new Map(base.parsed.rules.map((rule) => [rule.file.rule, rule]));
  const { confirmation } = head.compiled.rulebook;
  const confirms = confirmation !== null && at.name === "opt_out.confirm" ? [confirmation] : [];
  const governed = head.parsed.rules.filter((rule) => {
    const before = old.get(rule.file.rule);
    return governs(at.after, rule, head.parsed) || (before !== undefined && governs(at.before, before, base.parsed));
  });
  return idsOf(governed).concat(confirms);
}

function idsOf(rules: readonly ParsedRule[]): string[] {
  return rules.map(({ file }) => file.rule).toSorted();
}

const forms = ["text", "html"] as const;

/** The shared texts, each with the rules of head that send it. */
function compareTemplates(base: Side, head: Side): readonly WorkspaceChange[] {
  const names = [...new Set([...base.parsed.templates.keys(), ...head.parsed.templates.keys()])].toSorted();
  return names.flatMap((name) =>
    forms.flatMap((form): readonly WorkspaceChange[] => {
      const before = textOf(base.parsed.templates.get(name), form);
      const after = textOf(head.parsed.templates.get(name), form);
      const place = after ?? before;
      if (place === null || before?.source === after?.source) return [];
      return [
        {
          path: place.file.name.replace(/\.liquid$/, ""),
          before: withoutSecrets(before?.source ?? null),
          after: withoutSecrets(after?.source ?? null),
          class: "content",
          file: place.file.name,
          line: firstDifference(before, after),
          implication: null,
          rules: idsOf(head.parsed.rules.filter((rule) => templatesOf(rule).has(name))),
        },
      ];
    }),
  );
}

function textOf(template: SharedTemplate | undefined, form: (typeof forms)[number]): Text | null {
  return template?.[form] ?? null;
}

/** The first line that is another one; the first where all is new or gone. */
function firstDifference(before: Text | null, after: Text | null): number {
  if (before === null || after === null) return 1;
  const [old, now] = [before.source.split("\n"), after.source.split("\n")];
  const line = now.findIndex((text, index) => text !== old[index]);
  return line < 0 ? Math.max(1, now.length) : line + 1;
}
