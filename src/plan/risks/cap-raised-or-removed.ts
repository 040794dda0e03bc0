import type { Budget, Cap, Duration } from "../../core/model/rulebook.ts";
import { nominalMs } from "../../core/time/duration.ts";
import {
  type Evidence,
  type Finding,
  inRule,
  inWorkspace,
  pairsOf,
  type RiskCheck,
  workspacesOf,
} from "./risk-check.ts";
import { counted, money, number, percent } from "../say-numbers.ts";

export const capRaisedOrRemoved: RiskCheck = {
  code: "PLN104",
  page: {
    what: "A limit lets more through: a cap, a budget, `limits.first_day` or a threshold of `self_protection` was raised, loosened or removed.",
    why: "Limits are what stands between a mistake and everybody's phone. They hold for rules that are not part of this change, too.",
    todo: "Look at the messages per contact and day of the plan, and say in a waiver why the old limit was too low.",
    example: {
      in: "rule",
      before: "caps:\n  - { max: 1, per: contact, channel: sms, within: 24h }",
      after: "caps:\n  - { max: 5, per: contact, channel: sms, within: 24h }",
    },
  },
  find(evidence) {
    const { before, after } = workspacesOf(evidence);
    const ofRules = pairsOf(evidence).flatMap((pair) =>
      looser(pair.before.caps, pair.after.caps).map((what) => inRule(pair, ["caps"], `${pair.rule}: ${what}`)),
    );
    const ofAll = looser(before.caps, after.caps).map((what) =>
      inWorkspace(evidence, ["caps"], `for all rules: ${what}`),
    );
    return [...ofAll, ...budgets(evidence), ...limits(evidence), ...ofRules];
  },
};

/** The caps that let more through than the ones that were there, in words. */
function looser(before: readonly Cap[], after: readonly Cap[]): readonly string[] {
  const left = after.filter((cap) => !before.some((was) => same(was, cap)));
  return before
    .filter((cap) => !after.some((is) => same(cap, is)))
    .flatMap((was) => {
      // Of the new caps about the same sends, the one that is nearest.
      const [is] = left
        .filter((cap) => scope(cap) === scope(was))
        .toSorted((a, b) => Math.abs(a.max - was.max) - Math.abs(b.max - was.max));
      if (is === undefined) return covers(left, was) ? [] : [`the cap of ${say(was)} is gone`];
      if (is.max <= was.max && length(is) >= length(was)) return [];
      return [`the cap is ${say(is)}, and was ${say(was)}`];
    });
}

/** Whether a new cap about more sends is at least as tight. */
function covers(caps: readonly Cap[], was: Cap): boolean {
  return caps.some(
    (cap) =>
      cap.per === was.per &&
      (cap.channel === null || cap.channel === was.channel) &&
      (cap.class === null || cap.class === was.class) &&
      cap.max <= was.max &&
      length(cap) >= length(was),
  );
}

function same(one: Cap, other: Cap): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function scope({ per, channel, class: of }: Cap): string {
  return JSON.stringify([per, channel, of]);
}

const unitMs = { day: 86_400_000, week: 604_800_000, month: 2_629_800_000 } as const;

function length({ within }: Cap): number {
  return within.kind === "rolling" ? nominalMs(within.length) : unitMs[within.unit];
}

function say({ max, per, channel, class: of, within }: Cap): string {
  const what = [of, channel].filter((part) => part !== null).join(" ");
  const long = within.kind === "rolling" ? `within ${written(within.length)}` : `in a calendar ${within.unit}`;
  return `${counted(max, what === "" ? "message" : `${what} message`)} per ${per} ${long}`;
}

function written({ count, unit }: Duration): string {
  return `${count}${unit}`;
}

function budgets(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  const sayBudget = ({ max, per }: Budget): string => `${money(max.micros, max.currency)} per ${per}`;
  return before.budgets.flatMap((was) => {
    const is = after.budgets.find(({ channel, per }) => channel === was.channel && per === was.per);
    if (is !== undefined && is.max.currency === was.max.currency && is.max.micros <= was.max.micros) return [];
    const now = is === undefined ? "is gone" : `is ${sayBudget(is)}`;
    return [inWorkspace(evidence, ["budgets"], `the budget of ${was.channel} ${now}, and was ${sayBudget(was)}`)];
  });
}

function limits(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  const found: Finding[] = [];
  const firstDay = [before.limits.firstDay, after.limits.firstDay] as const;
  if (firstDay[1] > firstDay[0]) {
    const message = `a new rule may send ${number(firstDay[1])} messages on its first day, and might ${number(firstDay[0])}`;
    found.push(inWorkspace(evidence, ["limits.first_day", "limits"], message));
  }
  for (const [key, name] of thresholds) {
    const [was, is] = [before.selfProtection[key], after.selfProtection[key]];
    if (was === null || (is !== null && is <= was)) continue;
    const value = (one: number | null): string =>
      one === null ? "never" : key === "rateFactor" ? `at ${one} times its usual rate` : `at ${percent(one)}`;
    const message = `a rule pauses itself for ${name} ${value(is)}, and did ${value(was)}`;
    found.push(inWorkspace(evidence, ["self_protection"], message));
  }
  return found;
}

const thresholds = [
  ["rateFactor", "sending too much"],
  ["optOutRate", "opt-outs"],
  ["bounceRate", "bounces"],
  ["errorRate", "errors"],
] as const;
