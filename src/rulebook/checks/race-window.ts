import { historyOf, testsOf } from "../../conditions/condition.ts";
import { type Check, problemAt } from "../check.ts";
import { contactChannelsOf } from "../contact-channels.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import { lengthOf, stepTimes, type TimedStep } from "../step-times.ts";
import { conditionsOn } from "../way-conditions.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A message that asks what has happened so soon that those who are asked cannot know yet. */
export const raceWindow = {
  id: "race-window",
  pages: {
    HEED310: {
      what: "A message to the contact depends on what other systems report, and goes out sooner than `limits.race_window` (60 seconds unless heed.yaml says otherwise).",
      why: "Whoever buys in another tab is in the CRM, and in the reports of a provider, only some seconds later. Asked before that, the answer is an old one, and the message goes out all the same.",
      example: {
        in: "rule",
        bad: "delay: 20s\nguard:\n  last.sms.status: { not: delivered }",
        good: "delay: 60s\nguard:\n  last.sms.status: { not: delivered }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

const usualWindow = "60s";

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  return rules.flatMap((rule) => {
    const hasty = hastyQuestion(rule, workspace.file);
    if (hasty === null) return [];
    const limit = workspace.file.limits?.race_window ?? usualWindow;
    const { path, asked, wait } = hasty;
    return [
      problemAt(rule.document, {
        code: "HEED310",
        severity: "warning",
        path,
        part: wait ? "value" : "key",
        message: wait
          ? `this is shorter than the ${limit} that other systems may take to tell what ${asked} needs`
          : `${asked} is asked at once, and other systems may take up to ${limit} to know what just happened`,
        help: wait ? `wait at least ${limit}` : `add delay: ${limit}`,
      }),
    ];
  });
}

interface Hasty {
  readonly path: Path;
  /** What is asked too soon, as a message names it. */
  readonly asked: string;
  /** Whether the place is a wait that is too short; if not, it is what is asked. */
  readonly wait: boolean;
}

/** The first message that asks too soon. */
function hastyQuestion(rule: ParsedRule, workspace: WorkspaceFile): Hasty | null {
  const limit = lengthOf(workspace.limits?.race_window ?? usualWindow);
  const sends = stepTimes(rule.file).filter(({ step }) => contactChannelsOf(step, workspace).length > 0);
  // Until a time of day is hours as a rule.
  const isSoon = ({ soonest, waits }: TimedStep): boolean => soonest < limit && waits.every(({ least }) => least > 0);
  for (const send of sends.filter(isSoon)) {
    const [wait] = send.waits;
    const questions = questionsOf(rule, send.path);
    // Without any wait the author did not mean to leave time; only a source of truth is asked about right now.
    const question = wait === undefined ? questions.find(({ root }) => root === "lookup") : questions[0];
    if (question !== undefined) {
      return { path: wait?.path ?? question.path, asked: `\`${question.name}\``, wait: wait !== undefined };
    }
    // Where later messages follow, an event that stops them is most likely meant for those.
    if (wait !== undefined && rule.file.stop_on !== undefined && sends.every(isSoon)) {
      return { path: wait.path, asked: "`stop_on`", wait: true };
    }
  }
  return null;
}

interface Question {
  readonly path: Path;
  readonly name: string;
  readonly root: string;
}

/** What is asked before a message that others tell Heed about, and not at once. */
function questionsOf(rule: ParsedRule, path: Path): readonly Question[] {
  return conditionsOn(rule, path).flatMap((place) => {
    const tests = testsOf(place.condition)
      .filter(({ path: [root = ""] }) => root === "lookup" || root === "last" || root === "message")
      .map(({ path: names, at }) => ({ path: [...place.path, ...at], name: names.join("."), root: names[0] ?? "" }));
    const absences = historyOf(place.condition)
      .filter(({ at }) => at.at(-1) === "did_not")
      .map(({ at }) => ({ path: [...place.path, ...at], name: "did_not", root: "did_not" }));
    return [tests, absences].flat();
  });
}
