import type { ParsedRule } from "./parsed-workspace.ts";
import { type GraphEdge, type GraphNode, ruleGraph, type RuleGraph } from "./rule-graph.ts";

export const graphFormats = ["mermaid", "dot"] as const;
export type GraphFormat = (typeof graphFormats)[number];

/**
 * Which events start and stop which rules, the channels that those speak through, and the rules that they hold or ask
 * about, as text that others draw.
 */
export function drawGraph(rules: readonly ParsedRule[], format: GraphFormat): string {
  const graph = ruleGraph(rules);
  return format === "dot" ? dot(graph) : mermaid(graph);
}

const arrows: Readonly<Record<GraphEdge["kind"], string>> = {
  triggers: "-->",
  waits: "-. waited for .->",
  stops: "-. stops .->",
  sends: "==>",
  emits: "-->",
  holds: "-. holds .->",
  asks: "-. asked whether it sent .->",
};

const frames: Readonly<Record<GraphNode["kind"], readonly [string, string]>> = {
  event: ["([", "])"],
  rule: ["[", "]"],
  disabled: ["[", "]"],
  class: ["[[", "]]"],
  channel: ["[/", "/]"],
};

function mermaid({ nodes, edges }: RuleGraph): string {
  const quoted = (text: string): string =>
    `"${text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll("\n", " ")}"`;
  return [
    "flowchart LR",
    ...nodes.map(({ id, kind, label }) => {
      const [open, close] = frames[kind];
      return `  ${id}${open}${quoted(kind === "disabled" ? `${label} (disabled)` : label)}${close}`;
    }),
    ...edges.map(({ from, to, kind }) => `  ${from} ${arrows[kind]} ${to}`),
    "",
  ].join("\n");
}

const styles: Readonly<Record<GraphEdge["kind"], string>> = {
  triggers: "",
  waits: ' [style=dashed, label="waited for"]',
  stops: ' [style=dashed, label="stops"]',
  sends: " [style=bold]",
  emits: "",
  holds: ' [style=dashed, label="holds"]',
  asks: ' [style=dashed, label="asked whether it sent"]',
};

const shapes: Readonly<Record<GraphNode["kind"], string>> = {
  event: "oval",
  rule: "box",
  disabled: "box, style=dotted",
  class: "folder",
  channel: "parallelogram",
};

function dot({ nodes, edges }: RuleGraph): string {
  const quoted = (text: string): string =>
    `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ")}"`;
  return [
    "digraph heed {",
    "  rankdir=LR;",
    ...nodes.map(({ id, kind, label }) => `  ${id} [shape=${shapes[kind]}, label=${quoted(label)}];`),
    ...edges.map(({ from, to, kind }) => `  ${from} -> ${to}${styles[kind]};`),
    "}",
    "",
  ].join("\n");
}
