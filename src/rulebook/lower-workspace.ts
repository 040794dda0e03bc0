import { lowerCondition } from "../conditions/lower.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import type { Cap, Duration, DurationRange, Rule, Step, StopOn, Value, Window } from "../core/model/rulebook.ts";
import type { TemplateStore } from "./compile-parts.ts";
import { compileRule } from "./compile-rule.ts";
import { rulebookDigest } from "./digest.ts";
import { conditionAt, type ParsedFile, type ParsedRule, type ParsedWorkspace } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import { requiredFieldsOf } from "./required-fields.ts";
import { stepsOf } from "./steps.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/**
 * What a workspace without errors means, as data: every default written out, every condition in the form of
 * json-rules-engine, the steps laid out flat, a digest for each rule and for all. Variables of the environment stand as
 * they are written.
 */
export function lowerWorkspace(parsed: ParsedWorkspace, heed: ParsedFile<WorkspaceFile>): JsonObject {
  const sources = new Map<string, string>();
  const store: TemplateStore = {
    templates: new Map(),
    requiredFields: requiredFieldsOf(heed.file),
    shared: parsed.templates,
  };
  const rules = parsed.rules
    .map((rule) => ({ parsed: rule, compiled: compileRule(rule, store) }))
    .toSorted((a, b) => (a.compiled.id < b.compiled.id ? -1 : 1));
  for (const [id, { source }] of store.templates) sources.set(id, source);
  const digests = Object.fromEntries(rules.map(({ compiled }) => [compiled.id, compiled.digest]));
  return {
    format_version: "1.0",
    digest: rulebookDigest(heed.document.data, digests),
    workspace: heed.document.data,
    rules: Object.fromEntries(
      rules.map(({ parsed: rule, compiled }) => [compiled.id, lowerRule(rule, compiled, sources)]),
    ),
  };
}

type Sources = ReadonlyMap<string, string>;

function lowerRule(parsed: ParsedRule, rule: Rule, sources: Sources): JsonObject {
  return {
    digest: rule.digest,
    description: rule.description,
    owner: rule.owner,
    class: rule.class,
    enabled: rule.enabled,
    mode: rule.shadow ? "shadow" : "live",
    experiment: rule.experiment,
    rollout: rule.rollout,
    holdout: rule.holdout,
    moved: rule.movedFrom === null ? null : { from: rule.movedFrom },
    trigger: {
      events: [...rule.trigger.match.events],
      where: tree(parsed, ["trigger", "where"]),
      max_age: written(rule.trigger.maxAge),
    },
    reentry: {
      policy: rule.reentry.policy,
      key: rule.reentry.key === null ? null : ["event", ...rule.reentry.key].join("."),
      cooldown: rule.reentry.cooldown === null ? null : written(rule.reentry.cooldown),
    },
    goal:
      rule.goal === null
        ? null
        : {
            events: [...rule.goal.match.events],
            where: tree(parsed, ["goal", "where"]),
            within: written(rule.goal.within),
            value: rule.goal.value === null ? null : ["event", ...rule.goal.value].join("."),
          },
    delay: rule.delay === null ? null : range(rule.delay),
    window: rule.window === null ? null : lowerWindow(rule.window),
    guard: rule.guard,
    stop_on: rule.stopOn.map((stop, index) => lowerStop(stop, tree(parsed, ["stop_on", index, "where"]))),
    expires: written(rule.expires),
    caps: rule.caps.map(lowerCap),
    first: rule.first,
    steps: lowerSteps(parsed, rule, sources),
    retry: { attempts: rule.retry.attempts, within: written(rule.retry.within) },
    on_change: rule.onChange,
  };
}

/** Steps are laid out in the order in which a rule holds them, those inside of others behind the one they are in. */
function lowerSteps(parsed: ParsedRule, { steps }: Rule, sources: Sources): JsonObject {
  const placed = stepsOf(parsed.file);
  return Object.fromEntries(
    [...steps.values()].map((step, index) => [step.id, lowerStep(parsed, step, placed[index]?.path ?? [], sources)]),
  );
}

function lowerStep(parsed: ParsedRule, step: Step, path: Path, sources: Sources): JsonObject {
  const base = { when: step.when, next: step.next };
  const text = (id: string | null): string | null => (id === null ? null : (sources.get(id) ?? null));
  const values = (of: Readonly<Record<string, Value>>): JsonObject =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [name, lowerValue(value, sources)]));
  switch (step.verb) {
    case "send":
      return {
        send: [...step.channels],
        ...Object.fromEntries(Object.entries(step.content).map(([field, id]) => [field, text(id)])),
        ...(step.body !== null && { body: lowerValue(step.body, sources) }),
        to: text(step.to),
        provider: step.provider,
        on_failure: step.onFailure,
        on_ambiguous: step.onAmbiguous,
        ...base,
      };
    case "wait": {
      const { wait } = step;
      return {
        wait: wait.kind === "for" ? range(wait.range) : { until: clock(wait.minute), zone: wait.zone },
        ...base,
      };
    }
    case "wait_for": {
      const stop = lowerStop(step.for, tree(parsed, [...path, "wait_for", "where"]));
      return { wait_for: stop, timeout: written(step.timeout), then: step.then, otherwise: step.otherwise, ...base };
    }
    case "branch":
      return { branch: step.arms.map(({ when, to }) => ({ when, to })), otherwise: step.otherwise, ...base };
    case "set":
      return { set: values(step.attributes), ...base };
    case "tag":
    case "untag":
      return { [step.verb]: text(step.tag), ...base };
    case "emit":
      return { emit: step.event, data: values(step.data), ...base };
    case "hold":
      return {
        hold: step.what.kind === "rules" ? { rules: [...step.what.rules] } : { class: step.what.class },
        for: written(step.for),
        ...base,
      };
    case "stop":
      return { stop: step.note, ...base };
  }
}

function lowerValue(value: Value, sources: Sources): Json {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "text":
      return sources.get(value.template) ?? null;
    case "list":
      return value.of.map((entry) => lowerValue(entry, sources));
    case "map":
      return Object.fromEntries(Object.entries(value.of).map(([name, entry]) => [name, lowerValue(entry, sources)]));
  }
}

function lowerStop({ match, same }: StopOn, where: JsonObject | null): JsonObject {
  return { events: [...match.events], where, same: same === null ? null : same.join(".") };
}

function lowerCap({ max, per, channel, class: only, within, onExceed }: Cap): JsonObject {
  const window = within.kind === "rolling" ? written(within.length) : { calendar: within.unit, zone: within.zone };
  return { max, per, channel, class: only, within: window, on_exceed: onExceed };
}

function lowerWindow({ days, from, to, zone }: Window): JsonObject {
  return { days: [...days], from: clock(from), to: clock(to), zone };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
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
