import { decisiveOf } from "../conditions/explain-condition.ts";
import type { Rule, Rulebook } from "../core/model/rulebook.ts";
import type { Path } from "../rulebook/problem.ts";
import type { Expectation } from "../rulebook/test-file.generated.ts";
import { elapsed } from "./clock-text.ts";
import { describeTests } from "./describe-test.ts";
import { describeCause } from "./explain/describe-cause.ts";
import type { Happening } from "./happening.ts";
import type { Came, Failure } from "./judge-case.ts";
import type { Names } from "./names.ts";

/** A decision that went another way than the author thought. */
export interface Explanation {
  readonly rule: string;
  /** The entry of the rule file that decided, from its top; empty for the rule as a whole. */
  readonly path: Path;
  readonly text: string;
}

type Recorded = Extract<Happening, { kind: "recorded" }>;
type PassedBy = Extract<Happening, { kind: "passed_by" }>;

/** Of more rules than this the timeline says enough. */
const mostRules = 3;

/** What is looked at to explain one rule. */
interface Looking {
  readonly rule: Rule;
  /** What happened to the contact in question, or to all. */
  readonly seen: readonly Happening[];
  readonly since: (happening: Happening) => string;
  readonly zoneOf: (happening: Happening) => string;
}

/** For each rule that a failure is about, the decisions that matter, with the values that made them. */
export async function explainFailure(
  { about }: Failure,
  happenings: readonly Happening[],
  rulebook: Rulebook,
  names: Names,
): Promise<readonly Explanation[]> {
  const seen = happenings.filter(({ key }) => about.key === null || about.key === key);
  const rules = rulesBehind(about, seen, rulebook);
  const since = ({ at, key }: Happening): string => elapsed(at, names.run.start, names.zoneOf(key));
  const zoneOf = ({ key }: Happening): string => names.zoneOf(key);
  const explained = await Promise.all(
    rules.slice(0, mostRules).map((rule) => {
      const looking = { rule, seen, since, zoneOf };
      return about.came === null ? explainSilence(looking) : explainCame(looking, about.came);
    }),
  );
  return explained.flat();
}

/** The rules named, else those that ever do what is missing, and those of which something was seen before the others. */
function rulesBehind(about: Failure["about"], seen: readonly Happening[], rulebook: Rulebook): readonly Rule[] {
  if (about.rules.length > 0) return [...new Set(about.rules)].flatMap((id) => rulebook.rules.get(id) ?? []);
  const { missed } = about;
  const able = [...rulebook.rules.values()].filter((rule) => missed === undefined || everDoes(rule, missed));
  const stirred = new Set(seen.flatMap((one) => ruleOf(one) ?? []));
  return [...able.filter(({ id }) => stirred.has(id)), ...able.filter(({ id }) => !stirred.has(id))];
}

function ruleOf(happening: Happening): string | undefined {
  if (happening.kind === "recorded") return happening.record.rule;
  return happening.kind === "passed_by" ? happening.rule : undefined;
}

/** Whether a rule has a step that does such a thing. */
function everDoes(rule: Rule, missed: Expectation): boolean {
  return [...rule.steps.values()].some((step) => {
    if ("send" in missed) return step.verb === "send" && step.channels.includes(missed.send);
    if ("tag" in missed) return step.verb === "tag";
    if ("untag" in missed) return step.verb === "untag";
    if (!("event" in missed)) return step.verb === "set";
    if (missed.event === "contact.tagged") return step.verb === "tag";
    if (missed.event === "contact.untagged") return step.verb === "untag";
    return step.verb === "emit" && step.event === missed.event;
  });
}

/** Why a rule did what nobody expected: what started it, what its conditions saw, and what did not stop it. */
async function explainCame(looking: Looking, { decision, offTime }: Came): Promise<readonly Explanation[]> {
  const { rule, seen, since } = looking;
  const here = seen.find((one) => one.decision === decision);
  const start = seen.findLast(
    (one) =>
      one.kind === "recorded" &&
      one.record.kind === "enrolled" &&
      one.record.rule === rule.id &&
      one.decision <= decision,
  );
  if (here === undefined) return [];
  const began = start === undefined ? rule.id : `${rule.id} started at ${since(start)}`;
  const verdicts = verdictsOf(looking, decision);
  const spoke = [`${began} and spoke at ${since(here)}`, ...verdicts].join("; ");
  const delayed = offTime && rule.delay !== null;
  const path = delayed ? ["delay"] : verdicts.length > 0 && rule.guard !== null ? ["guard"] : ["actions"];
  const missed = seen.filter(
    (one): one is PassedBy =>
      one.kind === "passed_by" &&
      one.rule === rule.id &&
      one.what !== "trigger" &&
      one.decision < decision &&
      one.at >= (start?.at ?? 0),
  );
  const notStopped = await Promise.all(missed.map((one) => explainMiss(looking, one)));
  return [{ rule: rule.id, path, text: spoke }, ...notStopped];
}

/** Why a rule did not do what was expected: its last decision that says why, or why it never started. */
async function explainSilence(looking: Looking): Promise<readonly Explanation[]> {
  const { rule, seen, since } = looking;
  const recorded = seen.filter((one): one is Recorded => one.kind === "recorded" && one.record.rule === rule.id);
  const passed = seen.filter((one): one is PassedBy => one.kind === "passed_by" && one.rule === rule.id);
  const [first] = recorded;
  if (first === undefined) {
    const missed = passed.findLast(({ what }) => what === "trigger");
    if (missed !== undefined) return [await explainMiss(looking, missed)];
    const text = `${rule.id} never started: no ${rule.trigger.match.events.join(" or ")} arrived`;
    return [{ rule: rule.id, path: ["trigger", "event"], text }];
  }
  const last = recorded.findLast(({ record }) => record.reason !== undefined && record.reason !== "completed");
  if (last?.record.reason === "sent") {
    const called = seen.findLast((one) => one.kind === "called" && one.call.message.ruleId === rule.id);
    if (called !== undefined) return explainCame(looking, { decision: called.decision, offTime: false });
  }
  const notStopped = await Promise.all(
    passed.filter(({ what }) => what !== "trigger").map((one) => explainMiss(looking, one)),
  );
  if (last === undefined) {
    const text = `${rule.id} started at ${since(first)} and had not ended at the horizon`;
    return [{ rule: rule.id, path: [], text }, ...notStopped];
  }
  const { reason = "", kind } = last.record;
  const verdicts = verdictsOf(looking, last.decision);
  const text = [`${rule.id} ${verbOf(kind)} at ${since(last)}: ${reason}`, ...verdicts].join("; ");
  return [{ rule: rule.id, path: pathOf(reason, rule), text }, ...notStopped];
}

function verbOf(kind: Recorded["record"]["kind"]): string {
  switch (kind) {
    case "enrolled":
      return "started";
    case "not_enrolled":
      return "did not start";
    case "message":
      return "had a message judged";
    case "ended":
      return "ended";
    default:
      return "took a step";
  }
}

/** Why an event did not start a rule, or did not stop it. */
async function explainMiss({ rule, since, zoneOf }: Looking, missed: PassedBy): Promise<Explanation> {
  const { event, what, cause } = missed;
  const head = `${event.event_type} at ${since(missed)} did not ${what === "trigger" ? "start" : "stop"} ${rule.id}`;
  const place: Path = what === "trigger" ? ["trigger"] : ["stop_on", what];
  const path = cause.kind === "machine" ? place : [...place, cause.kind];
  return { rule: rule.id, path, text: `${head}: ${await describeCause(cause, zoneOf(missed))}` };
}

/** What the conditions of a rule saw in one decision. */
function verdictsOf({ rule, seen, zoneOf }: Looking, decision: number): readonly string[] {
  return seen.flatMap((one) => {
    if (one.kind !== "judged" || one.decision !== decision) return [];
    const name = one.question.tree === rule.guard ? "guard" : "when";
    const told = describeTests(decisiveOf(one.saw), zoneOf(one));
    return [`the ${name} ${one.holds ? "held" : "did not hold"}: ${told}`];
  });
}

/** The key of a rule that a reason comes from. */
const places: Readonly<Record<string, Path>> = {
  "guard.false": ["guard"],
  "lookup.failed": ["guard"],
  "lookup.invalid": ["guard"],
  "stopped.by_event": ["stop_on"],
  "cap.reached": ["caps"],
  "cap.deferred": ["caps"],
  "event.stale": ["trigger"],
  "reentry.active": ["reentry"],
  "reentry.cooldown": ["reentry"],
  restarted: ["reentry"],
  expired: ["expires"],
  "window.deferred": ["window"],
  holdout: ["holdout"],
  rollout: ["rollout"],
};

function pathOf(reason: string, { guard }: Rule): Path {
  // Without a guard it was a step that asked.
  return reason.startsWith("lookup.") && guard === null ? [] : (places[reason] ?? []);
}
