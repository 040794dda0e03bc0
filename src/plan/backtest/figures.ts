import { createHash } from "node:crypto";
import { HOURS_OF_WEEK } from "../../core/time/hour-of-week.ts";
import {
  type Backtest,
  type Calibration,
  type CostDelta,
  type Difference,
  differences,
  type RuleDelta,
} from "../plan.ts";
import type { Compared } from "./compare-arms.ts";
import type { Figured } from "./figured.ts";
import { isKnown, missingTypes } from "./hinges.ts";
import { notesOf } from "./notes.ts";
import { type ArmName, placeOfRule, sums } from "./sums.ts";

/** Everything that a backtest says in numbers. */
export function figuresOf(figured: Figured): Omit<Backtest, "seed" | "examples"> {
  const { survey, recording, head, compared, setting } = figured;
  const { tally, loads } = compared;
  const missing = missingTypes(head.rulebook, survey.types);
  const sentByHead = tally.seen(sums.sent("head"));
  const contacts = (what: "newly" | "no_longer" | "differently") => tally.estimate(sums.contacts(what));
  return {
    events: {
      source: recording.source,
      from: survey.from,
      to: survey.to,
      count: figured.events,
      digest: digestOf(figured),
      unreadable: survey.unreadable,
    },
    sample: setting.sample,
    warmUpUntil: setting.warmUpUntil,
    calibration: calibrationOf(figured),
    downstream: sentByHead === 0 ? 0 : tally.seen(sums.downstream) / sentByHead,
    orphans: { base: orphansOf(figured, "base"), head: orphansOf(figured, "head") },
    channels: channelsOf(figured).map((channel) => ({
      channel,
      base: tally.estimate(sums.channel("base", channel)),
      head: tally.estimate(sums.channel("head", channel)),
      newly: tally.estimate(sums.contacts("newly", channel)),
      noLonger: tally.estimate(sums.contacts("no_longer", channel)),
    })),
    rules: rulesOf(figured, new Set(missing)),
    contacts: { newly: contacts("newly"), noLonger: contacts("no_longer"), differently: contacts("differently") },
    cost: channelsOf(figured).flatMap((channel) => costOf(figured, channel)),
    load: { base: loads.daily("base"), head: loads.daily("head") },
    busiest: channelsOf(figured).map((channel) => busiestOf(figured, channel)),
    missingTypes: missing,
    fallbacks: compared.fallbacks.flatMap(({ rule, step, variable, used, of }) =>
      used === 0 ? [] : [{ rule, step, variable, share: used / of }],
    ),
    notes: notesOf(figured, missing),
  };
}

/** Of all that was played, cluster by cluster. */
function digestOf({ setting: { records, timelines } }: Figured): string {
  const hashes = Float64Array.from(timelines.records, (record) => records.hashes[record] ?? 0);
  return createHash("sha256").update(hashes).digest("hex");
}

/** Below this the base arm does too little of what production did. */
const TRUSTED = 0.97;

function calibrationOf({ survey, compared, setting }: Figured): Calibration | null {
  if (survey.messages.sent === null) return null;
  const { isSent, sentAt } = setting.messages;
  const { sent: reproducedBy } = setting.marks.base;
  let [real, reproduced] = [0, 0];
  for (const [message, sent] of isSent.entries()) {
    const at = sentAt[message] ?? 0;
    if (sent !== 1 || at < setting.warmUpUntil || at > setting.to) continue;
    real += 1;
    reproduced += reproducedBy[message] ?? 0;
  }
  const { extra } = compared;
  const agreement = real + extra === 0 ? 1 : reproduced / (real + extra);
  return { real, reproduced, extra, agreement, confidence: agreement >= TRUSTED ? "high" : "low" };
}

/** Events that speak of messages which this arm did not send. */
function orphansOf({ setting: { messages, marks } }: Figured, arm: ArmName): number {
  const { sent, misrouted } = marks[arm];
  let orphans = 0;
  for (const [message, was] of sent.entries()) {
    orphans += misrouted[message] ?? 0;
    if (was === 0) orphans += (messages.starts[message + 1] ?? 0) - (messages.starts[message] ?? 0);
  }
  return orphans;
}

/** Channels that either arm sent through, in order of their names. */
function channelsOf({ compared: { places } }: Figured): readonly string[] {
  return [...new Set([...places].map((place) => place.slice(place.indexOf(" ") + 1)))].toSorted();
}

function rulesOf(figured: Figured, missing: ReadonlySet<string>): readonly RuleDelta[] {
  const { head, compared, changes } = figured;
  const { touched } = changes;
  const places = new Set(compared.places);
  // What was touched and sends nothing is a result, too.
  for (const rule of [...head.rulebook.rules.values()].filter(({ id, enabled }) => enabled && touched.has(id))) {
    for (const step of rule.steps.values()) {
      const [first] = step.verb === "send" ? step.channels : [];
      const spoken = [...compared.places].some((place) => place.startsWith(`${rule.id} `));
      if (first !== undefined && !spoken) places.add(placeOfRule(rule.id, first));
    }
  }
  return [...places].toSorted().map((place) => deltaOf(figured, place, { touched, missing }));
}

interface Judging {
  readonly touched: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
}

function deltaOf({ base, head, compared }: Figured, place: string, { touched, missing }: Judging): RuleDelta {
  const [id = "", channel = ""] = place.split(" ");
  const rule = head.rulebook.rules.get(id) ?? base.rulebook.rules.get(id);
  const known = rule === undefined || isKnown(rule, missing);
  const week = touched.has(id) ? weekOf(compared, place) : null;
  return { rule: id, touched: touched.has(id), channel, known, week, ...differencesOf(compared, place) };
}

function differencesOf(
  { tally, retimed }: Compared,
  place: string,
): Omit<RuleDelta, "rule" | "touched" | "channel" | "known" | "week"> {
  const found: Partial<Record<Difference, number>> = {};
  for (const difference of differences) {
    const count = tally.scaled(sums.difference(difference, place));
    if (count > 0) found[difference] = count;
  }
  return {
    base: tally.estimate(sums.rule("base", place)),
    head: tally.estimate(sums.rule("head", place)),
    differences: found,
    reasons: Object.fromEntries(
      tally.endingIn(sums.reason("", place)).map(([reason, name]) => [reason, tally.scaled(name)]),
    ),
    retimedBy: spreadOf(retimed.get(place) ?? []),
    segments: { base: tally.scaled(sums.segments("base", place)), head: tally.scaled(sums.segments("head", place)) },
  };
}

function weekOf({ tally }: Compared, place: string): readonly number[] {
  return Array.from({ length: HOURS_OF_WEEK }, (_, hour) => tally.scaled(sums.hour(hour, place)));
}

function spreadOf(values: readonly number[]): RuleDelta["retimedBy"] {
  const sorted = values.toSorted((a, b) => a - b);
  const [least] = sorted;
  const most = sorted.at(-1);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  return least === undefined || median === undefined || most === undefined ? null : { least, median, most };
}

function costOf({ base, head, compared: { tally } }: Figured, channel: string): readonly CostDelta[] {
  const prices = [base, head].map(({ rulebook }) => rulebook.workspace.channels.get(channel)?.price ?? null);
  const currencies = new Set(prices.flatMap((price) => (price === null ? [] : [price.usual.currency])));
  const unpriced = tally.scaled(sums.unpriced(channel));
  const nothing = { value: 0, low: 0, high: 0 };
  if (currencies.size === 0) return [{ channel, currency: null, base: nothing, head: nothing, unpriced }];
  return [...currencies].toSorted().map((currency) => {
    const unit = Math.max(0, ...prices.map((price) => (price?.usual.currency === currency ? price.usual.micros : 0)));
    return {
      channel,
      currency,
      base: tally.estimate(sums.cost("base", channel, currency), unit),
      head: tally.estimate(sums.cost("head", channel, currency), unit),
      unpriced,
    };
  });
}

function busiestOf(
  { head, compared: { loads }, setting: { sample } }: Figured,
  channel: string,
): Backtest["busiest"][number] {
  const rate = head.rulebook.workspace.channels.get(channel)?.ratePerSecond ?? null;
  const most = loads.busiest("head", channel);
  return {
    channel,
    base: Math.round(loads.busiest("base", channel).count / sample),
    head: Math.round(most.count / sample),
    at: most.at,
    limit: rate === null ? null : rate * 60,
  };
}
