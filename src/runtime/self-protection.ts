import type { Clock } from "../core/model/clock.ts";
import type { Workspace } from "../core/model/rulebook.ts";
import type { RuleFigures } from "../ledger/figures.ts";
import { judgeForecast, onlyOf, sayOutcome, type StandingForecast } from "../ledger/forecast.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { standingForecast } from "./forecasts.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";
import type { Pauses, StandingPause } from "./pauses.ts";
import { judgeFigures, type Trip, type Tripped } from "./self-protection-judgement.ts";

export interface SelfProtectionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly pauses: Pick<Pauses, "list" | "pause">;
  /** Of the rules that run now. */
  readonly limits: () => Workspace["selfProtection"];
}

/** After a person has let a rule go on, the same trip does not pause it again for so long. */
const TRUSTED_MS = 24 * 3_600_000;
const KEY: HouseKey = "heed:self-protection";

/** Of each rule and trip: when a person let it go on, in epoch milliseconds, or null while it stands. */
type Trips = Readonly<Record<string, Readonly<Partial<Record<Trip, number | null>>>>>;

/**
 * Pauses rules whose figures left their band, and remembers what each was paused for. Whether a person let it go on is
 * seen from its pause being gone: a rule changes its figures only when it speaks again or is spoken of.
 */
export function protectRules(parts: SelfProtectionParts): (changed: ReadonlyMap<string, RuleFigures>) => Promise<void> {
  const { store, clock, pauses, limits } = parts;
  return async (changed) => {
    const now = clock.now();
    const forecast = await standingForecast(store);
    const judged = [...changed].map(([rule, figures]) => {
      const beyond = forecast === null ? [] : forecastTrips(forecast, rule, figures, now);
      return { rule, tripped: [...judgeFigures(figures, limits(), now), ...beyond] };
    });
    const before = readTrips(await readHouse(store, KEY));
    const concerned = judged.filter(({ rule, tripped }) => tripped.length > 0 || Object.hasOwn(before, rule));
    if (concerned.length === 0) return;
    const standing = new Map((await pauses.list()).map((pause) => [pause.target, pause]));
    for (const { rule, tripped } of concerned) {
      const pause = standing.get(`rule:${rule}`);
      const known = resumed(Object.hasOwn(before, rule) ? (before[rule] ?? {}) : {}, pause, now);
      const due = tripped.filter(({ trip }) => !isTrusted(known[trip], trustedSince(trip, forecast, now)));
      if (pause === undefined && due.length > 0) await pauseRule(parts, rule, due);
      // The pause first: who dies between the two pauses once more, and nobody takes it for a person's trust.
      const stands = due.map(({ trip }): [Trip, null] => [trip, null]);
      const isOurs = pause === undefined || pause.reason === "self_paused";
      await remember(store, rule, { ...known, ...(isOurs && Object.fromEntries(stands)) });
    }
  };
}

async function pauseRule({ pauses, clock, log }: SelfProtectionParts, rule: string, due: readonly Tripped[]) {
  const note = due.map((tripped) => tripped.note).join("; ");
  await pauses.pause({ target: `rule:${rule}`, reason: "self_paused", since: clock.now(), until: null, note });
  log.error("a rule has paused itself: look at it, then resume it", { rule, why: note });
}

/** What stood and stands no more: from now on it is trusted. */
function resumed(known: Trips[string], pause: StandingPause | undefined, now: number): Trips[string] {
  if (pause?.reason === "self_paused") return known;
  return Object.fromEntries(Object.entries(known).map(([trip, at]) => [trip, at ?? now]));
}

function isTrusted(resumedAt: number | null | undefined, since: number): boolean {
  return typeof resumedAt === "number" && resumedAt > since;
}

/** Who lets a rule go on beyond its plan does so for the whole release: what was sent stays sent. */
function trustedSince(trip: Trip, forecast: StandingForecast | null, now: number): number {
  return trip === "forecast" && forecast !== null ? forecast.at : now - TRUSTED_MS;
}

/** Of too much alone: a pause would make less of too little. */
function forecastTrips(
  forecast: StandingForecast,
  rule: string,
  figures: RuleFigures,
  now: number,
): readonly Tripped[] {
  const about = onlyOf(forecast, rule);
  return judgeForecast(about, () => figures, now).flatMap((outcome) =>
    outcome.verdict === "above" ? [{ trip: "forecast", note: sayOutcome(outcome, forecast, now) }] : [],
  );
}

async function remember(store: Store, rule: string, known: Trips[string]): Promise<void> {
  await changeHouse(store, KEY, (body) => {
    const trips = readTrips(body);
    const before = Object.hasOwn(trips, rule) ? trips[rule] : undefined;
    if (JSON.stringify(before ?? {}) === JSON.stringify(known)) return { write: undefined, result: null };
    return { write: { trips: { ...trips, [rule]: known } }, result: null };
  });
}

/** Written by this file alone. */
function readTrips(body: unknown): Trips {
  const trips: unknown = typeof body === "object" && body !== null && "trips" in body ? body.trips : null;
  return isTrips(trips) ? trips : {};
}

function isTrips(trips: unknown): trips is Trips {
  return typeof trips === "object" && trips !== null;
}
