import type { Difference } from "../../../src/plan/plan.ts";
import type { Rules } from "./model.ts";
import { keyOf, messagesOf, type Outcome, play, type Recorded } from "./recount.ts";

/** What a backtest must say of two rulebooks over a month, by the recount. */
export interface Expected {
  /** By rule and channel. */
  readonly rules: Readonly<Record<string, ExpectedRule>>;
  readonly contacts: { readonly newly: number; readonly noLonger: number; readonly differently: number };
  /** In micros, by channel. */
  readonly cost: Readonly<Record<string, { readonly base: number; readonly head: number }>>;
  readonly orphans: { readonly base: number; readonly head: number };
  /** Of the busiest minute, by channel. */
  readonly busiest: Readonly<Record<string, { readonly base: number; readonly head: number }>>;
}

export interface ExpectedRule {
  readonly base: number;
  readonly head: number;
  readonly differences: Partial<Record<Difference, number>>;
  readonly reasons: Record<string, number>;
  /** Milliseconds, of each send that moved. */
  readonly retimedBy: readonly number[];
  readonly segments: { readonly base: number; readonly head: number };
}

interface Pair {
  readonly base: Outcome | null;
  readonly head: Outcome | null;
}

export function expectedOf(recorded: Recorded, base: Rules, head: Rules, countedFrom: number): Expected {
  const messages = messagesOf(recorded, base);
  const [was, is] = [play(recorded, base, messages), play(recorded, head, messages)];
  const pairs = pairsOf(was.outcomes, is.outcomes);
  const counted = (one: Outcome | null): boolean => one?.refused === null && one.at >= countedFrom;
  const sends = {
    base: was.outcomes.filter(counted),
    head: is.outcomes.filter(counted),
  };
  const rules: Record<string, ExpectedRule> = {};
  for (const arm of ["base", "head"] as const) {
    for (const one of sends[arm]) {
      const rule = ruleIn(rules, one);
      rules[`${one.rule} ${one.channel}`] = {
        ...rule,
        [arm]: rule[arm] + 1,
        segments: { ...rule.segments, [arm]: rule.segments[arm] + segmentsOf(one) },
      };
    }
  }
  for (const pair of pairs) {
    if (!counted(pair.base) && !counted(pair.head)) continue;
    const whose = pair.head?.refused === null ? pair.head : pair.base;
    if (whose === null) continue;
    const rule = ruleIn(rules, whose);
    for (const { difference, reason } of differencesOf(pair)) {
      rule.differences[difference] = (rule.differences[difference] ?? 0) + 1;
      if (reason !== null) rule.reasons[reason] = (rule.reasons[reason] ?? 0) + 1;
    }
    const moved = (pair.head?.at ?? 0) - (pair.base?.at ?? 0);
    const isRetimed = pair.base?.refused === null && pair.head?.refused === null && moved !== 0;
    rules[`${whose.rule} ${whose.channel}`] = {
      ...rule,
      retimedBy: isRetimed ? [...rule.retimedBy, moved] : rule.retimedBy,
    };
  }
  return {
    rules,
    contacts: contactsOf(
      sends,
      pairs.filter((pair) => counted(pair.base) || counted(pair.head)),
    ),
    cost: byChannel(sends, (list) => sum(list.map(costOf))),
    orphans: { base: was.orphans.length, head: is.orphans.length },
    busiest: byChannel(sends, busiestOf),
  };
}

function ruleIn(rules: Record<string, ExpectedRule>, { rule, channel }: Outcome): ExpectedRule {
  const none = { base: 0, head: 0, differences: {}, reasons: {}, retimedBy: [], segments: { base: 0, head: 0 } };
  return (rules[`${rule} ${channel}`] ??= none);
}

function pairsOf(base: readonly Outcome[], head: readonly Outcome[]): readonly Pair[] {
  const heads = new Map(head.map((one) => [keyOf(one), one]));
  const bases = new Set(base.map(keyOf));
  return [
    ...base.map((one) => ({ base: one, head: heads.get(keyOf(one)) ?? null })),
    ...head.filter((one) => !bases.has(keyOf(one))).map((one) => ({ base: null, head: one })),
  ];
}

function differencesOf({
  base,
  head,
}: Pair): readonly { readonly difference: Difference; readonly reason: string | null }[] {
  const [was, is] = [base?.refused === null, head?.refused === null];
  if (was && is && base !== null && head !== null) {
    return [
      ...(base.at === head.at ? [] : [{ difference: "retimed", reason: null } as const]),
      ...(base.channel === head.channel ? [] : [{ difference: "rerouted", reason: null } as const]),
      ...(base.channel !== head.channel || base.text === head.text
        ? []
        : [{ difference: "recontent", reason: null } as const]),
    ];
  }
  if ([base?.refused, head?.refused].includes("pending")) return [];
  if (was) {
    const reason = head?.refused ?? null;
    return [reason === null ? { difference: "removed", reason } : { difference: "newly_suppressed", reason }];
  }
  const reason = base?.refused ?? null;
  return [reason === null ? { difference: "added", reason } : { difference: "newly_released", reason }];
}

function contactsOf(
  sends: { readonly base: readonly Outcome[]; readonly head: readonly Outcome[] },
  pairs: readonly Pair[],
): Expected["contacts"] {
  const [base, head] = [
    new Set(sends.base.map(({ contact }) => contact)),
    new Set(sends.head.map(({ contact }) => contact)),
  ];
  const other = new Set(
    pairs.filter((pair) => differencesOf(pair).length > 0).flatMap(({ base, head }) => (head ?? base)?.contact ?? []),
  );
  return {
    newly: [...head].filter((contact) => !base.has(contact)).length,
    noLonger: [...base].filter((contact) => !head.has(contact)).length,
    differently: [...other].filter((contact) => base.has(contact) && head.has(contact)).length,
  };
}

function byChannel(
  sends: { readonly base: readonly Outcome[]; readonly head: readonly Outcome[] },
  measure: (list: readonly Outcome[]) => number,
): Readonly<Record<string, { readonly base: number; readonly head: number }>> {
  const of = (channel: string) => ({
    base: measure(sends.base.filter((one) => one.channel === channel)),
    head: measure(sends.head.filter((one) => one.channel === channel)),
  });
  return { email: of("email"), sms: of("sms") };
}

function busiestOf(sends: readonly Outcome[]): number {
  const minutes = new Map<number, number>();
  for (const { at } of sends) {
    const minute = Math.floor(at / 60_000);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  return Math.max(0, ...minutes.values());
}

function costOf(one: Outcome): number {
  if (one.channel === "email") return 1_000;
  return segmentsOf(one) * (one.phone.startsWith("+44") ? 40_000 : 8_300);
}

/** The characters that the planted texts and names have; what else there is travels as UCS-2. */
const GSM = /^[\w @£$èéùìòÇØøÅåÆæßÉ!"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà\n\r]*$/;

function segmentsOf({ channel, text }: Outcome): number {
  if (channel === "email") return 0;
  const [single, part] = GSM.test(text) ? [160, 153] : [70, 67];
  return text.length <= single ? 1 : Math.ceil(text.length / part);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
