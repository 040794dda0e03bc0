import { ruleFigures } from "../ledger/figures-documents.ts";
import { type Forecast, readForecast, sentThrough, type StandingForecast } from "../ledger/forecast.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";

const KEY: HouseKey = "heed:forecast";

/** Keeps what the plan of the newest release expects, and from what it is measured; null for a release without. */
export async function keepForecast(
  store: Store,
  { number, at }: { readonly number: number; readonly at: number },
  forecast: Forecast | null,
): Promise<void> {
  const before: number[] = [];
  for (const { rule, channel } of forecast?.rules ?? [])
    before.push(sentThrough(await ruleFigures(store, rule), channel));
  const standing = forecast === null ? {} : { ...forecast, release: number, at, before };
  // Of two who publish at once, the one of the newer release is right.
  await changeHouse(store, KEY, (body) => ({
    write: (readStanding(body)?.release ?? 0) > number ? undefined : standing,
    result: null,
  }));
}

/** Of the newest release; null when it has none. */
export async function standingForecast(store: Pick<Store, "load">): Promise<StandingForecast | null> {
  return readStanding(await readHouse(store, KEY));
}

/** Written by this file alone. */
function readStanding(body: unknown): StandingForecast | null {
  const forecast = readForecast(body);
  if (forecast === null || typeof body !== "object" || body === null) return null;
  const { release, at, before }: { release?: unknown; at?: unknown; before?: unknown } = body;
  if (typeof release !== "number" || typeof at !== "number" || !Array.isArray(before)) return null;
  const counts = before.filter((each) => typeof each === "number");
  return counts.length === forecast.rules.length ? { ...forecast, release, at, before: counts } : null;
}
