import type { ParsedRule } from "./parsed-workspace.ts";

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
  readonly kind: "triggers" | "stops" | "sends";
}

/** Which events start and stop which rules, and the channels that those speak through, as text that others draw. */
export function drawGraph(rules: readonly ParsedRule[], format: GraphFormat): string {
  const graph = graphOf(rules.toSorted((a, b) => (a.file.rule < b.file.rule ? -1 : 1)));
  return format === "dot" ? dot(graph) : mermaid(graph);
}

function graphOf(rules: readonly ParsedRule[]): Graph {
  const starting = rules.flatMap(({ file }) => listOf(file.trigger.event));
  const stopping = rules.flatMap(({ file }) => (file.stop_on ?? []).flatMap(({ event }) => listOf(event)));
  const events = [...new Set([...starting, ...stopping])].toSorted();
  const channels = [...new Set(rules.flatMap(channelsOf))].toSorted();
  const edges = rules.flatMap((rule, index): readonly Edge[] => {
    const { trigger, stop_on: stops = [] } = rule.file;
    const at = `r${index}`;
    const stopped = new Set(stops.flatMap(({ event }) => listOf(event)));
    return [
      ...listOf(trigger.event).map((event): Edge => ({ from: `e${events.indexOf(event)}`, to: at, kind: "triggers" })),
      ...[...stopped].map((event): Edge => ({ from: `e${events.indexOf(event)}`, to: at, kind: "stops" })),
      ...channelsOf(rule).map((channel): Edge => ({ from: at, to: `c${channels.indexOf(channel)}`, kind: "sends" })),
    ];
  });
  return { events, rules, channels, edges };
}

function channelsOf({ file }: ParsedRule): readonly string[] {
  return [...new Set(file.actions.flatMap((step) => ("send" in step ? [step.send] : [])))];
}

function listOf(event: string | readonly string[]): readonly string[] {
  return typeof event === "string" ? [event] : event;
}

const arrows = { triggers: "-->", stops: "-. stops .->", sends: "==>" } as const;

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

const styles = { triggers: "", stops: ' [style=dashed, label="stops"]', sends: " [style=bold]" } as const;

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
