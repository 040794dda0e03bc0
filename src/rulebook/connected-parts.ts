/**
 * The strongly connected parts of a graph: of two nodes of one part each can be come to from the other. Tarjan's
 * algorithm, without recursion, because chains of rules may be long. Parts and their nodes are in no particular order.
 */
export function connectedParts<Node>(
  nodes: readonly Node[],
  successors: (node: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const seen = new Map<Node, Visit<Node>>();
  const open: Node[] = [];
  const parts: (readonly Node[])[] = [];

  const enter = (node: Node): Visit<Node> => {
    const visit = { node, order: seen.size, lowest: seen.size, isOpen: true, next: 0, successors: successors(node) };
    seen.set(node, visit);
    open.push(node);
    return visit;
  };
  const leave = (visit: Visit<Node>, from: Visit<Node> | undefined): void => {
    if (from !== undefined) from.lowest = Math.min(from.lowest, visit.lowest);
    if (visit.lowest !== visit.order) return;
    const part = open.splice(open.lastIndexOf(visit.node));
    for (const node of part) {
      const closed = seen.get(node);
      if (closed !== undefined) closed.isOpen = false;
    }
    parts.push(part);
  };

  for (const start of nodes) {
    const way = seen.has(start) ? [] : [enter(start)];
    for (let visit = way.at(-1); visit !== undefined; visit = way.at(-1)) {
      const next = visit.successors[visit.next];
      visit.next += 1;
      if (next === undefined) {
        way.pop();
        leave(visit, way.at(-1));
        continue;
      }
      const known = seen.get(next);
      if (known === undefined) way.push(enter(next));
      else if (known.isOpen) visit.lowest = Math.min(visit.lowest, known.order);
    }
  }
  return parts;
}

interface Visit<Node> {
  readonly node: Node;
  /** When it was seen first. */
  readonly order: number;
  /** The earliest open node that can be come to from here. */
  lowest: number;
  isOpen: boolean;
  next: number;
  readonly successors: readonly Node[];
}
