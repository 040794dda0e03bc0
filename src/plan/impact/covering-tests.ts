import type { ParsedRule } from "../../rulebook/parsed-workspace.ts";
import type { Path } from "../../rulebook/problem.ts";
import { listedRules } from "../../rulebook/tested-rules.ts";
import { type CoveragePoint, coverageOf } from "../../simulate/coverage.ts";
import { runCase } from "../../simulate/run-case.ts";
import { stageOf, titleOf } from "../../simulate/run-tests.ts";
import { meansMore } from "../compare/compare-workspaces.ts";
import { pathOfName } from "../compare/path-of-name.ts";
import type { Covering, RuleChange } from "../plan.ts";
import type { Side } from "../side.ts";

/** Which tests of head reach what was changed. What is there no more cannot be reached. */
export async function coveringTests(head: Side, changes: readonly RuleChange[]): Promise<readonly Covering[]> {
  const changed = new Map(
    changes.flatMap((change) => {
      const rule = head.parsed.rules.find(({ file }) => file.rule === change.rule);
      return rule === undefined || change.action === "delete" || !meansMore(change)
        ? []
        : [[change.rule, { change, rule }]];
    }),
  );
  const plays = await playsOf(head, new Set([...changed.values()].map(({ rule }) => rule)));
  return [...changed.values()].map(({ change, rule }) => coveringOf(change, rule, plays.get(change.rule) ?? []));
}

/** What one case shows of a rule. */
interface Play {
  readonly title: string;
  readonly points: readonly CoveragePoint[];
}

async function playsOf(
  { parsed }: Side,
  rules: ReadonlySet<ParsedRule>,
): Promise<ReadonlyMap<string, readonly Play[]>> {
  const plays = new Map<string, Play[]>();
  const heed = parsed.workspace;
  if (heed === null) return plays;
  const files = new Set([...rules].map(({ document }) => document.source.name));
  for (const test of parsed.tests) {
    if (!listedRules(test, parsed).some((listed) => listed.files.some((file) => files.has(file)))) continue;
    const stage = stageOf(test, { parsed, heed });
    const concerned = stage.rules.filter((rule) => rules.has(rule));
    for (const run of test.runs) {
      if (run.story.skip !== undefined) continue;
      const title = titleOf({ suite: test.file.suite, name: run.story.name, combination: run.combination });
      const { happenings } = await runCase(run, stage);
      for (const { rule, points } of coverageOf([
        { rules: concerned, rulebook: stage.compiled.rulebook, happenings },
      ])) {
        plays.set(rule, [...(plays.get(rule) ?? []), { title, points }]);
      }
    }
  }
  return plays;
}

function coveringOf({ rule: id, attributes }: RuleChange, { document }: ParsedRule, plays: readonly Play[]): Covering {
  const [some] = plays;
  const parts = attributes
    .filter((attribute) => attribute.class !== "cosmetic" && attribute.after !== null)
    .map(({ path, file, line }) => {
      const names = pointsAt(pathOfName(document.data, path), some?.points ?? []);
      const shown = plays.filter(({ points }) => points.some(({ name, covered }) => covered && names.has(name)));
      const reached = [...names].every((name) =>
        plays.some(({ points }) => points.some((point) => point.covered && point.name === name)),
      );
      return {
        place: { path, file, line },
        cases: shown.map(({ title }) => title),
        covered: names.size > 0 && reached,
      };
    });
  return {
    rule: id,
    cases: [...new Set(parts.flatMap(({ cases }) => cases))].toSorted(),
    covered: parts.filter(({ covered }) => covered).length,
    uncovered: parts.filter(({ covered }) => !covered).map(({ place }) => place),
  };
}

/**
 * What a case must show to have been there: all that the rule says inside of a place, else what it is nearest inside of.
 * What has no point of its own, such as a delay, is passed by whoever starts the rule.
 */
function pointsAt(path: Path, points: readonly CoveragePoint[]): ReadonlySet<string> {
  const inside = points.filter((point) => begins(point.path, path));
  if (path.length > 0 && inside.length > 0) return new Set(inside.map(({ name }) => name));
  const around = points.filter((point) => point.path.length > 0 && begins(path, point.path));
  const nearest = Math.max(...around.map((point) => point.path.length));
  const names = around.filter((point) => point.path.length === nearest).map(({ name }) => name);
  return new Set(names.length === 0 ? points.filter(({ name }) => name === "trigger").map(({ name }) => name) : names);
}

function begins(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}
