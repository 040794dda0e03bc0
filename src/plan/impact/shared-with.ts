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
    // What it does no more is felt as well as what it does now.
    const ties = [...(old.get(previous ?? changed) ?? []), ...(now.get(changed) ?? [])];
    const found = new Map<string, { readonly tie: Tie; readonly rules: Set<string> }>();
    for (const tie of ties) {
      const rules = untouched.get(keyOf(tie))?.[other[tie.role]] ?? [];
      if (rules.length === 0) continue;
      const entry = found.get(keyOf(tie)) ?? { tie, rules: new Set() };
      found.set(keyOf(tie), entry);
      for (const rule of rules) entry.rules.add(rule);
    }
    const shared = [...found.values()].map(({ tie, rules }): SharedWith => {
      return { changed, what: tie.what, name: tie.name, rules: [...rules].toSorted() };
    });
    return shared.toSorted(byThings);
  });
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

function byThings(a: SharedWith, b: SharedWith): number {
  return sharedThings.indexOf(a.what) - sharedThings.indexOf(b.what) || (a.name < b.name ? -1 : 1);
}
