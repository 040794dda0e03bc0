/** Amounts by a short closed list of names, in each hour since the epoch. */
export type ByHour = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const HOUR_MS = 3_600_000;

/** With so much more in the hour of `at`; hours that are older than those to keep, counted from the newest, go. */
export function addedInHour(
  byHour: ByHour,
  at: number,
  { name, amount, hours }: { readonly name: string; readonly amount: number; readonly hours: number },
): ByHour {
  const hour = Math.floor(at / HOUR_MS);
  const known = byHour[hour];
  const before = known !== undefined && Object.hasOwn(known, name) ? (known[name] ?? 0) : 0;
  const next: ByHour = { ...byHour, [hour]: { ...known, [name]: before + amount } };
  if (known !== undefined) return next;
  const newest = Math.max(...Object.keys(next).map(Number));
  return Object.fromEntries(Object.entries(next).filter(([each]) => Number(each) > newest - hours));
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
