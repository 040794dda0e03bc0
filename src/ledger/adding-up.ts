/** Figures of those who add lines to them; whoever reads them has them as they stand in documents. */
export type Draft<T> = { -readonly [Name in keyof T]: Draft<T[Name]> };

/** What stands under a name, made where nothing does. A name may come from outside and be any, such as `__proto__`. */
export function under<T>(named: Record<string, T>, name: string, made: () => T): T {
  const known = Object.hasOwn(named, name) ? named[name] : undefined;
  if (known !== undefined) return known;
  const value = made();
  define(named, name, value);
  return value;
}

export function addTo(counts: Record<string, number>, name: string, amount = 1): void {
  if (Object.hasOwn(counts, name)) counts[name] = (counts[name] ?? 0) + amount;
  else define(counts, name, amount);
}

function define<T>(named: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(named, name, { value, writable: true, enumerable: true, configurable: true });
}
