import { html, type Html } from "./html.ts";
import { END, type FlowEdge, type FlowNode, type RuleFlow } from "./rule-flow.ts";

const WIDTH = 320;
const LEFT = 4;
const GAP = 30;
const LINE = 16;
/** Between a node and the first lane of ways that do not lead to the next node: room for what they are taken for. */
const LABELS = 110;
const LANE = 12;
const MOST_TEXT = 46;

interface Placed {
  readonly node: FlowNode;
  readonly index: number;
  readonly y: number;
  readonly height: number;
  /** Ways that lead elsewhere than to the next node. */
  readonly jumps: readonly FlowEdge[];
}

/** One column from the trigger to the end, with the ways that leave it at its right; the same in words below it. */
export function drawFlow({ nodes, edges }: RuleFlow, name: string): Html {
  const placed = place(nodes, edges);
  const byId = new Map(placed.map((each) => [each.node.id, each]));
  const ways = placed.flatMap((from) =>
    from.jumps.flatMap(({ to, label }, turn) => {
      const target = byId.get(to);
      return target === undefined ? [] : [{ from: from.y + 12 + turn * LINE, to: target.y + target.height / 2, label }];
    }),
  );
  const lanes = laneOf(ways);
  const width = LEFT + WIDTH + (ways.length === 0 ? 4 : LABELS + (Math.max(0, ...lanes) + 2) * LANE);
  const last = placed.at(-1);
  const height = (last?.y ?? 0) + (last?.height ?? 0) + 4;
  return html`<figure>
    <svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="flow-title">
      <title id="flow-title">The steps of ${name}, as a drawing; the same is in words below</title>
      ${placed.map((each) => downward(each, placed[each.index + 1], edges))}
      ${ways.map((way, index) => aside(way, LEFT + WIDTH + LABELS + (lanes[index] ?? 0) * LANE))} ${placed.map(box)}
    </svg>
    <details>
      <summary>The steps in words</summary>
      <ol>
        ${nodes.map((node) => html`<li>${sentence(node, nodes, edges)}</li>`)}
      </ol>
    </details>
  </figure>`;
}

function place(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): readonly Placed[] {
  let y = 4;
  return nodes.map((node, index): Placed => {
    const jumps = edges.filter(({ from, to }) => from === node.id && to !== nodes[index + 1]?.id);
    const height = Math.max(32, 14 + jumps.length * LINE);
    const at = y;
    y += height + GAP;
    return { node, index, y: at, height, jumps };
  });
}

interface Way {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** Each way gets the leftmost lane in which no other one passes; short ones first, so that long ones go around them. */
function laneOf(ways: readonly Way[]): readonly number[] {
  const taken: [top: number, bottom: number][][] = [];
  const lanes = ways.map(() => 0);
  const order = ways.map((way, index) => ({
    index,
    top: Math.min(way.from, way.to),
    bottom: Math.max(way.from, way.to),
  }));
  for (const { index, top, bottom } of order.toSorted((a, b) => a.bottom - a.top - (b.bottom - b.top))) {
    let lane = 0;
    while (taken[lane]?.some(([from, to]) => top < to && bottom > from) === true) lane += 1;
    (taken[lane] ??= []).push([top, bottom]);
    lanes[index] = lane;
  }
  return lanes;
}

function box({ node, y, height }: Placed): Html {
  const text = node.text.length > MOST_TEXT ? `${node.text.slice(0, MOST_TEXT - 1)}…` : node.text;
  const look = node.kind === "speaks" ? "node speaks" : "node";
  const round = node.kind === "start" || node.kind === "end" ? 14 : 3;
  return html`<g>
    <title>${node.text}</title>
    <rect class="${look}" x="${LEFT}" y="${y}" width="${WIDTH}" height="${height}" rx="${round}" />
    <text x="${LEFT + 10}" y="${y + 21}">${text}</text>
  </g>`;
}

function downward({ node, y, height }: Placed, next: Placed | undefined, edges: readonly FlowEdge[]): Html | null {
  if (next === undefined) return null;
  const straight = edges.filter(({ from, to }) => from === node.id && to === next.node.id);
  if (straight.length === 0) return null;
  const [x, top] = [LEFT + 24, y + height];
  const label = straight
    .map((edge) => edge.label)
    .filter((each) => each !== "")
    .join(", ");
  return html`<g>
    <path class="edge" d="M${x} ${top}V${next.y - 6}" />
    <path class="tip" d="M${x - 4} ${next.y - 7}h8l-4 7z" />
    <text class="aside" x="${x + 8}" y="${top + 18}">${label}</text>
  </g>`;
}

function aside({ from, to, label }: Way, lane: number): Html {
  const x = LEFT + WIDTH;
  return html`<g>
    <path class="edge" d="M${x} ${from}H${lane}V${to}H${x + 6}" />
    <path class="tip" d="M${x + 7} ${to - 4}v8l-7 -4z" />
    <text class="aside" x="${x + 10}" y="${from - 3}">${label}</text>
  </g>`;
}

function sentence(node: FlowNode, nodes: readonly FlowNode[], edges: readonly FlowEdge[]): string {
  const ways = edges.filter(({ from }) => from === node.id);
  const told = ways.map(({ to, label }) => {
    const index = nodes.findIndex(({ id }) => id === to);
    const where = to === END ? "the end" : `${index + 1}`;
    return label === "" ? `then ${where}` : `${label}: ${where}`;
  });
  return told.length === 0 ? `${node.text}.` : `${node.text}; ${told.join("; ")}.`;
}
