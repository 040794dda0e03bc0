import type { PauseTarget } from "../../src/runtime/pauses.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { type Fault, FAULTS, faultNames } from "./faults.ts";
import { type PlannedEvent, planEvents } from "./events.ts";
import { ruleIds, type Version, VERSIONS } from "./rule-texts.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A Friday morning in New York, one day before its clocks change. */
export const START = Date.parse("2026-03-06T15:00:00Z");

/** Everything about a seed that is decided before it runs. What chance decides on the way is drawn from streams of it. */
export interface Plan {
  readonly seed: number;
  readonly luck: number;
  readonly processes: number;
  readonly people: number;
  readonly events: readonly PlannedEvent[];
  /** Probabilities; what is not drawn is absent. */
  readonly faults: ReadonlyMap<Fault, number>;
  /** When each version is published, in epoch milliseconds. */
  readonly deploys: readonly { readonly at: number; readonly version: Version }[];
  /** What people pause, and for how long, in milliseconds; null until somebody resumes it. */
  readonly pauses: readonly PlannedPause[];
  /** When people end what is under way for a contact, in epoch milliseconds. */
  readonly cancels: readonly number[];
  /** Whether somebody looks after dead letters. */
  readonly letters: boolean;
  /** From then on nothing goes wrong any more, in epoch milliseconds. */
  readonly calmAt: number;
  /** What the vendors of this seed can do. */
  readonly vendors: Readonly<Record<"sendgrid" | "twilio" | "outbox", VendorTraits>>;
  /** The process dies at this step, counted over all labelled steps; for going through all of them. */
  readonly crashAtStep: number | null;
}

export interface PlannedPause {
  readonly at: number;
  readonly target: PauseTarget;
  readonly forMs: number | null;
  readonly resumedAt: number;
}

export const PAUSE_TARGETS: readonly PauseTarget[] = [
  "all",
  "channel:sms",
  "channel:email",
  ...ruleIds.map((id): PauseTarget => `rule:${id}`),
];

export interface VendorTraits {
  readonly idempotencyKey: boolean;
  readonly lookup: boolean;
  /** Milliseconds it usually takes to answer. */
  readonly latencyMs: number;
}

/** What of a seed is left out or put in, to find out what it fails by. */
export interface Restriction {
  readonly seed: number;
  /** Events in the plan, before any is left out. */
  readonly events: number;
  /** The numbers of the events that are left; all when absent. */
  readonly only?: ReadonlySet<number>;
  /** The faults that are left of those that the seed draws; all when absent. */
  readonly faults?: ReadonlySet<Fault>;
  readonly processes?: number;
  readonly oneVersion?: boolean;
  readonly noPauses?: boolean;
  readonly noLetters?: boolean;
  /** Another luck for the same plan: what chance decides on the way. */
  readonly luck?: number;
  readonly crashAtStep?: number;
}

export function planOf(restriction: Restriction): Plan {
  const { seed, only, events: count } = restriction;
  const chance = chanceOf(seed, "plan");
  const people = chance.between(1, chance.pick([2, 8, 8, 30]));
  const span = chance.pick([10 * MINUTE, 2 * HOUR, 12 * HOUR, 60 * HOUR]);
  const drawn = drawFaults(chance);
  const faults = new Map([...drawn].filter(([fault]) => restriction.faults?.has(fault) !== false));
  const processes = chance.between(1, 4);
  const deploys = planDeploys(chance, span);
  const pauses = planPauses(chance, span);
  const vendors = {
    sendgrid: drawVendor(chance, { idempotencyKey: false, lookup: false }),
    twilio: drawVendor(chance, { idempotencyKey: false, lookup: true }),
    outbox: drawVendor(chance, { idempotencyKey: true, lookup: true }),
  };
  const planned = planEvents({ seed, count, people, span, start: START, faults });
  return {
    seed,
    luck: restriction.luck ?? 0,
    people,
    processes: restriction.processes ?? processes,
    events: only === undefined ? planned : planned.filter(({ number }) => only.has(number)),
    faults,
    pauses: restriction.noPauses === true ? [] : pauses,
    cancels: planCancels(chanceOf(seed, "cancels"), span),
    letters: restriction.noLetters !== true && chanceOf(seed, "letters").happens(0.5),
    deploys: restriction.oneVersion === true ? deploys.slice(0, 1) : deploys,
    calmAt: START + span + 30 * MINUTE,
    vendors,
    crashAtStep: restriction.crashAtStep ?? null,
  };
}

function drawFaults(chance: Chance): ReadonlyMap<Fault, number> {
  const share = chance.pick([0, 0.2, 0.5, 0.9]);
  const drawn = faultNames.flatMap((fault): readonly (readonly [Fault, number])[] => {
    const suffers = chance.happens(share);
    const times = chance.pick([0.5, 1, 3]);
    return suffers ? [[fault, Math.min(1, FAULTS[fault] * times)]] : [];
  });
  return new Map(drawn);
}

function planDeploys(chance: Chance, span: number): Plan["deploys"] {
  const first = { at: START, version: chance.pick(VERSIONS) };
  const more = Array.from({ length: chance.between(0, 3) }, () => ({
    at: START + chance.between(0, span),
    version: chance.pick(VERSIONS),
  }));
  return [first, ...more.sort((a, b) => a.at - b.at)];
}

function planPauses(chance: Chance, span: number): Plan["pauses"] {
  if (chance.happens(0.6)) return [];
  return Array.from({ length: chance.between(1, 3) }, () => {
    const at = START + chance.between(0, span);
    const lasts = chance.between(1, 90) * MINUTE;
    const ends = chance.happens(0.5);
    return { at, target: chance.pick(PAUSE_TARGETS), forMs: ends ? lasts : null, resumedAt: at + lasts };
  });
}

/** Of a stream of their own, so that what was drawn before stays as it was. */
function planCancels(chance: Chance, span: number): Plan["cancels"] {
  if (chance.happens(0.5)) return [];
  return Array.from({ length: chance.between(1, 4) }, () => START + chance.between(0, span));
}

/** Mostly what the vendor can do in truth. */
function drawVendor(chance: Chance, real: Pick<VendorTraits, "idempotencyKey" | "lookup">): VendorTraits {
  const drawn = { idempotencyKey: chance.happens(0.5), lookup: chance.happens(0.5) };
  const traits = chance.happens(0.5) ? real : drawn;
  return { ...traits, latencyMs: chance.pick([1, 50, 300, 2_000]) };
}
