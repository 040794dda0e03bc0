import type { Difference } from "../plan.ts";
import type { LogRow } from "./log.ts";
import type { Names } from "./names.ts";

/** One send of one contact in both arms: by its rule, what started it, and its step. */
export interface Pair {
  readonly base: LogRow | null;
  readonly head: LogRow | null;
  /** What differs; nothing when both arms did the same. */
  readonly differences: readonly Difference[];
  /** Why the arm that did not send it did not. */
  readonly reason: string | null;
  /** One arm's run was still under way when the recording ended, so that nobody knows. */
  readonly open: boolean;
}

/** What one arm knows of one contact. */
interface Known {
  readonly sent: Map<string, LogRow>;
  /** Why messages were not sent, and runs ended or did not begin. */
  readonly reasons: Map<string, string>;
  readonly pending: Set<string>;
}

/** What both arms did to one contact, in the order in which base, then head, did it. */
export function pairUp(base: readonly LogRow[], head: readonly LogRow[], names: { base: Names; head: Names }): Pair[] {
  const [was, is] = [knownOf(base, names.base), knownOf(head, names.head)];
  const pairs: Pair[] = [];
  for (const [name, row] of was.sent) pairs.push(pairOf(name, row, is.sent.get(name) ?? null, is));
  for (const [name, row] of is.sent) if (!was.sent.has(name)) pairs.push(pairOf(name, null, row, was));
  return pairs;
}

function knownOf(rows: readonly LogRow[], names: Names): Known {
  const known: Known = { sent: new Map(), reasons: new Map(), pending: new Set() };
  for (const row of rows) {
    const rule = names.get(row.rule);
    const run = `${row.trigger} ${rule?.name ?? row.rule}`;
    const name = `${run} ${rule?.steps.get(row.step) ?? row.step}`;
    if (row.kind === "sent") known.sent.set(name, row);
    else if (row.kind === "refused") known.reasons.set(name, row.reason);
    else if (row.kind === "pending") known.pending.add(run);
    else known.reasons.set(run, row.reason);
  }
  return known;
}

function pairOf(name: string, base: LogRow | null, head: LogRow | null, other: Known): Pair {
  if (base !== null && head !== null) {
    return { base, head, differences: differencesOf(base, head), reason: null, open: false };
  }
  const run = name.slice(0, name.lastIndexOf(" "));
  const reason = other.reasons.get(name) ?? other.reasons.get(run) ?? null;
  if (reason === null && other.pending.has(run)) return { base, head, differences: [], reason, open: true };
  const [plain, reasoned]: readonly Difference[] =
    head === null ? ["removed", "newly_suppressed"] : ["added", "newly_released"];
  const difference = reason === null ? plain : reasoned;
  return { base, head, differences: difference === undefined ? [] : [difference], reason, open: false };
}

function differencesOf(base: LogRow, head: LogRow): readonly Difference[] {
  const found: Difference[] = [];
  const rerouted = base.channel !== head.channel || base.provider !== head.provider;
  if (base.at !== head.at) found.push("retimed");
  if (rerouted) found.push("rerouted");
  if (base.channel === head.channel && base.text !== head.text) found.push("recontent");
  return found;
}
