import type { Json } from "../core/model/json.ts";
import type { Goal, Reentry, Rule, Step } from "../core/model/rulebook.ts";
import {
  compileCap,
  compileWindow,
  createRuleCompiler,
  duration,
  durationRange,
  type RuleCompiler,
  shareOf,
  type TemplateStore,
} from "./compile-parts.ts";
import { compileSteps } from "./compile-steps.ts";
import { digestOf } from "./digest.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import type { RuleFile } from "./rule-file.generated.ts";
import { stepsOf } from "./steps.ts";

const defaults = { maxAge: "24h", expires: "30d", attempts: 5, retryWithin: "15m" } as const;

/** Compiles a rule that has passed every check. */
export function compileRule(parsed: ParsedRule, store: TemplateStore): Rule {
  const { file } = parsed;
  const compiler = createRuleCompiler(parsed, store);
  const steps = new Map<string, Step>();
  return {
    id: file.rule,
    digest: digestOf(withTemplates(parsed, store)),
    description: file.description ?? null,
    owner: file.owner ?? null,
    class: file.class,
    enabled: file.enabled ?? true,
    shadow: file.mode === "shadow",
    experiment: file.experiment ?? file.rule,
    rollout: file.rollout === undefined ? 1 : shareOf(file.rollout),
    holdout: file.holdout === undefined ? 0 : shareOf(file.holdout),
    movedFrom: file.moved?.from ?? null,
    trigger: {
      match: compiler.eventMatch(file.trigger.event, ["trigger", "where"]),
      maxAge: duration(file.trigger.max_age ?? defaults.maxAge),
    },
    reentry: compileReentry(file.reentry),
    goal: file.goal === undefined ? null : compileGoal(compiler, file.goal),
    delay: file.delay === undefined ? null : durationRange(file.delay),
    window: file.window === undefined ? null : compileWindow(file.window),
    guard: compiler.tree(["guard"]),
    stopOn: (file.stop_on ?? []).map(({ event, same }, index) => ({
      // In doubt it stops: silence can be made good.
      match: compiler.eventMatch(event, ["stop_on", index, "where"], true),
      same: same?.split(".") ?? null,
    })),
    expires: duration(file.expires ?? defaults.expires),
    caps: (file.caps ?? []).map(compileCap),
    first: compileSteps(compiler, file.actions, steps),
    steps,
    retry: {
      attempts: file.retry?.attempts ?? defaults.attempts,
      within: duration(file.retry?.within ?? defaults.retryWithin),
    },
    onChange: file.on_change ?? "finish",
  };
}

/** What a rule says is in the shared texts it uses as well. */
function withTemplates({ file, document }: ParsedRule, { shared }: TemplateStore): Json {
  const names = stepsOf(file).flatMap(({ step }) =>
    "send" in step && step.template !== undefined ? [step.template] : [],
  );
  if (names.length === 0) return document.data;
  const templates = names.map((name): [string, Json] => {
    const found = shared.get(name);
    return [name, { text: found?.text?.source ?? null, html: found?.html?.source ?? null }];
  });
  return { rule: document.data, templates: Object.fromEntries(templates) };
}

function compileReentry(reentry: RuleFile["reentry"]): Reentry {
  if (typeof reentry !== "object") return { policy: reentry ?? "ignore", key: null, cooldown: null };
  const { policy, key, cooldown } = reentry;
  return {
    policy: policy ?? "ignore",
    key: key === undefined ? null : key.split(".").slice(1),
    cooldown: cooldown === undefined ? null : duration(cooldown),
  };
}

function compileGoal(compiler: RuleCompiler, goal: NonNullable<RuleFile["goal"]>): Goal {
  return {
    match: compiler.eventMatch(goal.event, ["goal", "where"]),
    within: duration(goal.within),
    value: goal.value?.split(".").slice(1) ?? null,
  };
}
