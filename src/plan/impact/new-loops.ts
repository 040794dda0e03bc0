import { loop } from "../../rulebook/checks/loop.ts";
import { idOfFile } from "../../rulebook/parsed-workspace.ts";
import type { Side } from "../side.ts";

/** Rules that start each other without end, as the check of head says and that of base did not. */
export function newLoops(base: Side, head: Side): readonly (readonly string[])[] {
  const known = new Set(loopsOf(base).map((rules) => rules.join()));
  return loopsOf(head).filter((rules) => !known.has(rules.join()));
}

function loopsOf({ parsed }: Side): readonly (readonly string[])[] {
  const loops = loop.run(parsed).map(({ file, related = [] }) => {
    const rules = [file, ...related.map((other) => other.file)].map(idOfFile);
    return rules.filter((rule, index) => rules.indexOf(rule) === index);
  });
  return loops.toSorted((a, b) => (a.join() < b.join() ? -1 : 1));
}
