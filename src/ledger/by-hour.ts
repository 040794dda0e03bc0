/** Amounts by a short closed list of names, in each hour since the epoch. */
export type ByHour = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const HOUR_MS = 3_600_000;

/** Changes what stands in the hour of `at`. Of all hours, those that are older than `kept`, counted from the newest, go. */
export function inHour<T>(
  hours: Record<string, T>,
  at: number,
  kept: number,
  change: (known: T | undefined) => T,
): void {
  const hour = Math.floor(at / HOUR_MS);
  const known = hours[hour];
  hours[hour] = change(known);
  if (known === undefined) forget(hours, kept);
}

function forget(hours: Record<string, unknown>, kept: number): void {
  const all = Object.keys(hours);
  const newest = Math.max(...all.map(Number));
  for (const hour of all) if (Number(hour) <= newest - kept) Reflect.deleteProperty(hours, hour);
}

/** What each name came to in the hours that begin from `from` on and before `to`, most first. Epoch milliseconds. */
export function sumsBetween(byHour: ByHour, from: number, to: number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [hour, amounts] of Object.entries(byHour)) {
    const begins = Number(hour) * HOUR_MS;
    if (begins < from || begins >= to) continue;
    for (const [name, amount] of Object.entries(amounts)) sums.set(name, (sums.get(name) ?? 0) + amount);
  }
  return new Map([...sums].toSorted(([, a], [, b]) => b - a));
}
