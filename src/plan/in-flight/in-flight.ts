import { isDeepStrictEqual } from "node:util";
import { cooldownKey } from "../../core/ending.ts";
import type { Contact, Enrollment } from "../../core/model/contact.ts";
import type { Rule, Rulebook } from "../../core/model/rulebook.ts";
import { nextSend } from "../../core/next-send.ts";
import type { InFlight, RuleChange } from "../plan.ts";
import type { Side } from "../side.ts";

/**
 * What becomes of runs that are under way when head is deployed at `now` (epoch milliseconds) where base runs: by the same
 * laws by which the core will treat them. One entry for each rule that is changed and has contacts in it, or some that may
 * start it again; in the order of the changes.
 */
export async function inFlight(
  base: Side,
  head: Side,
  changes: readonly RuleChange[],
  contacts: AsyncIterable<Contact>,
  now: number,
): Promise<readonly InFlight[]> {
  const passages = changes.flatMap((change) => passageOf(base, head, change) ?? []);
  const books = { base: base.compiled.rulebook, head: head.compiled.rulebook };
  const sums = new Map(passages.map((passage) => [passage, newSum()]));
  for await (const contact of contacts) {
    for (const [passage, sum] of sums) count(sum, passage, contact, books, now);
  }
  return [...sums].flatMap(([{ from, to, rule }, sum]): readonly InFlight[] => {
    const { due, ...counts } = sum;
    if (counts.finish + counts.migrate + counts.cancel + counts.eligibleAgain === 0) return [];
    const onChange = to === null || !to.enabled ? "cancel" : to.onChange;
    return [{ rule, onChange: from === null ? "finish" : onChange, ...counts, dueFrom: due.from, dueTo: due.to }];
  });
}

/** A rule on its way from base to head. */
interface Passage {
  /** As the change names it. */
  readonly rule: string;
  /** Ids that its runs may have. */
  readonly ids: ReadonlySet<string>;
  /** Null when head does not have it. */
  readonly to: Rule | null;
  /** Null when base does not have it: it may still take the place of another that goes away. */
  readonly from: Rule | null;
  /** Whether head can still compile it as it was in base: then runs may finish with that. */
  readonly isKept: boolean;
}

/** Null for a rule of which no contact can know, and for one whose runs cannot tell the difference. */
function passageOf(base: Side, head: Side, change: RuleChange): Passage | null {
  const { rule, previous, action, resembles } = change;
  const to = head.compiled.rulebook.rules.get(rule) ?? null;
  if (action === "create") {
    // It looks renamed, without saying so: whoever was in the other one may start this one.
    const other = resembles === null ? undefined : base.compiled.rulebook.rules.get(resembles);
    return other === undefined ? null : { rule, ids: new Set([other.id]), from: null, to, isKept: false };
  }
  const from = base.compiled.rulebook.rules.get(previous ?? rule) ?? null;
  if (from === null || (to !== null && to.digest === from.digest && to.enabled === from.enabled)) return null;
  const source = base.compiled.sources.get(from.id);
  const isKept = source !== undefined && head.compiled.recompile(source) !== null;
  return {
    rule,
    ids: new Set([from.id, rule, ...(from.movedFrom === null ? [] : [from.movedFrom])]),
    from,
    to,
    isKept,
  };
}

interface Sum {
  finish: number;
  migrate: number;
  cancel: number;
  pendingSends: number;
  eligibleAgain: number;
  readonly due: { from: number | null; to: number | null };
}

const newSum = (): Sum => ({
  finish: 0,
  migrate: 0,
  cancel: 0,
  pendingSends: 0,
  eligibleAgain: 0,
  due: { from: null, to: null },
});

interface Books {
  readonly base: Rulebook;
  readonly head: Rulebook;
}

function count(sum: Sum, passage: Passage, contact: Contact, books: Books, now: number): void {
  const runs = Object.values(contact.enrollments).filter(({ rule }) => passage.ids.has(rule));
  if (mayStartAgain(passage, contact, runs, now)) sum.eligibleAgain += 1;
  if (passage.from === null) return;
  for (const run of runs) {
    const fate = fateOf(passage, run);
    if (fate === null) continue;
    sum[fate] += 1;
    if (fate !== "finish" && nextChanges(passage, contact, run, books, now)) sum.pendingSends += 1;
    const due = fate === "cancel" ? null : dueAt(contact, run);
    if (due === null) continue;
    sum.due.from = Math.min(sum.due.from ?? due, due);
    sum.due.to = Math.max(sum.due.to ?? due, due);
  }
}

/** Whether the next message of a run will not be sent, or at another time; where that is open, whether it cannot be sent any more. */
function nextChanges({ from, to }: Passage, contact: Contact, run: Enrollment, books: Books, now: number): boolean {
  const next = (book: Rulebook, rule: Rule | null) =>
    rule === null ? null : nextSend(book, contact, { ...run, rule: rule.id, digest: rule.digest }, now);
  const before = next(books.base, from);
  const goesOn = to !== null && to.onChange !== "cancel" && to.steps.has(run.step);
  return before !== null && before !== (goesOn ? next(books.head, to) : null);
}

/** By the laws of `advance.ts`. Null when the run is on head's version already. */
function fateOf({ from, to, isKept }: Passage, run: Enrollment): "finish" | "migrate" | "cancel" | null {
  if (to?.enabled !== true) return "cancel";
  if (run.digest === to.digest) return null;
  if (to.onChange === "cancel") return "cancel";
  // Versions from before base are in the store alone, which keeps the newest ten.
  if (to.onChange === "finish" && (run.digest !== from?.digest || isKept)) return "finish";
  return to.steps.has(run.step) ? "migrate" : "cancel";
}

function dueAt({ intents }: Contact, { state }: Enrollment): number | null {
  if (state.kind !== "sending") return state.until;
  const intent = intents[state.intent];
  return intent?.state.kind === "deferred" ? intent.state.until : null;
}

/** Whether a trigger that would start nothing under base would start something under head. */
function mayStartAgain(
  { from, to, ids, rule }: Passage,
  contact: Contact,
  runs: readonly Enrollment[],
  now: number,
): boolean {
  if (to?.enabled !== true) return false;
  const cools = Object.entries(contact.cooldowns).some(
    ([key, until]) => until > now && [...ids].some((id) => key === id || key.startsWith(cooldownKey(id, ""))),
  );
  if (from === null) return cools || runs.length > 0;
  if (from.id !== rule && to.movedFrom !== from.id) return cools || runs.length > 0;
  const blocks = cools || (runs.length > 0 && from.reentry.policy === "ignore");
  if (!blocks) return false;
  if (!isDeepStrictEqual(from.reentry.key, to.reentry.key)) return true;
  return !cools && to.reentry.policy !== "ignore";
}
