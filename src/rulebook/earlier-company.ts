import { equalsOf } from "../conditions/certain-tests.ts";
import type { Test } from "../conditions/condition.ts";

interface Tested {
  /** What holds of it in any case. */
  readonly tests: readonly Test[];
}

/** One of a few values at one path. */
interface Choice {
  readonly path: string;
  readonly values: readonly unknown[];
}

/** What is filed under one path: everything, and what may have each value. */
interface Filed {
  readonly all: number[];
  readonly byValue: Map<unknown, number[]>;
}

/** Among so few, finding them takes longer than looking at each. */
const few = 30;

/**
 * Finds, for each item, those before it that no value parts from it, in order. Of thousands that differ in one value few
 * are looked at: each is filed under that one of its paths whose values the fewest share. More may be found than meet,
 * because only one path of each is looked at.
 */
export function earlierCompany<Item extends Tested>(items: readonly Item[]): (item: Item) => readonly Item[] {
  const places = new Map(items.map((item, index) => [item, index]));
  if (items.length <= few) return (item) => items.slice(0, places.get(item));
  const choices = new Map(items.map((item) => [item, item.tests.flatMap(choicesOf)]));
  const shares = sharesOf([...choices.values()].flat());
  const free: number[] = [];
  const filed = new Map<string, Filed>();
  for (const [index, item] of items.entries()) {
    const choice = rarest(choices.get(item) ?? [], shares);
    if (choice === null) free.push(index);
    else file(filed, choice, index);
  }
  return (item) => {
    const own = choices.get(item) ?? [];
    const found = [...filed].map(([path, { all, byValue }]) => {
      const choice = own.find((each) => each.path === path);
      return choice === undefined ? all : new Set(choice.values.flatMap((value) => byValue.get(value) ?? []));
    });
    const place = places.get(item) ?? 0;
    return [free, ...found]
      .flatMap((indexes) => [...indexes].filter((index) => index < place))
      .toSorted((a, b) => a - b)
      .flatMap((index) => items[index] ?? []);
  };
}

function choicesOf(test: Test): readonly Choice[] {
  const values = equalsOf(test);
  return values === null ? [] : [{ path: test.path.join("."), values }];
}

/** How many name each value of each path. */
function sharesOf(choices: readonly Choice[]): ReadonlyMap<string, ReadonlyMap<unknown, number>> {
  const shares = new Map<string, Map<unknown, number>>();
  for (const { path, values } of choices) {
    const counts = shares.get(path) ?? new Map<unknown, number>();
    shares.set(path, counts);
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return shares;
}

function rarest(choices: readonly Choice[], shares: ReturnType<typeof sharesOf>): Choice | null {
  const sharing = ({ path, values }: Choice): number =>
    values.reduce<number>((sum, value) => sum + (shares.get(path)?.get(value) ?? 0), 0);
  return choices.toSorted((a, b) => sharing(a) - sharing(b))[0] ?? null;
}

function file(filed: Map<string, Filed>, { path, values }: Choice, index: number): void {
  const entry = filed.get(path) ?? { all: [], byValue: new Map<unknown, number[]>() };
  filed.set(path, entry);
  entry.all.push(index);
  for (const value of values) {
    const list = entry.byValue.get(value) ?? [];
    entry.byValue.set(value, list);
    list.push(index);
  }
}
