import type { Changes } from "../compare/changes.ts";
import { meansMore } from "../compare/compare-workspaces.ts";
import { type SharedWith, sharedThings } from "../plan.ts";
import type { Side } from "../side.ts";
import { type Tie, tiesOf } from "./ties.ts";

/** Untouched rules that have something in common with changed ones, by which one can be felt by the other. */
export function sharedWith(base: Side, head: Side, { ruleChanges, touched }: Changes): readonly SharedWith[] {
  const [old, now] = [tiesOf(base), tiesOf(head)];
  const untouched = new Map<string, { readonly rule: string; readonly tie: Tie }[]>();
  for (const [rule, ties] of now) {
    if (touched.has(rule)) continue;
    for (const tie of ties) {
      const others = untouched.get(keyOf(tie));
      if (others === undefined) untouched.set(keyOf(tie), [{ rule, tie }]);
      else others.push({ rule, tie });
    }
  }
  const found = new Map<string, SharedWith>();
  for (const { rule: changed, previous } of ruleChanges.filter(meansMore)) {
    // What it does no more is felt as well as what it does now.
    for (const tie of [...(old.get(previous ?? changed) ?? []), ...(now.get(changed) ?? [])]) {
      for (const { rule, tie: other } of untouched.get(keyOf(tie)) ?? []) {
        if (!isFelt(tie, other)) continue;
        const shared: SharedWith = { rule, changed, what: tie.what, name: tie.name };
        found.set(JSON.stringify([rule, changed, tie.what, tie.name]), shared);
      }
    }
  }
  return [...found.values()].toSorted(
    (a, b) =>
      compare(a.changed, b.changed) ||
      compare(a.rule, b.rule) ||
      sharedThings.indexOf(a.what) - sharedThings.indexOf(b.what) ||
      compare(a.name, b.name),
  );
}

function isFelt({ role }: Tie, other: Tie): boolean {
  if (role === "shares") return other.role === "shares";
  return role === "writes" ? other.role === "reads" : other.role === "writes";
}

function keyOf({ what, name }: Tie): string {
  return `${what} ${name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
