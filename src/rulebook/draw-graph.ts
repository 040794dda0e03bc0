import { type EventPlace, eventPlacesOf } from "./event-places.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import { stepsOf } from "./steps.ts";

export const graphFormats = ["mermaid", "dot"] as const;
export type GraphFormat = (typeof graphFormats)[number];

interface Graph {
  readonly events: readonly string[];
  readonly rules: readonly ParsedRule[];
  readonly channels: readonly string[];
  readonly edges: readonly Edge[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: "triggers" | "waits" | "stops" | "sends" | "emits";
}

/** Which events start and stop which rules, and the channels that those speak through, as text that others draw. */
export function drawGraph(rules: readonly ParsedRule[], format: GraphFormat): string {
  const graph = graphOf(rules.toSorted((a, b) => (a.file.rule < b.file.rule ? -1 : 1)));
  return format === "dot" ? dot(graph) : mermaid(graph);
}

function graphOf(rules: readonly ParsedRule[]): Graph {
  const said = rules.map((rule) => ({ events: eventsOf(rule), channels: channelsOf(rule) }));
  const events = [...new Set(said.flatMap((rule) => rule.events.map(({ type }) => type)))].toSorted();
  const channels = [...new Set(said.flatMap((rule) => rule.channels))].toSorted();
  const edges = said.flatMap((rule, index) => {
    const at = `r${index}`;
    const moved = rule.events.map(({ type, kind }): Edge => {
      const event = `e${events.indexOf(type)}`;
      return kind === "emits" ? { from: at, to: event, kind } : { from: event, to: at, kind };
    });
    return moved.concat(
      rule.channels.map((channel) => ({ from: at, to: `c${channels.indexOf(channel)}`, kind: "sends" })),
    );
  });
  return { events, rules, channels, edges };
}

const kinds = {
  trigger: "triggers",
  wait_for: "waits",
  stop_on: "stops",
  emit: "emits",
  goal: null,
  did: null,
} as const satisfies Record<EventPlace["role"], Edge["kind"] | null>;

/** The events that move a rule, and those it makes, tags included: each once for what it does. */
function eventsOf(rule: ParsedRule): readonly { readonly type: string; readonly kind: Edge["kind"] }[] {
  const named = eventPlacesOf(rule).flatMap(({ role, types }) => {
    const kind = kinds[role];
    return kind === null ? [] : types.map((type) => ({ type, kind }));
  });
  const tags = stepsOf(rule.file).flatMap(({ step }): typeof named => {
    if ("tag" in step) return [{ type: "contact.tagged", kind: "emits" }];
    return "untag" in step ? [{ type: "contact.untagged", kind: "emits" }] : [];
  });
  return [...new Map([...named, ...tags].map((event) => [`${event.kind} ${event.type}`, event])).values()];
}

function channelsOf({ file }: ParsedRule): readonly string[] {
  return [...new Set(stepsOf(file).flatMap(({ step }) => ("send" in step ? listOf(step.send) : [])))];
}

function listOf(event: string | readonly string[]): readonly string[] {
  return typeof event === "string" ? [event] : event;
}

const arrows = {
  triggers: "-->",
  waits: "-. waited for .->",
  stops: "-. stops .->",
  sends: "==>",
  emits: "-->",
} as const;

function mermaid({ events, rules, channels, edges }: Graph): string {
  const quoted = (text: string): string =>
    `"${text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll("\n", " ")}"`;
  return [
    "flowchart LR",
    ...events.map((event, index) => `  e${index}([${quoted(event)}])`),
    ...rules.map(
      ({ file }, index) => `  r${index}[${quoted(file.enabled === false ? `${file.rule} (disabled)` : file.rule)}]`,
    ),
    ...channels.map((channel, index) => `  c${index}[/${quoted(channel)}/]`),
    ...edges.map(({ from, to, kind }) => `  ${from} ${arrows[kind]} ${to}`),
    "",
  ].join("\n");
}

const styles = {
  triggers: "",
  waits: ' [style=dashed, label="waited for"]',
  stops: ' [style=dashed, label="stops"]',
  sends: " [style=bold]",
  emits: "",
} as const;

function dot({ events, rules, channels, edges }: Graph): string {
  const quoted = (text: string): string =>
    `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ")}"`;
  return [
    "digraph heed {",
    "  rankdir=LR;",
    ...events.map((event, index) => `  e${index} [shape=oval, label=${quoted(event)}];`),
    ...rules.map(({ file }, index) => {
      const style = file.enabled === false ? ", style=dotted" : "";
      return `  r${index} [shape=box${style}, label=${quoted(file.rule)}];`;
    }),
    ...channels.map((channel, index) => `  c${index} [shape=parallelogram, label=${quoted(channel)}];`),
    ...edges.map(({ from, to, kind }) => `  ${from} -> ${to}${styles[kind]};`),
    "}",
    "",
  ].join("\n");
}
