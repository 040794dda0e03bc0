import { type Check, problemAt } from "../check.ts";
import { connectedParts } from "../connected-parts.ts";
import { runsInParallel, slow, type Turn, type Turns, turnsOf } from "../event-turns.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import { pathTypesOf } from "../type-of-path.ts";

/** Rules whose own events start them again, and that nothing bounds. */
export const loop = {
  id: "loop",
  pages: {
    HEED331: {
      what: "A rule makes an event that starts it again, by itself or by way of other rules, and nothing bounds how often: events that rules emit, tags they give and take, and what providers report of their messages.",
      why: "It goes round as fast as the machine can, for every contact at once. Break it in one place: a `where` that the rule's own event does not meet; a `cooldown` for re-entry; `did_not` or `was_not_sent` in the guard; for messages a cap per contact; or a wait of a day or more, which makes a rhythm of it. What contacts do themselves, such as click or answer, counts as no loop. However slow it is, a loop with `reentry: parallel` doubles when two ways lead round: each run starts two.",
      example: {
        in: "rule",
        bad: "trigger:\n  event: sms.delivered",
        good: "trigger:\n  event: sms.delivered\nreentry: { cooldown: 7d }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const types = pathTypesOf(parsed);
  if (parsed.workspace === null || types === null) return [];
  const turns = turnsOf(parsed, parsed.workspace.file, types);
  const loops = loopsIn(
    turns.all.filter(({ step }) => step.soonest < slow),
    turns,
  );
  const looping = new Set(loops.flat().map(({ rule }) => rule));
  const others = turns.all.filter(({ rule }) => runsInParallel(rule) && !looping.has(rule));
  return [...loops.map(toProblem), ...partsOf(others, turns).flatMap((part) => doublingIn(part, turns))];
}

type Loop = readonly [Turn, ...Turn[]];

function loopsIn(among: readonly Turn[], turns: Turns): readonly Loop[] {
  return partsOf(among, turns).flatMap((part) => loopsOf(part, turns));
}

/** One loop for each rule that starts itself. Where there is none, the shortest by which the rules start each other. */
function loopsOf(part: readonly Turn[], turns: Turns): readonly Loop[] {
  const selfish = new Map<string, Loop>();
  for (const turn of part) {
    const id = turn.rule.file.rule;
    if (!selfish.has(id) && turns.after(turn).includes(turn)) selfish.set(id, [turn]);
  }
  if (selfish.size > 0) {
    const others = part.filter(({ rule }) => !selfish.has(rule.file.rule));
    return [...selfish.values(), ...loopsIn(others, turns)];
  }
  const ways = part.map((turn) => wayBack(turn, part, turns)).filter((way) => way !== null);
  return ways
    .filter(isFast)
    .toSorted((a, b) => a.length - b.length)
    .slice(0, 1);
}

/** Groups of turns that lead to each other, without those that cannot be taken twice in such company. */
function partsOf(among: readonly Turn[], turns: Turns): readonly (readonly Turn[])[] {
  const order = new Map(among.map((turn, index) => [turn, index]));
  const after = (turn: Turn): readonly Turn[] => turns.after(turn).filter((next) => order.has(next));
  const parts = connectedParts(among, after).map((part) =>
    part.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)),
  );
  return parts.flatMap((part) => {
    const [first] = part;
    if (first === undefined || (part.length === 1 && !after(first).includes(first))) return [];
    const rules = new Set(part.map(({ rule }) => rule));
    const left = part.filter((turn) => turns.canRepeat(turn, rules));
    return left.length === part.length ? [part] : partsOf(left, turns);
  });
}

/** The way from a turn back to itself that takes the fewest turns. */
function wayBack(start: Turn, part: readonly Turn[], turns: Turns): Loop | null {
  const within = new Set(part);
  const cameFrom = new Map<Turn, Turn>();
  // A queue: what is found is looked at after all that was found before.
  const found = [start];
  for (const turn of found) {
    for (const next of turns.after(turn)) {
      if (next === start) return [start, ...trace(turn, cameFrom)];
      if (cameFrom.has(next) || !within.has(next)) continue;
      cameFrom.set(next, turn);
      found.push(next);
    }
  }
  return null;
}

/** The turns up to this one, without that which came from nowhere. */
function trace(last: Turn, cameFrom: ReadonlyMap<Turn, Turn>): readonly Turn[] {
  const way: Turn[] = [];
  for (let turn = last, before = cameFrom.get(turn); before !== undefined; before = cameFrom.get(turn)) {
    way.push(turn);
    turn = before;
  }
  return way.toReversed();
}

/** More than a person writes. */
const mostNext = 20;

/** An event of rules that lead to each other from which two ways go on, both of which come round. */
function doublingIn(part: readonly Turn[], turns: Turns): readonly Problem[] {
  const within = new Set(part);
  for (const turn of part) {
    const next = turns
      .after(turn)
      .filter((each) => within.has(each))
      .slice(0, mostNext);
    for (const [index, second] of next.entries()) {
      const first = next
        .slice(0, index)
        .find((other) => isOther(other, second) && turns.takesBoth(turn, other, second));
      const way = first === undefined ? null : wayBack(second, part, turns);
      if (first !== undefined && way !== null) return [doubled(first, second, way)];
    }
  }
  return [];
}

/** Whether both are taken: steps of different rules, or of one list of steps or of lists inside of them. */
function isOther({ rule, step: { path } }: Turn, other: Turn): boolean {
  if (rule !== other.rule) return true;
  const apart = path.findIndex((entry, index) => entry !== other.step.path[index]);
  // Of the ways of a branch, a time-out or a failure only one is taken.
  return apart > 0 && typeof path[apart] === "number" && path[apart - 1] !== "branch";
}

function doubled(first: Turn, second: Turn, way: Loop): Problem {
  return problemAt(second.rule.document, {
    code: "HEED331",
    severity: "warning",
    path: verbAt(second),
    part: "key",
    message: `each run starts two: ${sayWay(way)} is a second way round, and with reentry: parallel the runs double each time`,
    help: "let one way lead round, or write reentry: ignore or restart",
    related: [
      {
        message: "the other way goes on with this",
        file: first.rule.document.source.name,
        range: first.rule.document.rangeOf(verbAt(first), "key"),
      },
    ],
  });
}

function sayWay(turns: Loop): string {
  const ids = turns.map(({ rule }) => rule.file.rule);
  const names = turns.flatMap(({ type }, index) => [type, ids[(index + 1) % ids.length] ?? ""]);
  return [ids[0] ?? "", ...names].join(" → ");
}

function isFast(turns: Loop): boolean {
  return turns.reduce((sum, { step }) => sum + step.soonest, 0) < slow;
}

function toProblem(turns: Loop): Problem {
  const [first, ...others] = turns;
  const ids = turns.map(({ rule }) => rule.file.rule);
  const who = new Set(ids).size === 1 ? "this rule starts itself" : "these rules start each other";
  const cap = turns.some(({ channel }) => channel !== null) ? ", a cap per contact" : "";
  return problemAt(first.rule.document, {
    code: "HEED331",
    path: verbAt(first),
    part: "key",
    message: `${who} again and again: ${sayWay(turns)}`,
    help: `end it with a where: that this event does not meet${cap}, or reentry: { cooldown: 7d }`,
    related: others.map((turn) => ({
      message: `\`${turn.rule.file.rule}\` goes on with this`,
      file: turn.rule.document.source.name,
      range: turn.rule.document.rangeOf(verbAt(turn), "key"),
    })),
  });
}

const verbs = ["send", "emit", "tag", "untag"] as const;

function verbAt({ step: { step, path } }: Turn): Path {
  const verb = verbs.find((name) => name in step);
  return verb === undefined ? path : [...path, verb];
}
