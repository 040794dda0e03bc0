import type { Facts } from "../../core/model/facts.ts";
import type { Json } from "../../core/model/json.ts";
import { nominalMs } from "../../core/time/duration.ts";
import { compilePredicate } from "../compile-predicate.ts";
import type { Condition } from "../condition.ts";
import { historyKey } from "../lower.ts";
import type { Answer } from "./history-atoms.ts";
import { not } from "./parts.ts";
import { satisfiable } from "./satisfiable.ts";
import { anything, type TypeOf } from "./value-type.ts";

/** What a new condition lets through, measured by the old one. */
export interface Compared {
  /** Proven, but for `unknown`: too large to decide, or beyond what is reasoned about. */
  readonly kind: "broader" | "narrower" | "disjoint" | "overlapping" | "equal" | "unknown";
  /** Who is let through by one of the two only, tried out; by the new one, where such a person was found. */
  readonly witness: Difference | null;
}

export interface Difference {
  readonly holds: "before" | "after";
  /** With the history that answers `did` and `was_sent`. */
  readonly facts: Facts;
  /** What the past must have been. */
  readonly history: readonly Answer[];
}

/** Of facts that keep to the types. Each direction is searched for somebody, and proven to have nobody. */
export function compareConditions(before: Condition, after: Condition, typeOf: TypeOf = () => anything): Compared {
  const gained = find([after, not(before)], typeOf);
  const lost = find([before, not(after)], typeOf);
  const witness = witnessOf(gained, "after") ?? witnessOf(lost, "before");
  return { kind: kindOf(gained.kind, lost.kind, () => find([before, after], typeOf).kind), witness };
}

function kindOf(gained: Search["kind"], lost: Search["kind"], kept: () => Search["kind"]): Compared["kind"] {
  if (gained === "unknown" || lost === "unknown") return "unknown";
  if (gained === "nobody") return lost === "nobody" ? "equal" : "narrower";
  if (lost === "nobody") return "broader";
  return ({ nobody: "disjoint", somebody: "overlapping", unknown: "unknown" } as const)[kept()];
}

type Search =
  | { readonly kind: "somebody"; readonly facts: Facts; readonly history: readonly Answer[] }
  | { readonly kind: "nobody" }
  | { readonly kind: "unknown" };

/** Somebody for whom all of these hold, as the engine itself judges. */
function find(of: readonly Condition[], typeOf: TypeOf): Search {
  const condition: Condition = { kind: "all", of };
  const found = satisfiable(condition, typeOf);
  if (found.kind === "no") return { kind: "nobody" };
  if (found.kind === "unknown") return { kind: "unknown" };
  const { facts, history } = found.witness;
  const withPast: Facts = history.length === 0 ? facts : { ...facts, history: pastOf(history, facts) };
  if (!compilePredicate(condition)(withPast)) return { kind: "unknown" };
  return { kind: "somebody", facts: withPast, history };
}

function witnessOf(found: Search, holds: Difference["holds"]): Difference | null {
  return found.kind === "somebody" ? { holds, facts: found.facts, history: found.history } : null;
}

const minute = 60_000;

/**
 * A past with what was asked for and no more, each as long ago as it may be, so that questions about shorter times are
 * answered no.
 */
function pastOf(history: readonly Answer[], facts: Facts): Json {
  const now = typeof facts["now"] === "number" ? facts["now"] : 0;
  const did = new Map<string, number[]>();
  const sent: Json[] = [];
  const yes = history.flatMap(({ asked, holds }) => (holds ? [asked] : []));
  for (const asked of yes.toSorted((a, b) => nominalMs(a.within) - nominalMs(b.within))) {
    const length = nominalMs(asked.within);
    const at = now - length + Math.min(minute, length / 2);
    if (asked.kind === "did") {
      const times = did.get(historyKey(asked)) ?? [];
      for (let missing = asked.atLeast - times.length; missing > 0; missing -= 1) times.push(at);
      did.set(historyKey(asked), times);
    } else {
      sent.push({ channel: asked.channel ?? "another", rule: asked.rule ?? "another", at });
    }
  }
  return { did: Object.fromEntries(did), sent };
}
