import { testsOf } from "../conditions/condition.ts";
import type { Rule, Rulebook, Step, Workspace } from "../core/model/rulebook.ts";
import type { ParsedRule } from "../rulebook/parsed-workspace.ts";
import type { Path, Range } from "../rulebook/problem.ts";
import { stepsOf } from "../rulebook/steps.ts";
import type { Happening, StepOrEnd } from "./happening.ts";

/** What one case saw of the rules under test. */
export interface Seen {
  readonly rules: readonly ParsedRule[];
  readonly rulebook: Rulebook;
  readonly happenings: readonly Happening[];
}

/** Something a rule says, and whether a case shows it. */
export interface CoveragePoint {
  /** In words: `guard false`, `step 2 (send)`, `cap.reached`. */
  readonly name: string;
  /** Where the rule says it. */
  readonly path: Path;
  readonly range: Range;
  readonly covered: boolean;
}

export interface CoverageOfRule {
  readonly rule: string;
  readonly file: string;
  readonly points: readonly CoveragePoint[];
}

/** What the cases of all tests show of each rule, in order of file name. */
export function coverageOf(seen: readonly Seen[]): readonly CoverageOfRule[] {
  const rules = new Map(seen.flatMap((one) => one.rules).map((rule) => [rule.document.source.name, rule]));
  return [...rules]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, parsed]) => {
      const id = parsed.file.rule;
      const witnesses = seen.flatMap((one) => {
        const rule = one.rulebook.rules.get(id);
        return rule === undefined ? [] : [witnessOf(rule, one.happenings)];
      });
      const rulebook = seen.find((one) => one.rulebook.rules.has(id))?.rulebook;
      const wanted = pointsOf(parsed, rulebook?.rules.get(id), rulebook?.workspace.lookups ?? new Map());
      const points = wanted.map(({ name, path }): CoveragePoint => {
        const covered = witnesses.some((witness) => witness.has(name));
        return { name, path, range: parsed.document.rangeOf(path, "key"), covered };
      });
      return { rule: id, file, points };
    });
}

/** The share of points that are covered, in percent, rounded down: 100 means all. */
export function coveredPercent(coverage: readonly CoverageOfRule[]): number {
  const points = coverage.flatMap((rule) => rule.points);
  return points.length === 0 ? 100 : Math.floor((100 * points.filter(({ covered }) => covered).length) / points.length);
}

interface Wanted {
  readonly name: string;
  readonly path: Path;
}

/** Reasons that a rule brings about by what it says itself. Those that every rule has are Heed's own to test. */
function pointsOf(parsed: ParsedRule, rule: Rule | undefined, lookups: Workspace["lookups"]): readonly Wanted[] {
  const { file } = parsed;
  const unanswered = whereUnanswered(parsed, rule, lookups);
  const say = (name: string, path: Path, when = true): readonly Wanted[] => (when ? [{ name, path }] : []);
  const both = (name: string, path: Path): readonly Wanted[] => [
    ...say(`${name} true`, path),
    ...say(`${name} false`, path),
  ];
  const ids = [...(rule?.steps.values() ?? [])];
  const { caps = [], reentry } = file;
  const policy = typeof reentry === "object" ? reentry.policy : reentry;
  return [
    ...say("trigger", ["trigger"]),
    ...say("trigger.no_match", ["trigger", "where"], file.trigger.where !== undefined),
    ...(file.guard === undefined ? [] : both("guard", ["guard"])),
    ...stepsOf(file).flatMap(({ path, step }, index) => {
      const compiled = ids[index];
      if (compiled === undefined) return [];
      const reached = say(stepName(compiled), path);
      return step.when === undefined ? reached : reached.concat(both(`when of step ${compiled.id}`, [...path, "when"]));
    }),
    ...say("stopped.by_event", ["stop_on"], file.stop_on !== undefined),
    ...say(
      "cap.reached",
      ["caps"],
      caps.some((cap) => cap.on_exceed !== "defer"),
    ),
    ...say(
      "cap.deferred",
      ["caps"],
      caps.some((cap) => cap.on_exceed === "defer"),
    ),
    ...say("window.deferred", ["window"], file.window !== undefined),
    ...say("holdout", ["holdout"], file.holdout !== undefined),
    ...say("expired", ["expires"], file.expires !== undefined),
    ...say("reentry.active", ["reentry"], policy === "ignore"),
    ...say("restarted", ["reentry"], policy === "restart"),
    ...say("lookup.failed", unanswered ?? [], unanswered !== null),
    ...say("reentry.cooldown", ["reentry"], typeof reentry === "object" && reentry.cooldown !== undefined),
  ];
}

/** The first place of a rule that reads a look-up which must have an answer; null when there is none. */
function whereUnanswered(
  { file, conditions }: ParsedRule,
  rule: Rule | undefined,
  lookups: Workspace["lookups"],
): Path | null {
  const mustAnswer = (name: string | undefined): boolean => {
    const lookup = lookups.get(name ?? "");
    return lookup !== undefined && lookup.onError !== "treat_as_missing";
  };
  const asked = conditions.find(({ condition }) =>
    testsOf(condition).some(({ path: [root, name] }) => root === "lookup" && mustAnswer(name)),
  );
  if (asked !== undefined) return asked.path;
  const steps = [...(rule?.steps.values() ?? [])];
  const reading = steps.findIndex((step) =>
    [...(step.lookups ?? []), ...(step.verb === "send" ? (step.toLookups ?? []) : [])].some(mustAnswer),
  );
  return stepsOf(file)[reading]?.path ?? null;
}

function stepName({ id, verb }: Step): string {
  return `step ${id} (${verb})`;
}

/** The names of the points of one rule that a case shows. */
function witnessOf(rule: Rule, happenings: readonly Happening[]): ReadonlySet<string> {
  const shown = new Set<string>();
  const steps = [...rule.steps.values()];
  for (const happening of happenings) {
    for (const name of shownBy(rule, steps, happening)) shown.add(name);
  }
  for (const id of stepsTaken(rule, happenings)) {
    const step = rule.steps.get(id);
    if (step !== undefined) shown.add(stepName(step));
  }
  return shown;
}

function shownBy(rule: Rule, steps: readonly Step[], happening: Happening): readonly string[] {
  switch (happening.kind) {
    case "recorded": {
      const { kind, reason, rule: of } = happening.record;
      if (of !== rule.id) return [];
      return [...(kind === "enrolled" ? ["trigger"] : []), ...(reason === undefined ? [] : [reason])];
    }
    case "passed_by":
      return happening.rule === rule.id && happening.what === "trigger" ? ["trigger.no_match"] : [];
    case "judged": {
      const { question, holds } = happening;
      const step = steps.find(({ when }) => when === question.tree);
      return [
        ...(question.tree === rule.guard ? [`guard ${holds}`] : []),
        ...(step === undefined ? [] : [`when of step ${step.id} ${holds}`]),
      ];
    }
    default:
      return [];
  }
}

/**
 * The steps that were carried out. A send says so itself, when it was spoken; the others are on the way that an
 * enrollment went, but for those that their `when` left out.
 */
function stepsTaken(rule: Rule, happenings: readonly Happening[]): ReadonlySet<string> {
  const taken = new Set<string>();
  const leftOut = new Set<string>();
  const chosen = new Map<string, StepOrEnd>();
  for (const happening of happenings) {
    if (happening.kind !== "recorded" || happening.record.rule !== rule.id) continue;
    const { step, reason, detail } = happening.record;
    if (step === undefined) continue;
    const to = rule.steps.get(step)?.verb === "branch" ? detail?.["to"] : undefined;
    if (typeof to === "string" || to === null) chosen.set(`${happening.decision} ${step}`, stepOrEnd(to));
    if (reason === "when.false" || reason === "rule.shadow") leftOut.add(`${happening.decision} ${step}`);
    else if (rule.steps.get(step)?.verb === "send" && spoken.has(reason)) taken.add(step);
  }
  for (const happening of happenings) {
    if (happening.kind !== "moved" || happening.rule !== rule.id) continue;
    const { from, to, atWork, decision } = happening;
    const choice = (step: string): StepOrEnd | undefined => chosen.get(`${decision} ${step}`);
    const way = [...stepsBetween(rule, from ?? rule.first, to, choice), ...(atWork && "step" in to ? [to.step] : [])];
    for (const id of way) {
      if (rule.steps.get(id)?.verb !== "send" && !leftOut.has(`${decision} ${id}`)) taken.add(id);
    }
  }
  return taken;
}

/** Reasons of a message for which a provider was asked. */
const spoken: ReadonlySet<string | undefined> = new Set([
  "sent",
  "provider.rejected",
  "provider.failed",
  "provider.unknown",
]);

/** The steps on the shortest way from one to another, which is not taken yet, or to an end; from a branch it goes as was chosen. */
function stepsBetween(
  rule: Rule,
  from: string,
  to: StepOrEnd,
  choice: (step: string) => StepOrEnd | undefined,
): readonly string[] {
  const ways: (readonly string[])[] = [[from]];
  const seen = new Set([from]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way.at(-1) ?? from;
    if ("step" in to && last === to.step) return way.slice(0, -1);
    const chosen = choice(last);
    for (const next of chosen === undefined ? behind(rule.steps.get(last)) : [chosen]) {
      if ("end" in next) {
        if ("end" in to && next.end === to.end) return way;
      } else if (!seen.has(next.step)) {
        seen.add(next.step);
        ways.push([...way, next.step]);
      }
    }
  }
  return [];
}

function stepOrEnd(next: string | null): StepOrEnd {
  return next === null ? { end: "completed" } : { step: next };
}

function behind(step: Step | undefined): readonly StepOrEnd[] {
  if (step === undefined) return [];
  const then = stepOrEnd;
  switch (step.verb) {
    case "stop":
      return [{ end: "stopped.by_step" }];
    case "wait_for":
      return [then(step.then), then(step.otherwise)];
    case "branch":
      return [...step.arms.map(({ to }) => then(to)), then(step.otherwise)];
    case "send":
      return [then(step.next), ...(step.onFailure === null ? [] : [then(step.onFailure)])];
    default:
      return [then(step.next)];
  }
}
