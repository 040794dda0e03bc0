import type { Changes } from "../compare/changes.ts";
import { meansMore } from "../compare/compare-workspaces.ts";
import { type SharedWith, sharedThings } from "../plan.ts";
import type { Side } from "../side.ts";
import { type Tie, tiesOf } from "./ties.ts";

/** What changed rules have in common with untouched ones, by which the change can be felt there, or they in it. */
export function sharedWith(base: Side, head: Side, { ruleChanges, touched }: Changes): readonly SharedWith[] {
  const [old, now] = [tiesOf(base), tiesOf(head)];
  const untouched = byThing(now, touched);
  return ruleChanges.filter(meansMore).flatMap(({ rule: changed, previous }) => {
    const [was, is] = [old.get(previous ?? changed) ?? [], now.get(changed) ?? []];
    const [before, after] = [feltBy(was, untouched), feltBy(is, untouched)];
    // What it does no more is felt as well as what it does now.
    const found = [...new Map([...before, ...after])].map(([key, { tie, rules }]): SharedWith => {
      const all = new Set([...rules, ...(before.get(key)?.rules ?? [])]);
      const fate = !after.has(key) ? "gone" : before.has(key) ? null : "new";
      const shared: SharedWith = { changed, what: tie.what, name: tie.name, rules: [...all].toSorted() };
      return fate === null ? shared : Object.assign(shared, { fate });
    });
    return found.toSorted(byWeight);
  });
}

interface Felt {
  readonly tie: Tie;
  readonly rules: ReadonlySet<string>;
}

/** By what is shared, the rules that feel one with these ties, or are felt by it. */
function feltBy(ties: readonly Tie[], others: ReadonlyMap<string, Company>): ReadonlyMap<string, Felt> {
  const found = new Map<string, { readonly tie: Tie; readonly rules: Set<string> }>();
  for (const tie of ties) {
    const rules = others.get(keyOf(tie))?.[other[tie.role]] ?? [];
    if (rules.length === 0) continue;
    const felt = found.get(keyOf(tie)) ?? { tie, rules: new Set() };
    found.set(keyOf(tie), felt);
    for (const rule of rules) felt.rules.add(rule);
  }
  return found;
}

/** Who feels whom. */
const other = { reads: "writes", writes: "reads", shares: "shares" } as const;

type Company = Readonly<Record<Tie["role"], string[]>>;

/** The rules that are not touched, by what ties them to others. */
function byThing(
  ties: ReadonlyMap<string, readonly Tie[]>,
  touched: ReadonlySet<string>,
): ReadonlyMap<string, Company> {
  const found = new Map<string, Company>();
  for (const [rule, all] of ties) {
    if (touched.has(rule)) continue;
    for (const tie of all) {
      const company = found.get(keyOf(tie)) ?? { reads: [], writes: [], shares: [] };
      found.set(keyOf(tie), company);
      company[tie.role].push(rule);
    }
  }
  return found;
}

function keyOf({ what, name }: Tie): string {
  return `${what} ${name}`;
}

/** What the change itself brings about or ends comes first. */
function byWeight(a: SharedWith, b: SharedWith): number {
  const stays = Number(a.fate === undefined) - Number(b.fate === undefined);
  return stays || sharedThings.indexOf(a.what) - sharedThings.indexOf(b.what) || (a.name < b.name ? -1 : 1);
}
