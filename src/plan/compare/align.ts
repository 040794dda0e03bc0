import type { Json } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { isList } from "../../core/model/path.ts";
import { canonicalJson } from "../../rulebook/digest.ts";
import type { ListShape } from "./shape.ts";

/** An entry of base, of head, or one that is in both; by their places. */
export interface Pair {
  readonly before: number | null;
  readonly after: number | null;
}

/**
 * Which entries of two lists are the same, perhaps changed: those with one id, then those that are equal, then as many
 * as can be paired in order, the most alike with each other. So an entry that was put in between is one change.
 */
export function align(before: readonly Json[], after: readonly Json[], shape: ListShape): readonly Pair[] {
  const entries = { before: before.map(readEntry), after: after.map(readEntry) };
  const fixed = shape.ordered ? [] : equalOnes(entries.before, entries.after);
  const rest = {
    before: indices(before).filter((index) => !fixed.some((pair) => pair.before === index)),
    after: indices(after).filter((index) => !fixed.some((pair) => pair.after === index)),
  };
  const ids = new Set(entries.before.map(({ id }) => id));
  const inBoth = new Set(entries.after.flatMap(({ id }) => (id !== null && ids.has(id) ? [id] : [])));
  const costs = rest.before.map((one) =>
    rest.after.map((other) => costOf(entries.before[one], entries.after[other], shape, inBoth)),
  );
  const inOrder = cheapest(costs, rest.before.length, rest.after.length).map(({ before: one, after: other }): Pair => ({
    before: one === null ? null : (rest.before[one] ?? null),
    after: other === null ? null : (rest.after[other] ?? null),
  }));
  return withMoved([...fixed, ...inOrder], entries).toSorted(byPlace);
}

interface Entry {
  readonly value: Json;
  readonly id: string | null;
  /** What it says, leaf by leaf. */
  readonly leaves: ReadonlySet<string>;
}

interface Entries {
  readonly before: readonly Entry[];
  readonly after: readonly Entry[];
}

function readEntry(value: Json): Entry {
  const id = isJsonObject(value) ? value["id"] : null;
  return { value, id: typeof id === "string" ? id : null, leaves: leavesOf(value) };
}

/** Every leaf of a value with its path. */
export function leavesOf(value: Json): ReadonlySet<string> {
  const leaves = new Set<string>();
  collect(value, "", leaves);
  return leaves;
}

function collect(value: Json, path: string, into: Set<string>): void {
  if (isList(value)) for (const entry of value) collect(entry, `${path}[]`, into);
  else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) collect(inner, `${path}.${key}`, into);
  } else into.add(`${path}=${canonicalJson(value)}`);
}

/** The share of leaves that two have in common, in [0, 1]. */
export function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((leaf) => other.has(leaf)).length;
  const all = one.size + other.size - common;
  return all === 0 ? 1 : common / all;
}

function equalOnes(before: readonly Entry[], after: readonly Entry[]): readonly Pair[] {
  const free = new Map<string, number[]>();
  for (const [index, { value }] of after.entries()) {
    const key = canonicalJson(value);
    free.set(key, [...(free.get(key) ?? []), index]);
  }
  return before.flatMap(({ value }, index): readonly Pair[] => {
    const other = free.get(canonicalJson(value))?.shift();
    return other === undefined ? [] : [{ before: index, after: other }];
  });
}

/** Less than one going and another coming, which is 2, unless they cannot be the same. */
function costOf(
  before: Entry | undefined,
  after: Entry | undefined,
  { alike }: ListShape,
  inBoth: ReadonlySet<string>,
): number {
  if (before === undefined || after === undefined) return Number.POSITIVE_INFINITY;
  const ids = [before, after].flatMap(({ id }) => id ?? []);
  if (ids.some((id) => inBoth.has(id)) || ids.length === 2) {
    return before.id === after.id ? 0 : Number.POSITIVE_INFINITY;
  }
  const like = likeness(before.leaves, after.leaves);
  if (like === 1) return 0;
  return alike(before.value, after.value) ? 0.5 + 1.4 * (1 - like) : Number.POSITIVE_INFINITY;
}

/** The cheapest way to make one list of the other, where coming and going cost 1. */
function cheapest(costs: readonly (readonly number[])[], before: number, after: number): readonly Pair[] {
  const total: number[][] = Array.from({ length: before + 1 }, () => Array.from({ length: after + 1 }, () => 0));
  const at = (row: number, column: number): number => total[row]?.[column] ?? 0;
  const cost = (row: number, column: number): number => costs[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = before; row >= 0; row -= 1) {
    for (let column = after; column >= 0; column -= 1) {
      const ways: number[] = [];
      if (row < before) ways.push(1 + at(row + 1, column));
      if (column < after) ways.push(1 + at(row, column + 1));
      if (row < before && column < after) ways.push(cost(row, column) + at(row + 1, column + 1));
      const line = total[row];
      if (line !== undefined) line[column] = ways.length === 0 ? 0 : Math.min(...ways);
    }
  }
  const pairs: Pair[] = [];
  let [row, column] = [0, 0];
  while (row < before || column < after) {
    if (row < before && column < after && at(row, column) === cost(row, column) + at(row + 1, column + 1)) {
      pairs.push({ before: row, after: column });
      row += 1;
      column += 1;
    } else if (row < before && at(row, column) === 1 + at(row + 1, column)) {
      pairs.push({ before: row, after: null });
      row += 1;
    } else {
      pairs.push({ before: null, after: column });
      column += 1;
    }
  }
  return pairs;
}

/** What went from one place and came to another, under the same id or as it was. */
function withMoved(pairs: readonly Pair[], entries: Entries): readonly Pair[] {
  const came = new Map<string, number[]>();
  for (const { before, after } of pairs) {
    const entry = before === null && after !== null ? entries.after[after] : undefined;
    if (entry === undefined || after === null) continue;
    came.set(keyOf(entry), [...(came.get(keyOf(entry)) ?? []), after]);
  }
  const moved = new Map<number, number>();
  for (const { before, after } of pairs) {
    const entry = before !== null && after === null ? entries.before[before] : undefined;
    const to = entry === undefined ? undefined : came.get(keyOf(entry))?.shift();
    if (before !== null && to !== undefined) moved.set(before, to);
  }
  const arrived = new Set(moved.values());
  return pairs.flatMap((pair) => {
    const to = pair.after === null && pair.before !== null ? moved.get(pair.before) : undefined;
    if (to !== undefined) return [{ before: pair.before, after: to }];
    return pair.before === null && pair.after !== null && arrived.has(pair.after) ? [] : [pair];
  });
}

function keyOf({ id, value }: Entry): string {
  return id === null ? canonicalJson(value) : `id ${id}`;
}

function byPlace(a: Pair, b: Pair): number {
  const [one, other] = [a.after ?? a.before ?? 0, b.after ?? b.before ?? 0];
  return one - other || (a.after === null ? -1 : 1);
}

function indices(of: readonly unknown[]): readonly number[] {
  return of.map((_, index) => index);
}
