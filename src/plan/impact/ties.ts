import { sendsOf, testsOf } from "../../conditions/condition.ts";
import { operandsOf } from "../../conditions/logic/literal.ts";
import { countsNothing } from "../../rulebook/caps-and-sends.ts";
import { eventPlacesOf } from "../../rulebook/event-places.ts";
import { literalOf } from "../../rulebook/made-events.ts";
import type { ParsedRule, ParsedWorkspace } from "../../rulebook/parsed-workspace.ts";
import type { Cap } from "../../rulebook/rule-file.generated.ts";
import { type GraphEdge, ruleGraph } from "../../rulebook/rule-graph.ts";
import { stepsOf } from "../../rulebook/steps.ts";
import type { WorkspaceFile } from "../../rulebook/workspace-file.generated.ts";
import { attributesRead, channelsOf, templatesOf } from "../compare/governed-rules.ts";
import type { SharedWith } from "../plan.ts";
import type { Side } from "../side.ts";

/** Something by which a rule can be felt by others, or feel them. */
export interface Tie {
  readonly what: SharedWith["what"];
  readonly name: string;
  /** A reader feels a writer; those that share feel each other. */
  readonly role: "reads" | "writes" | "shares";
}

/** The ties of every rule, by its id. */
export function tiesOf({ parsed }: Side): ReadonlyMap<string, readonly Tie[]> {
  const heed = parsed.workspace?.file;
  const byGraph = tiesInGraph(parsed);
  return new Map(
    parsed.rules.map((rule) => [
      rule.file.rule,
      [
        ...(byGraph.get(rule.file.rule) ?? []),
        ...(heed === undefined ? [] : tiesByLimits(rule, heed)),
        ...tiesByState(rule, parsed),
        ...tiesByMessages(rule),
        ...tiesByClass(rule),
      ],
    ]),
  );
}

function tie(role: Tie["role"], what: Tie["what"], name: string): Tie {
  return { role, what, name };
}

/** Which end of an edge feels the other. */
const roles: Readonly<
  Partial<Record<GraphEdge["kind"], { readonly from: Tie["role"] | null; readonly to: Tie["role"] | null }>>
> = {
  triggers: { from: null, to: "reads" },
  waits: { from: null, to: "reads" },
  stops: { from: null, to: "reads" },
  emits: { from: "writes", to: null },
};

const madeOfTag = /^contact\.(?:un)?tagged: /;

/** Events that rules make and hear, tags among them, and the events that start them. */
function tiesInGraph({ rules }: ParsedWorkspace): ReadonlyMap<string, readonly Tie[]> {
  const { nodes, edges } = ruleGraph(rules);
  const labels = new Map(nodes.map(({ id, label }) => [id, label]));
  const found = new Map<string, Tie[]>();
  const add = (id: string, ...ties: readonly Tie[]): void => {
    const rule = labels.get(id) ?? "";
    found.set(rule, [...(found.get(rule) ?? []), ...ties]);
  };
  for (const { from, to, kind } of edges) {
    const role = roles[kind];
    if (role === undefined) continue;
    const [rule, event, means] = role.to === null ? [from, to, role.from] : [to, from, role.to];
    const label = labels.get(event) ?? "";
    if (means !== null)
      add(rule, madeOfTag.test(label) ? tagTie(means, label.replace(madeOfTag, "")) : tie(means, "event", label));
    // Whoever starts with the same event speaks to the same people at the same time.
    if (kind === "triggers") add(rule, tie("shares", "contact", label));
  }
  for (const rule of rules) {
    const past = eventPlacesOf(rule).filter(({ role }) => role === "did" || role === "goal");
    const ties = past.flatMap(({ types }) => types.map((type) => tie("reads", "event", type)));
    found.set(rule.file.rule, [...(found.get(rule.file.rule) ?? []), ...ties]);
  }
  return found;
}

/** Caps and budgets of heed.yaml that count messages of the rule together with those of others. */
function tiesByLimits(rule: ParsedRule, { caps = [], budgets = [], channels }: WorkspaceFile): readonly Tie[] {
  const used = channelsOf(rule);
  return [
    ...caps
      .filter((cap) => cap.per !== "rule" && countsNothing(cap, rule.file, channels) === null)
      .map((cap) => tie("shares", "cap", nameOfCap(cap))),
    ...budgets
      .filter(({ channel }) => used.has(channel))
      .map(({ channel, per }) => tie("shares", "budget", `${channel} per ${per}`)),
  ];
}

function nameOfCap({ max, per, channel, class: only, within }: Cap): string {
  const what = [only, channel].filter((part) => part !== undefined).join(" ");
  const window = typeof within === "string" ? `within ${within}` : `in a calendar ${within.calendar}`;
  return `${max} ${what === "" ? "messages" : what} per ${per} ${window}`;
}

const writing = ["writes", "shares"] as const;

/** Tags and attributes that it writes, or hinges on. */
function tiesByState(rule: ParsedRule, parsed: ParsedWorkspace): readonly Tie[] {
  const written = stepsOf(rule.file).flatMap(({ step }): readonly Tie[] => {
    // Two that write the same are in each other's way.
    if ("set" in step)
      return Object.keys(step.set).flatMap((name) => writing.map((role) => tie(role, "attribute", name)));
    const tag = "tag" in step ? step.tag : "untag" in step ? step.untag : null;
    return tag === null || literalOf(tag) === null ? [] : writing.map((role) => tagTie(role, tag));
  });
  const tests = rule.conditions.flatMap(({ condition }) => testsOf(condition));
  const tags = tests.filter(({ path }) => path.join(".") === "contact.tags").flatMap(operandsOf);
  const attributes = attributesRead(rule, parsed).filter((name) => name !== "contact.tags");
  return [
    ...written,
    ...tags.map((tag) => tagTie("reads", String(tag))),
    ...attributes.map((name) => tie("reads", "attribute", name)),
  ];
}

/** Conditions ignore the case of a tag. */
function tagTie(role: Tie["role"], tag: string): Tie {
  return tie(role, "tag", tag.toLowerCase());
}

/** What it sends, and of which others it asks whether they have. */
function tiesByMessages(rule: ParsedRule): readonly Tie[] {
  const { file, conditions } = rule;
  const through = [...channelsOf(rule)].map((channel) => tie("writes", "message", `any through ${channel}`));
  const sent =
    through.length === 0 ? [] : [...through, tie("writes", "message", "any"), tie("writes", "message", file.rule)];
  const asked = conditions.flatMap(({ condition }) =>
    sendsOf(condition).flatMap(({ rule: of, channel }): readonly Tie[] => {
      if (of === "this" || of === file.rule) return [];
      return [tie("reads", "message", of ?? (channel === null ? "any" : `any through ${channel}`))];
    }),
  );
  const templates = [...templatesOf(rule)].map((name) => tie("shares", "template", name));
  return [...sent, ...asked, ...templates];
}

/** Whom it holds up and by whom it is held up, and whose holdout it shares. */
function tiesByClass({ file }: ParsedRule): readonly Tie[] {
  const holds = stepsOf(file).flatMap(({ step }): readonly Tie[] => {
    if (!("hold" in step)) return [];
    const { hold } = step;
    return "class" in hold
      ? [tie("writes", "hold", `all ${hold.class} rules`)]
      : hold.rules.map((name) => tie("writes", "hold", name));
  });
  const held = [tie("reads", "hold", file.rule), tie("reads", "hold", `all ${file.class} rules`)];
  return [...holds, ...held, ...(file.experiment === undefined ? [] : [tie("shares", "experiment", file.experiment)])];
}
