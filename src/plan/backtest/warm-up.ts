import type { Cap, Duration, DurationRange, Rule, Rulebook } from "../../core/model/rulebook.ts";
import { nominalMs } from "../../core/time/duration.ts";

const DAY_MS = 24 * 3_600_000;
const CALENDAR_DAYS = { day: 1, week: 7, month: 31 } as const;

/** How far back anything of these rules may look, in milliseconds: before that, an arm does not know enough. */
export function longestWindow(rulebooks: readonly Rulebook[]): number {
  return Math.max(
    0,
    ...rulebooks.flatMap(({ workspace, rules, history }) => [
      ...workspace.caps.map(lengthOfCap),
      ...workspace.budgets.map(({ per }) => CALENDAR_DAYS[per] * DAY_MS),
      ...[...history.values()].map(({ within }) => nominalMs(within)),
      ...[...rules.values()].flatMap(windowsOf),
    ]),
  );
}

function windowsOf({ caps, reentry, delay, expires, goal, steps }: Rule): readonly number[] {
  const waits = [...steps.values()].map((step) => {
    if (step.verb === "wait") return step.wait.kind === "for" ? lengthOfRange(step.wait.range) : DAY_MS;
    if (step.verb === "wait_for") return nominalMs(step.timeout);
    return step.verb === "hold" ? nominalMs(step.for) : 0;
  });
  const within = waits.reduce((sum, wait) => sum + wait, delay === null ? 0 : lengthOfRange(delay));
  return [
    ...caps.map(lengthOfCap),
    lengthOf(reentry.cooldown),
    lengthOf(goal?.within ?? null),
    // A run lasts as long as its steps do, and no longer than it may.
    Math.min(within, nominalMs(expires)),
  ];
}

function lengthOfCap({ within }: Cap): number {
  return within.kind === "rolling" ? nominalMs(within.length) : CALENDAR_DAYS[within.unit] * DAY_MS;
}

function lengthOf(duration: Duration | null): number {
  return duration === null ? 0 : nominalMs(duration);
}

function lengthOfRange({ max }: DurationRange): number {
  return nominalMs(max);
}
