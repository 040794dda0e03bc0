import { type Condition, type Did, namesPath, type WasSent } from "../conditions/condition.ts";
import { nominalMs } from "../core/time/duration.ts";
import { triggerInSight } from "./events-in-sight.ts";
import { conditionAt, type ParsedCondition, type ParsedRule } from "./parsed-workspace.ts";
import type { Path } from "./problem.ts";
import type { DurationOrRange, RuleFile } from "./rule-file.generated.ts";
import { lengthOf } from "./step-times.ts";
import { stepsOf } from "./steps.ts";

/** A question about history that the rule answers itself: by its own trigger, which is history too, or by its own sends. */
export interface OwnAnswer {
  /** To the condition in which it is asked. */
  readonly path: Path;
  /** With the `not` around it, if there is one. */
  readonly part: Condition;
  readonly asked: Did | WasSent;
  readonly answer: "never" | "always";
  /** False when only what comes late is another matter. */
  readonly certain: boolean;
  readonly because: string;
  readonly help: string;
}

export function ownAnswersIn(rule: ParsedRule): readonly OwnAnswer[] {
  return rule.conditions.flatMap((place) =>
    questionsIn(place.condition).flatMap((question) => {
      const answer =
        question.asked.kind === "did"
          ? answerOfTrigger(rule, place, question, question.asked)
          : answerOfSends(rule, place, question, question.asked);
      return answer === null ? [] : [{ ...answer, path: place.path, part: question.part, asked: question.asked }];
    }),
  );
}

interface Question {
  readonly asked: Did | WasSent;
  readonly part: Condition;
  readonly negated: boolean;
  /** Whether nothing holds without it. */
  readonly required: boolean;
}

function questionsIn(condition: Condition, negated = false, required = true): readonly Question[] {
  switch (condition.kind) {
    case "test":
      return [];
    case "did":
    case "was_sent":
      return [{ asked: condition, part: condition, negated, required }];
    case "not": {
      const inner = questionsIn(condition.of, !negated, required);
      return condition.of.kind === "did" || condition.of.kind === "was_sent"
        ? inner.map(({ asked, ...rest }) => ({ ...rest, asked, part: condition }))
        : inner;
    }
    case "all":
    case "any": {
      const all = (condition.kind === "all") !== negated;
      return condition.of.flatMap((part) => questionsIn(part, negated, required && all));
    }
  }
}

type Answer = Pick<OwnAnswer, "answer" | "certain" | "because" | "help">;

/** The event that starts a rule has happened when the rule's conditions are judged. */
function answerOfTrigger(
  rule: ParsedRule,
  { path }: ParsedCondition,
  { negated }: Question,
  asked: Did,
): Answer | null {
  const { trigger } = triggerInSight(rule);
  const where = conditionAt(rule, ["trigger", "where"]);
  const counted =
    asked.where === null &&
    asked.atLeast === 1 &&
    trigger.every((type) => asked.events.includes(type)) &&
    // What a machine did counts only for conditions that name it.
    (where === null || !namesPath(where, "event.data.machine"));
  const judged = counted ? judgedAfter(rule.file, path) : null;
  if (judged === null) return null;
  const within = nominalMs(asked.within);
  const certain = within >= judged.latest;
  const because = `the event that starts the rule is one of them${certain ? "" : ", unless it is late"}`;
  if (negated && (certain || within > judged.usually)) {
    return { answer: "never", certain, because, help: "write at_least: 2, which counts this one and another" };
  }
  if (negated || !certain) return null;
  return { answer: "always", certain, because, help: "remove it, or write at_least: 2, which counts this one, too" };
}

/** How long after the trigger a condition is judged, in milliseconds; null where that is not known. */
function judgedAfter(file: RuleFile, path: Path): { readonly usually: number; readonly latest: number } | null {
  const place = path.join("/");
  if (place === "trigger/where") return { usually: 0, latest: lengthOf(file.trigger.max_age ?? "24h") };
  const latest = lengthOf(file.expires ?? "30d");
  if (place === "guard") return { usually: file.delay === undefined ? 0 : longest(file.delay), latest };
  return path.at(-1) === "when" ? { usually: Number.POSITIVE_INFINITY, latest } : null;
}

function longest(delay: DurationOrRange): number {
  return typeof delay === "string" ? lengthOf(delay) : Math.max(...delay.between.map(lengthOf));
}

/** A rule that speaks only when it has spoken never begins to. */
function answerOfSends(rule: ParsedRule, { path }: ParsedCondition, question: Question, asked: WasSent): Answer | null {
  const { file } = rule;
  if ((asked.rule !== "this" && asked.rule !== file.rule) || file.moved !== undefined) return null;
  const sends = stepsOf(file).filter(({ step }) => "send" in step && sendsThrough(step.send, asked.channel));
  if (sends.length === 0) {
    const because = `this rule sends nothing${asked.channel === null ? "" : ` through ${asked.channel}`}`;
    return {
      answer: question.negated ? "always" : "never",
      certain: true,
      because,
      help: "name a channel it sends through, or another rule",
    };
  }
  if (question.negated || !question.required) return null;
  const place = path.join("/");
  const before = place === "guard" || place === "trigger/where";
  const [only] = sends;
  const onlySend = sends.length === 1 && only !== undefined && place === `${only.path.join("/")}/when`;
  if (!before && !onlySend) return null;
  return {
    answer: "never",
    certain: true,
    because: "the rule would have to have sent before it sends for the first time",
    help: "write was_not_sent, or name another rule",
  };
}

function sendsThrough(send: string | readonly string[], channel: string | null): boolean {
  return channel === null || (typeof send === "string" ? send === channel : send.includes(channel));
}
