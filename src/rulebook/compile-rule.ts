import { compilePredicate } from "../conditions/compile-predicate.ts";
import { namesPath } from "../conditions/condition.ts";
import { lowerCondition } from "../conditions/lower.ts";
import { parseDuration } from "../conditions/parse-duration.ts";
import type { ConditionTree } from "../core/model/facts.ts";
import type { Cap, Duration, DurationRange, EventMatch, Rule, SendStep, Step, StopOn } from "../core/model/rulebook.ts";
import { compileTemplate } from "../templates/compile-template.ts";
import type { Template } from "../templates/template.ts";
import { digestOf } from "./digest.ts";
import { conditionAt, type ParsedRule } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import type {
  Cap as CapFile,
  DurationOrRange,
  SendStep as SendStepFile,
  Step as StepFile,
  Stop,
} from "./rule-file.generated.ts";

const defaults = {
  maxAge: { count: 24, unit: "h" },
  expires: { count: 30, unit: "d" },
  attempts: 5,
  retryWithin: { count: 15, unit: "m" },
} as const;

/** Collects the texts of all rules. The same text has the same id, whichever rules use it. */
export interface TemplateStore {
  readonly templates: Map<string, Template>;
  readonly requiredFields: ReadonlySet<string>;
}

/** Compiles a rule that has passed every check. */
export function compileRule(parsed: ParsedRule, store: TemplateStore): Rule {
  const { file, document } = parsed;
  return {
    id: file.rule,
    digest: digestOf(document.data),
    description: file.description ?? null,
    owner: file.owner ?? null,
    class: file.class,
    enabled: file.enabled ?? true,
    trigger: {
      match: eventMatch(parsed, file.trigger.event, ["trigger", "where"]),
      maxAge: file.trigger.max_age === undefined ? defaults.maxAge : duration(file.trigger.max_age),
    },
    reentry: file.reentry ?? "ignore",
    delay: file.delay === undefined ? null : durationRange(file.delay),
    guard: tree(parsed, ["guard"]),
    stopOn: (file.stop_on ?? []).map((stop, index) => stopOn(parsed, stop, index)),
    expires: file.expires === undefined ? defaults.expires : duration(file.expires),
    caps: (file.caps ?? []).map(compileCap),
    steps: file.actions.map((step, index) => compileStep(parsed, step, index, store)),
    retry: {
      attempts: file.retry?.attempts ?? defaults.attempts,
      within: file.retry?.within === undefined ? defaults.retryWithin : duration(file.retry.within),
    },
  };
}

export function compileCap(cap: CapFile): Cap {
  return {
    max: cap.max,
    per: cap.per,
    channel: cap.channel ?? null,
    class: cap.class ?? null,
    within: duration(cap.within),
    onExceed: cap.on_exceed ?? "drop",
  };
}

function eventMatch(parsed: ParsedRule, event: string | readonly string[], path: Path): EventMatch {
  const condition = conditionAt(parsed, path);
  return {
    events: typeof event === "string" ? [event] : event,
    where: condition === null ? null : compilePredicate(condition),
    namesMachine: condition !== null && namesPath(condition, "event.data.machine"),
  };
}

function stopOn(parsed: ParsedRule, stop: Stop, index: number): StopOn {
  return { match: eventMatch(parsed, stop.event, ["stop_on", index, "where"]), same: stop.same?.split(".") ?? null };
}

function tree(parsed: ParsedRule, path: Path): ConditionTree | null {
  const condition = conditionAt(parsed, path);
  return condition === null ? null : lowerCondition(condition);
}

function compileStep(parsed: ParsedRule, step: StepFile, index: number, store: TemplateStore): Step {
  // Ids of authors begin with a letter, so a position can never be taken for one.
  const base = { id: step.id ?? String(index + 1), when: tree(parsed, ["actions", index, "when"]) };
  if ("wait" in step) return { ...base, verb: "wait", wait: durationRange(step.wait) };
  if ("stop" in step) return { ...base, verb: "stop", note: step.stop };
  return { ...base, ...compileSend(step, store) };
}

function compileSend(step: SendStepFile, store: TemplateStore): Omit<SendStep, "id" | "when"> {
  const content = {
    ...(step.subject !== undefined && { subject: keep(step.subject, "header", store) }),
    ...(step.text !== undefined && { text: keep(step.text, "text", store) }),
    ...(step.html !== undefined && { html: keep(step.html, "html", store) }),
  };
  return { verb: "send", channel: step.send, content, onAmbiguous: step.on_ambiguous ?? "park" };
}

function keep(source: string, kind: Template["kind"], store: TemplateStore): string {
  const id = `${kind}:${digestOf(source).slice(0, 32)}`;
  if (store.templates.has(id)) return id;
  const compiled = compileTemplate(source, kind, store.requiredFields);
  if (!compiled.ok) throw new Error("a text that passed its check does not compile");
  store.templates.set(id, compiled.template);
  return id;
}

function durationRange(value: DurationOrRange): DurationRange {
  if (typeof value === "string") return { min: duration(value), max: duration(value) };
  const [min = "", max = ""] = value.between;
  return { min: duration(min), max: duration(max) };
}

export function duration(text: string): Duration {
  const parsed = parseDuration(text);
  if (parsed === null) throw new Error("a duration that passed validation does not parse");
  return parsed;
}
