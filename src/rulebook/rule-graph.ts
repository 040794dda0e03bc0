import { type Condition, sendsOf } from "../conditions/condition.ts";
import { type EventPlace, eventPlacesOf } from "./event-places.ts";
import { literalOf } from "./made-events.ts";
import { conditionAt, type ParsedRule } from "./parsed-workspace.ts";
import { stepsOf } from "./steps.ts";

/** Which events move which rules, what those do, and how rules wait for each other. */
export interface RuleGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly id: string;
  readonly kind: "event" | "rule" | "disabled" | "class" | "channel";
  readonly label: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "triggers" | "waits" | "stops" | "sends" | "emits" | "holds" | "asks";
}

/** An edge by the names of what it joins, which tell nodes of all kinds apart. */
interface Link {
  readonly from: Name;
  readonly to: Name;
  readonly kind: GraphEdge["kind"];
}

interface Name {
  readonly kind: "event" | "rule" | "class" | "channel";
  readonly label: string;
}

/** Nodes of each kind in order of their labels, so that the same rules give the same graph. */
export function ruleGraph(rules: readonly ParsedRule[]): RuleGraph {
  const sorted = rules.toSorted((a, b) => (a.file.rule < b.file.rule ? -1 : 1));
  const known = new Set(sorted.map(({ file }) => file.rule));
  const made = new Set(sorted.flatMap((rule) => madeBy(rule).map(({ label }) => label)));
  const links = sorted.flatMap((rule) => [
    ...movedBy(rule, made),
    ...madeBy(rule).map((to): Link => ({ from: named(rule), to, kind: "emits" })),
    ...channelsOf(rule).map((to): Link => ({ from: named(rule), to, kind: "sends" })),
    ...heldBy(rule).map((to): Link => ({ from: named(rule), to, kind: "holds" })),
    ...askedBy(rule).map((from): Link => ({ from, to: named(rule), kind: "asks" })),
  ]);
  const joined = links.filter(({ from, to }) =>
    [from, to].every(({ kind, label }) => kind !== "rule" || known.has(label)),
  );
  const ids = new Map<string, string>();
  const disabled = new Set(sorted.filter(({ file }) => file.enabled === false).map(({ file }) => file.rule));
  const nodes = (["event", "rule", "class", "channel"] as const).flatMap((kind) => {
    const labels = new Set(
      joined.flatMap(({ from, to }) => [from, to]).flatMap((name) => (name.kind === kind ? [name.label] : [])),
    );
    const all = kind === "rule" ? [...known] : [...labels].toSorted();
    return all.map((label, index): GraphNode => {
      const id = `${letters[kind]}${index}`;
      ids.set(keyOf({ kind, label }), id);
      return { id, kind: kind === "rule" && disabled.has(label) ? "disabled" : kind, label };
    });
  });
  const idOf = (name: Name): string => ids.get(keyOf(name)) ?? "";
  const edges = joined.map(({ from, to, kind }): GraphEdge => ({ from: idOf(from), to: idOf(to), kind }));
  return { nodes, edges: [...new Map(edges.map((edge) => [`${edge.from} ${edge.kind} ${edge.to}`, edge])).values()] };
}

const letters = { event: "e", rule: "r", class: "k", channel: "c" } as const;

function keyOf({ kind, label }: Name): string {
  return `${kind} ${label}`;
}

function named({ file }: ParsedRule): Name {
  return { kind: "rule", label: file.rule };
}

const moves = {
  trigger: "triggers",
  wait_for: "waits",
  stop_on: "stops",
  emit: null,
  goal: null,
  did: null,
} as const satisfies Record<EventPlace["role"], GraphEdge["kind"] | null>;

/** The events that move a rule. Each tag is an event of its own; a rule that hears of any is moved by all that are made. */
function movedBy(rule: ParsedRule, made: ReadonlySet<string>): readonly Link[] {
  return eventPlacesOf(rule).flatMap((place) => {
    const kind = moves[place.role];
    if (kind === null) return [];
    const condition = place.where === null ? null : conditionAt(rule, place.where);
    return place.types.flatMap((type) =>
      heard(type, condition, made).map((label): Link => ({ from: { kind: "event", label }, to: named(rule), kind })),
    );
  });
}

const tagEvents: ReadonlySet<string> = new Set(["contact.tagged", "contact.untagged"]);

function heard(type: string, condition: Condition | null, made: ReadonlySet<string>): readonly string[] {
  if (!tagEvents.has(type)) return [type];
  const tags = condition === null ? null : tagsIn(condition);
  if (tags === null) return [type, ...[...made].filter((label) => label.startsWith(`${type}: `))];
  // A tag that is made of a text may be this one.
  return [...tags.map((tag) => tagEvent(type, tag)), ...(made.has(type) ? [type] : [])];
}

function tagEvent(type: string, tag: string): string {
  return `${type}: ${tag}`;
}

/** The tags of which one must be meant for the condition to hold, or null when it may be any. */
function tagsIn(condition: Condition): readonly string[] | null {
  switch (condition.kind) {
    case "test":
      if (condition.path.join(".") !== "event.data.tag") return null;
      if (condition.operator !== "is" && condition.operator !== "in") return null;
      return (typeof condition.operand === "object" ? condition.operand : [condition.operand]).map(String);
    case "all":
      return condition.of.map(tagsIn).find((tags) => tags !== null) ?? null;
    case "any": {
      const tags = condition.of.map(tagsIn);
      return tags.every((each) => each !== null) ? tags.flat() : null;
    }
    default:
      return null;
  }
}

/** The events that a rule itself makes, tags included. */
function madeBy({ file }: ParsedRule): readonly Name[] {
  return stepsOf(file).flatMap(({ step }): readonly Name[] => {
    if ("emit" in step) return [{ kind: "event", label: step.emit.event }];
    if ("tag" in step) return [{ kind: "event", label: labelOf("contact.tagged", step.tag) }];
    return "untag" in step ? [{ kind: "event", label: labelOf("contact.untagged", step.untag) }] : [];
  });
}

function labelOf(type: string, tag: string): string {
  return literalOf(tag) === null ? type : tagEvent(type, tag);
}

function channelsOf({ file }: ParsedRule): readonly Name[] {
  return stepsOf(file).flatMap(({ step }) =>
    "send" in step ? [step.send].flat().map((label): Name => ({ kind: "channel", label })) : [],
  );
}

/** What a rule lets wait: other rules, or all of a class. */
function heldBy({ file }: ParsedRule): readonly Name[] {
  return stepsOf(file).flatMap(({ step }): readonly Name[] => {
    if (!("hold" in step)) return [];
    if ("class" in step.hold) return [{ kind: "class", label: `all ${step.hold.class} rules` }];
    return step.hold.rules.map((label) => ({ kind: "rule", label }));
  });
}

/** The other rules of which a rule asks whether they have sent. */
function askedBy({ conditions, file }: ParsedRule): readonly Name[] {
  return conditions.flatMap(({ condition }) =>
    sendsOf(condition).flatMap(({ rule }): readonly Name[] =>
      rule === null || rule === "this" || rule === file.rule ? [] : [{ kind: "rule", label: rule }],
    ),
  );
}
