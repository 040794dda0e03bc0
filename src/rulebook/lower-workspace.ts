import { lowerCondition } from "../conditions/lower.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import type { Duration, DurationRange, Rule, Step } from "../core/model/rulebook.ts";
import { compileRule } from "./compile-rule.ts";
import { rulebookDigest } from "./digest.ts";
import { conditionAt, type ParsedFile, type ParsedRule, type ParsedWorkspace } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import { requiredFieldsOf } from "./required-fields.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/**
 * What a workspace without errors means, as data: every default written out, every condition in the form of
 * json-rules-engine, a digest for each rule and for all. Variables of the environment stand as they are written.
 */
export function lowerWorkspace(parsed: ParsedWorkspace, heed: ParsedFile<WorkspaceFile>): JsonObject {
  const store = { templates: new Map(), requiredFields: requiredFieldsOf(heed.file) };
  const rules = parsed.rules
    .map((rule) => ({ parsed: rule, compiled: compileRule(rule, store) }))
    .toSorted((a, b) => (a.compiled.id < b.compiled.id ? -1 : 1));
  const digests = Object.fromEntries(rules.map(({ compiled }) => [compiled.id, compiled.digest]));
  return {
    format_version: "1.0",
    digest: rulebookDigest(heed.document.data, digests),
    workspace: heed.document.data,
    rules: Object.fromEntries(rules.map(({ parsed: rule, compiled }) => [compiled.id, lowerRule(rule, compiled)])),
  };
}

function lowerRule(parsed: ParsedRule, rule: Rule): JsonObject {
  return {
    digest: rule.digest,
    description: rule.description,
    owner: rule.owner,
    class: rule.class,
    enabled: rule.enabled,
    trigger: {
      events: [...rule.trigger.match.events],
      where: tree(parsed, ["trigger", "where"]),
      max_age: written(rule.trigger.maxAge),
    },
    reentry: rule.reentry,
    delay: rule.delay === null ? null : range(rule.delay),
    guard: rule.guard,
    stop_on: rule.stopOn.map(({ match, same }, index) => ({
      events: [...match.events],
      where: tree(parsed, ["stop_on", index, "where"]),
      same: same === null ? null : same.join("."),
    })),
    expires: written(rule.expires),
    caps: rule.caps.map(({ max, per, channel, class: only, within, onExceed }) => {
      return { max, per, channel, class: only, within: written(within), on_exceed: onExceed };
    }),
    steps: rule.steps.map((step, index) => lowerStep(parsed, step, index)),
    retry: { attempts: rule.retry.attempts, within: written(rule.retry.within) },
  };
}

function lowerStep({ texts }: ParsedRule, step: Step, index: number): JsonObject {
  const base = { id: step.id, when: step.when };
  if (step.verb === "wait") return { ...base, wait: range(step.wait) };
  if (step.verb === "stop") return { ...base, stop: step.note };
  const content = texts
    .filter(({ path }) => path[1] === index)
    .map(({ path, source }): [string, Json] => [String(path[2]), source]);
  return { ...base, send: step.channel, ...Object.fromEntries(content), on_ambiguous: step.onAmbiguous };
}

function tree(parsed: ParsedRule, path: Path): JsonObject | null {
  const condition = conditionAt(parsed, path);
  return condition === null ? null : lowerCondition(condition);
}

function range({ min, max }: DurationRange): JsonObject {
  return { min: written(min), max: written(max) };
}

function written({ count, unit }: Duration): string {
  return `${count}${unit}`;
}
