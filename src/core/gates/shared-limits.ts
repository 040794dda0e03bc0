import { costOf } from "../costing.ts";
import type { CounterWindow, Draw } from "../model/decision.ts";
import type { Budget, Cap } from "../model/rulebook.ts";
import { type Asking, askDraw } from "../run.ts";
import { calendarWindow } from "../time/calendar-window.ts";
import { nominalMs } from "../time/duration.ts";
import { lookAgain } from "../time/look-again.ts";
import { originOf } from "../versions.ts";
import { capsOf, capTold, lengthOf } from "./caps.ts";
import { defer, type GateVerdict, pass, passed, type Saw, skip, type Speaking } from "./gate.ts";

interface Limit {
  readonly draw: Draw;
  /** What it limits, for the account. Money is in millionths of its currency. */
  readonly told: Saw;
  readonly refused: (freeAt: number, saw: Saw) => GateVerdict;
}

/**
 * What all workers count together: caps per rule, channel and workspace, a new rule's first day, and money. Asked last
 * and at once, all or nothing, because what was taken is not given back; and once for all attempts of a message, which
 * counts when its first one begins.
 */
export function* sharedLimits(speaking: Speaking): Asking<GateVerdict> {
  if (speaking.intent.counted) return pass;
  const limits = [...sharedCaps(speaking), ...firstDay(speaking), ...budgets(speaking)];
  if (limits.length === 0) return pass;
  const refused = yield* askDraw(
    speaking.run,
    limits.map(({ draw }) => draw),
  );
  // How much the others have taken nobody knows at once: places are handed out in slices.
  const saw = () => ({
    limits: limits.map(({ told, draw }) => ({ ...told(), limit: draw.limit, amount: draw.amount })),
  });
  // Every rule has a first day: that it is not over its limit is no news.
  if (refused === null) return limits.every(({ draw }) => draw.window.kind === "first_day") ? pass : passed(saw);
  const limit = limits[refused.index];
  if (limit === undefined) throw new RangeError("an answer named a counter that was not asked about");
  const freeAt = Math.max(refused.freeAt, speaking.run.now + 1);
  const { index, left } = refused;
  return limit.refused(freeAt, () => ({ ...saw(), refused: index, free_at: freeAt, left }));
}

function sharedCaps(speaking: Speaking): readonly Limit[] {
  const { rule, channel, run } = speaking;
  const about = { contact: "", rule: originOf(rule), channel: channel.name, workspace: "" } as const;
  return capsOf(speaking)
    .filter(({ cap }) => cap.per !== "contact")
    .map(({ cap, own }) => ({
      draw: {
        // Two caps over the same messages and time are the same counter, whatever their limits.
        counter: `cap/${own ? originOf(rule) : "*"}/${cap.per}/${about[cap.per]}/${cap.channel ?? "*"}/${cap.class ?? "*"}/${lengthOf(cap)}`,
        window: sharedWindow(cap, run.now, run.rulebook.workspace.timeZone),
        limit: cap.max,
        amount: 1,
      },
      told: () => capTold(cap, own, sharedZone(cap, run.rulebook.workspace.timeZone)),
      refused: (freeAt, saw) =>
        cap.onExceed === "drop" ? skip("cap.reached", saw) : defer("cap.deferred", freeAt, saw),
    }));
}

/** Days of a rolling window are 24 hours. */
function sharedWindow(cap: Cap, now: number, workspaceZone: string): CounterWindow {
  const { within } = cap;
  if (within.kind === "rolling") return { kind: "rolling", ms: nominalMs(within.length) };
  return { kind: "span", ...calendarWindow(within.unit, now, sharedZone(cap, workspaceZone)) };
}

/** Of many contacts, `contact` is no zone: the workspace's is meant. */
function sharedZone({ within }: Cap, workspaceZone: string): string {
  return within.kind === "rolling" || within.zone === "contact" ? workspaceZone : within.zone;
}

/** A new rule that has no cap of its own over all contacts may not surprise them all on its first day. */
function firstDay({ run, rule }: Speaking): readonly Limit[] {
  if (rule.caps.some(({ per }) => per === "rule")) return [];
  const origin = originOf(rule);
  const limit = run.rulebook.workspace.limits.firstDay;
  return [
    {
      draw: { counter: `first-day/${origin}`, window: { kind: "first_day", rule: origin }, limit, amount: 1 },
      told: () => ({ kind: "first_day" }),
      refused: (_freeAt, saw) => {
        run.effects.push({ kind: "pause", rule: rule.id, why: "first_day" });
        return defer("self_paused", lookAgain(run.now, run.now), saw);
      },
    },
  ];
}

function budgets(speaking: Speaking): readonly Limit[] {
  const { run, channel } = speaking;
  const cost = costOf(channel, speaking.to, speaking.content)?.micros ?? 0;
  if (cost === 0) return [];
  const { timeZone } = run.rulebook.workspace;
  return run.rulebook.workspace.budgets
    .filter((budget) => budget.channel === channel.name)
    .map((budget) => ({
      draw: {
        counter: `budget/${budget.channel}/${budget.per}/${budget.max.currency}`,
        window: { kind: "span", ...calendarWindow(budget.per, run.now, timeZone) },
        limit: budget.max.micros,
        amount: cost,
      },
      told: () => ({
        kind: "budget",
        channel: budget.channel,
        per: budget.per,
        zone: timeZone,
        currency: budget.max.currency,
      }),
      refused: (freeAt, saw) => exceeded(budget, freeAt, saw),
    }));
}

function exceeded(budget: Budget, freeAt: number, saw: Saw): GateVerdict {
  return budget.onExceed === "drop" ? skip("budget.reached", saw) : defer("budget.held", freeAt, saw);
}
