import {
  type Evidence,
  type Finding,
  inRule,
  inWorkspace,
  type Pair,
  pairsOf,
  type RiskCheck,
  workspacesOf,
} from "./risk-check.ts";
import { percent } from "../say-numbers.ts";

export const experimentChanged: RiskCheck = {
  code: "PLN110",
  page: {
    what: "An experiment that runs changes: its holdout, its name, its rollout, its goal, or the workspace's name, by which arms are drawn.",
    why: "Contacts move from one arm to the other. What was measured until then can no longer be compared with what follows.",
    todo: "End the experiment first, or take its figures before this is deployed and begin counting anew.",
    example: { in: "rule", before: "holdout: 10%", after: "holdout: 20%" },
  },
  find: (evidence) => [...pairsOf(evidence).flatMap(inExperiment), ...name(evidence)],
};

function inExperiment(pair: Pair): readonly Finding[] {
  const { before, after, rule } = pair;
  // Without a share held out there is nothing to compare.
  if (before.holdout === 0) return [];
  const found: string[] = [];
  if (before.holdout !== after.holdout)
    found.push(`holds out ${percent(after.holdout)} of the contacts, and held out ${percent(before.holdout)}`);
  if (before.experiment !== after.experiment) found.push("draws its arms by another name");
  if (before.rollout !== after.rollout) found.push("enrolls another share of the contacts");
  if (goal(before) !== goal(after)) found.push("counts another goal");
  if (found.length === 0) return [];
  return [inRule(pair, ["holdout", "experiment", "rollout", "goal"], `${rule} ${found.join(" and ")}`)];
}

function goal({ goal: of }: Pair["before"]): string {
  return JSON.stringify(of);
}

function name(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  if (before.name === after.name) return [];
  const message = `the workspace is called ${after.name}, and was ${before.name}: every holdout, rollout and random delay is drawn anew`;
  return [inWorkspace(evidence, ["workspace"], message, "leave the name as it was")];
}
