import { absencesOf } from "../../conditions/absences.ts";
import { areMeantApart, certainTests } from "../../conditions/certain-tests.ts";
import { type Condition, leavesOf, type Test } from "../../conditions/condition.ts";
import { literalOf } from "../../conditions/logic/literal.ts";
import { isPossible } from "../../conditions/logic/possible-values.ts";
import { satisfiable } from "../../conditions/logic/satisfiable.ts";
import { type Check, problemAt } from "../check.ts";
import { contactChannelsOf } from "../contact-channels.ts";
import { earlierCompany } from "../earlier-company.ts";
import { triggerInSight } from "../events-in-sight.ts";
import { conditionAt, type ParsedRule, type ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { lengthOf, stepTimes } from "../step-times.ts";
import { stepsOf } from "../steps.ts";
import { type PathTypes, pathTypesOf } from "../type-of-path.ts";
import { conditionsOn } from "../way-conditions.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** Two rules that both write to the contact by the same channel for one event. */
export const twoRulesSameEvent = {
  id: "two-rules-same-event",
  pages: {
    HEED332: {
      what: "Two rules of the same class may send to the same contact by the same channel for the same event, less than a day apart.",
      why: "Each is right by itself, and the contact gets two messages for one click. A rule's own caps count only its own messages.",
      example: {
        in: "words",
        bad: "Two marketing rules, `guide-text` and `click-text`, both with `event: email.clicked` and no `where` that tells them apart, each with `send: sms`.",
        good: "A `where` for each that the other's events do not meet; `was_not_sent: { channel: sms, within: 24h }` in the guard of one; or a cap in heed.yaml that counts both: `{ max: 1, per: contact, channel: sms, within: 24h }`.",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

/** A message that may answer an event. */
interface Answer {
  readonly rule: ParsedRule;
  readonly trigger: string;
  readonly channel: string;
  /** In milliseconds after the event, at the soonest. */
  readonly soonest: number;
  /** All that must hold for it to be sent. */
  readonly condition: Condition;
  /** Those tests of it that hold in any case. */
  readonly tests: readonly Test[];
  /** Whether there is nothing more to it than these tests. */
  readonly isPlain: boolean;
}

/** Further apart than this, two messages are a sequence. */
const near = lengthOf("1d");
/** Where hundreds of rules answer one event, not every pair is looked at: authors must not wait for it. */
const mostPairs = 1_000;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const types = pathTypesOf(parsed);
  if (parsed.workspace === null || types === null) return [];
  const workspace = parsed.workspace.file;
  const rules = rulesWithCompany(parsed.rules.filter(isLive)).map((rule) => ({
    rule,
    answers: answersOf(rule, workspace),
  }));
  const company = companyOf(rules.flatMap(({ answers }) => answers));
  let pairs = 0;
  return rules.flatMap(({ rule, answers }) => {
    const clash = firstOf(answers, (answer) => {
      if (pairs >= mostPairs) return undefined;
      return company(answer).find((other) => {
        if (pairs >= mostPairs || areApart(answer, other, workspace)) return false;
        pairs += 1;
        return canBothHold(answer, other, types);
      });
    });
    return clash === null ? [] : [problem(rule, clash)];
  });
}

/** For each answer, those of earlier rules to the same event that no value parts from it, in their order. */
function companyOf(answers: readonly Answer[]): (answer: Answer) => readonly Answer[] {
  const groups = new Map<string, Answer[]>();
  for (const answer of answers) {
    const group = groups.get(keyOf(answer)) ?? [];
    groups.set(keyOf(answer), group);
    group.push(answer);
  }
  const company = new Map([...groups].map(([key, group]) => [key, earlierCompany(group)]));
  return (answer) => company.get(keyOf(answer))?.(answer) ?? [];
}

/** The rules that share a trigger with another one. */
function rulesWithCompany(rules: readonly ParsedRule[]): readonly ParsedRule[] {
  const triggers = rules.map((rule) => new Set(triggerInSight(rule).trigger));
  const counts = new Map<string, number>();
  for (const type of triggers.flatMap((types) => [...types])) counts.set(type, (counts.get(type) ?? 0) + 1);
  return rules.filter((_, index) => [...(triggers[index] ?? [])].some((type) => (counts.get(type) ?? 0) > 1));
}

function firstOf<Value, Found>(values: readonly Value[], find: (value: Value) => Found | undefined): Found | null {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return null;
}

function isLive({ file }: ParsedRule): boolean {
  return file.enabled !== false && file.mode !== "shadow";
}

function keyOf({ trigger, channel, rule }: Answer): string {
  return `${rule.file.class} ${channel} ${trigger}`;
}

function answersOf(rule: ParsedRule, workspace: WorkspaceFile): readonly Answer[] {
  const where = conditionAt(rule, ["trigger", "where"]);
  return stepTimes(rule.file).flatMap(({ step, path, soonest }) => {
    const channels = contactChannelsOf(step, workspace);
    if (channels.length === 0) return [];
    const way = conditionsOn(rule, path).map((place) => place.condition);
    const condition: Condition = { kind: "all", of: where === null ? way : [where, ...way] };
    const tests = certainTests(condition);
    const isPlain = leavesOf(condition).length === tests.length;
    return channels.flatMap(({ name: channel }) =>
      triggerInSight(rule).trigger.map((trigger) => ({ rule, trigger, channel, soonest, condition, tests, isPlain })),
    );
  });
}

/** Whether the two are known not to come together: by time, by a cap, by what one asks of the other, by what they say. */
function areApart(one: Answer, other: Answer, workspace: WorkspaceFile): boolean {
  const apart = Math.abs(one.soonest - other.soonest);
  return (
    apart >= near ||
    // Two rules of one id are reported as that.
    one.rule.file.rule === other.rule.file.rule ||
    one.tests.some((test) => other.tests.some((otherTest) => areMeantApart(test, otherTest))) ||
    isCapped(one, apart, workspace) ||
    minds(one, other) ||
    minds(other, one)
  );
}

/** False when it can be proven that no contact and no event meets the conditions of both. */
function canBothHold(one: Answer, other: Answer, types: PathTypes): boolean {
  const typeOf = types.typeOf({ event: [one.trigger], trigger: [one.trigger] });
  for (const test of one.tests) {
    const same = other.tests.filter(({ path }) => path.join(".") === test.path.join("."));
    const literals = [test, ...same].map((each) => literalOf(each, true));
    if (same.length > 0 && !isPossible(literals, typeOf(test.path))) return false;
  }
  if (one.isPlain && other.isPlain) return true;
  return satisfiable({ kind: "all", of: [one.condition, other.condition] }, typeOf).kind !== "no";
}

/** Whether a cap of the workspace lets only one of two such messages through. */
function isCapped({ rule, channel }: Answer, apart: number, { caps = [] }: WorkspaceFile): boolean {
  return caps.some(
    (cap) =>
      cap.per === "contact" &&
      cap.max <= 1 &&
      (cap.channel === undefined || cap.channel === channel) &&
      (cap.class === undefined || cap.class === rule.file.class) &&
      (typeof cap.within !== "string" || lengthOf(cap.within) > apart),
  );
}

/** Whether the first is not sent when the other was, or makes the other wait. */
function minds({ rule, condition, channel }: Answer, { rule: { file: other } }: Answer): boolean {
  const asks = absencesOf(condition).some(
    (asked) =>
      asked.kind === "was_sent" &&
      (asked.channel === null || asked.channel === channel) &&
      (asked.rule === null || asked.rule === other.rule),
  );
  return (
    asks ||
    stepsOf(rule.file).some(({ step }) => {
      if (!("hold" in step)) return false;
      return "rules" in step.hold ? step.hold.rules.includes(other.rule) : step.hold.class === other.class;
    })
  );
}

function problem({ document }: ParsedRule, { rule: other, trigger, channel }: Answer): Problem {
  const name = `\`${other.file.rule}\``;
  return problemAt(document, {
    code: "HEED332",
    severity: "warning",
    path: ["trigger", "event"],
    message: `for the same ${trigger}, the contact may get a message by ${channel} from this rule and from ${name}`,
    help: `tell them apart with where:, or add to heed.yaml a cap { max: 1, per: contact, channel: ${channel}, within: 24h }`,
    related: [
      {
        message: `${name} starts with it here`,
        file: other.document.source.name,
        range: other.document.rangeOf(["trigger", "event"], "value"),
      },
    ],
  });
}
