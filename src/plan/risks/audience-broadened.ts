import type { Json } from "../../core/model/json.ts";
import { nominalMs } from "../../core/time/duration.ts";
import type { AttributeChange, Witness } from "../plan.ts";
import {
  at,
  changesOf,
  type Evidence,
  type Finding,
  inRule,
  inWorkspace,
  type Pair,
  pairsOf,
  type PlacedChange,
  type RiskCheck,
  workspacesOf,
} from "./risk-check.ts";
import { percent, written } from "../say-numbers.ts";

export const audienceBroadened: RiskCheck = {
  code: "PLN105",
  page: {
    what: "A rule reaches people whom it did not reach: a condition or its events let more through, a larger share of contacts is enrolled, it was switched on, older events start it, or it goes on where a look-up does not answer. Said too where nobody can prove that it does not.",
    why: "A condition is easily wider than its author thinks: a missing value, a forgotten plan, another event of the same name.",
    todo: "Look at the made-up person whom only the new condition lets through, and at the contacts that are newly messaged.",
    example: {
      in: "rule",
      before: "guard:\n  contact.status: { not: verified }\n  contact.first_name: { exists: true }",
      after: "guard:\n  contact.status: { not: verified }",
    },
  },
  find: (evidence) => [...conditions(evidence), ...pairsOf(evidence).flatMap(switches), ...silentLookups(evidence)],
};

function conditions(evidence: Evidence): readonly Finding[] {
  const said = new Set<string>();
  return changesOf(evidence).flatMap((placed) => {
    const { change, rule } = placed;
    const kind = change.implication?.kind;
    if (rule === null || kind === undefined || kind === "narrower" || kind === "equal") return [];
    // What ends a rule widens it by being narrower, which is another risk.
    if (change.class === "cosmetic" || /^(?:stop_on|goal)\b/.test(change.path)) return [];
    // Each change in one condition has the same verdict.
    const place = `${rule} ${/^[a-z_]+(?:\.(?:event|where))?/.exec(change.path)?.[0] ?? change.path}`;
    if (said.has(place)) return [];
    said.add(place);
    return [at(placed, sentence(placed, change), witnessOf(change.implication?.witness ?? null))];
  });
}

function sentence({ rule }: PlacedChange, { path, implication }: AttributeChange): string {
  switch (implication?.kind) {
    case "broader":
      return `${rule} reaches more people: \`${path}\` lets everybody through whom it let through before, and others`;
    case "disjoint":
      return `${rule} reaches other people: \`${path}\` lets nobody through whom it let through before`;
    case "overlapping":
      return `${rule} reaches other people: \`${path}\` lets some through whom it did not, and stops others`;
    default:
      return `nobody can prove whom \`${path}\` of ${rule} lets through now: it may be more people than before`;
  }
}

function witnessOf(witness: Witness | null): string | null {
  if (witness?.holds !== "after") return null;
  const facts = Object.entries(witness.facts).map(([path, value]) => `${path} ${said(value)}`);
  if (facts.length === 0) return null;
  return `for example somebody made up: ${facts.slice(0, 6).join(", ")}`;
}

function said(value: Json): string {
  return value === null ? "missing" : written(value, 40);
}

/** A look-up whose silence held messages back: as a missing value it meets every `not`, and nobody may be messaged for it. */
function silentLookups(evidence: Evidence): readonly Finding[] {
  const { before, after } = workspacesOf(evidence);
  return [...after.lookups.values()].flatMap(({ name, onError }) => {
    const was = before.lookups.get(name)?.onError;
    if (was === undefined || was === onError || onError !== "treat_as_missing") return [];
    const did = was === "hold" ? "waited" : "ended";
    const message = `rules go on where ${name} does not answer, as if it knew nothing of the contact, and ${did} before: its missing values meet \`not\`, \`not_in\` and \`exists: false\``;
    return [inWorkspace(evidence, [`lookups.${name}.on_error`, `lookups.${name}`], message)];
  });
}

function switches(pair: Pair): readonly Finding[] {
  const { before, after, rule } = pair;
  const found: Finding[] = [];
  if (!before.enabled && after.enabled) found.push(inRule(pair, ["enabled"], `${rule} is switched on`));
  if (before.shadow && !after.shadow)
    found.push(inRule(pair, ["mode"], `${rule} really sends now, and only recorded what it would send`));
  const [age, aged] = [after.trigger.maxAge, before.trigger.maxAge];
  if (nominalMs(age) > nominalMs(aged)) {
    const message = `${rule} starts for events of up to ${age.count}${age.unit} ago, and did for those of ${aged.count}${aged.unit}`;
    found.push(inRule(pair, ["trigger.max_age"], message));
  }
  if (after.rollout > before.rollout) {
    const message = `${rule} enrolls ${percent(after.rollout)} of the contacts, and enrolled ${percent(before.rollout)}`;
    found.push(inRule(pair, ["rollout"], message));
  }
  return found;
}
