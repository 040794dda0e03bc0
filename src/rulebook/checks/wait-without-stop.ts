import { historyOf, sendsOf, testsOf } from "../../conditions/condition.ts";
import { triggerInSight } from "../events-in-sight.ts";
import { type Check, problemAt } from "../check.ts";
import { contactChannelsOf } from "../contact-channels.ts";
import { conditionAt, type ParsedRule, type ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { DurationOrRange, RuleFile, WaitForm } from "../rule-file.generated.ts";
import { firstLateWait, lengthOf } from "../step-times.ts";
import type { PlacedStep, StepArm } from "../steps.ts";
import { skipped, walkSteps } from "../walk-steps.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A message that is sent long after the last look at whether it is still wanted. */
export const waitWithoutStop = {
  id: "wait-without-stop",
  pages: {
    HEED311: {
      what: "A message to the contact follows a wait of an hour or more, and nothing that happens meanwhile stops it: there is no `stop_on`, no `guard`, and no `when`.",
      why: "People buy, answer or cancel while a rule waits. Marketing rules end on a reply, an opt-out and a complaint, and nothing else; a reminder to buy that comes after the purchase is what contacts complain of most.",
      example: {
        in: "rule",
        bad: "delay: 2d",
        good: "delay: 2d\nguard:\n  contact.status: { not: customer }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  return rules.flatMap((rule) => {
    // A message that never comes has a problem of its own.
    const blind = isWatched(rule) || firstLateWait(rule.file) !== null ? null : firstBlindSend(rule, workspace.file);
    if (blind === null) return [];
    const { document } = rule;
    return [
      problemAt(document, {
        code: "HEED311",
        severity: "warning",
        path: blind.wait,
        part: blind.wait.at(-1) === "window" ? "key" : "value",
        message: "whatever happens during this wait, the message after it is sent",
        help: helpFor(rule, workspace.file),
        related: [
          {
            message: "this is sent in any case",
            file: document.source.name,
            range: document.rangeOf([...blind.send, "send"], "key"),
          },
        ],
      }),
    ];
  });
}

/** Names an event that may make the message pointless, which the trigger itself does not. */
function helpFor(rule: ParsedRule, { events = {} }: WorkspaceFile): string {
  const goal = typeof rule.file.goal?.event === "string" ? rule.file.goal.event : null;
  const starts = triggerInSight(rule).event;
  const known = Object.hasOwn(events, "Order Completed") ? "Order Completed" : null;
  const event = [goal, known].find((type) => type !== null && !starts.includes(type));
  const example = event === undefined ? "" : `, for example stop_on: [{ event: ${event} }]`;
  return `say what makes it pointless under \`stop_on\`${example}, or what must still hold under \`guard\``;
}

/** Whether something looks before every message. A `restart` does: every further trigger begins the wait anew. */
function isWatched(rule: ParsedRule): boolean {
  const { stop_on: stops, reentry } = rule.file;
  const policy = typeof reentry === "object" ? reentry.policy : reentry;
  return stops !== undefined || policy === "restart" || looksAgain(rule, ["guard"]);
}

/** What has been waited since it was last looked whether the message is still wanted. */
interface Waited {
  readonly ms: number;
  /** The longest of those waits. */
  readonly longest: { readonly path: Path; readonly ms: number } | null;
}

const longWait = lengthOf("1h");
const justLooked: Waited = { ms: 0, longest: null };

interface Blind {
  readonly send: Path;
  readonly wait: Path;
}

/** The first message before which nothing looks, long wait or not. */
function firstBlindSend(rule: ParsedRule, workspace: WorkspaceFile): Blind | null {
  const found: Blind[] = [];
  walkSteps(rule.file.actions, atTheStart(rule.file), {
    at({ step, path }, { ms, longest }) {
      const isBlind = ms >= longWait && contactChannelsOf(step, workspace).length > 0;
      if (isBlind && longest !== null && !looksAgain(rule, [...path, "when"]))
        found.push({ send: path, wait: longest.path });
    },
    into: (step, way, waited) => onTheWay(rule, step, way, waited),
    join: (one, other) => (other.ms > one.ms ? other : one),
  });
  return found[0] ?? null;
}

function atTheStart({ delay, window }: RuleFile): Waited {
  const delayed = delay === undefined ? justLooked : waiting(justLooked, ["delay"], longestOf(delay));
  // How long it makes wait depends on the hour: until Monday, perhaps.
  return window === undefined ? delayed : waiting(delayed, ["window"], longWait);
}

function onTheWay(rule: ParsedRule, { step, path }: PlacedStep, way: StepArm, waited: Waited): Waited {
  // Whoever goes on behind a stop has been looked at.
  if (way.path[0] === skipped) return "stop" in step && looksAgain(rule, [...path, "when"]) ? justLooked : waited;
  if ("wait" in step) return waiting(waited, [...path, "wait"], longestOf(step.wait));
  if ("wait_for" in step) {
    const { then, otherwise, timeout } = step.wait_for;
    const isWait = then === undefined && otherwise === undefined;
    return isWait ? waiting(waited, [...path, "wait_for", "timeout"], lengthOf(timeout)) : justLooked;
  }
  if (!("branch" in step)) return waited;
  const { branch } = step;
  const looks = Array.isArray(branch)
    ? branch.some((_, index) => looksAgain(rule, [...path, "branch", index, "when"]))
    : canChange(branch.on.split("."));
  return looks ? justLooked : waited;
}

function waiting({ ms, longest }: Waited, path: Path, more: number): Waited {
  return { ms: ms + more, longest: longest === null || more > longest.ms ? { path, ms: more } : longest };
}

function longestOf(wait: DurationOrRange | WaitForm): number {
  if (typeof wait === "string") return lengthOf(wait);
  // Until a time of day is up to a day.
  return "between" in wait ? Math.max(...wait.between.map(lengthOf)) : lengthOf("1d");
}

/** Whether a condition asks for something that may have changed since the trigger. */
function looksAgain(rule: ParsedRule, path: Path): boolean {
  const condition = conditionAt(rule, path);
  if (condition === null) return false;
  const history = [...historyOf(condition), ...sendsOf(condition)];
  return history.length > 0 || testsOf(condition).some((test) => canChange(test.path));
}

function canChange([root = ""]: readonly string[]): boolean {
  return root !== "event" && root !== "trigger";
}
