import type { Contact, Enrollment, Intent } from "./model/contact.ts";
import type { Answer, Draw, Effect, LedgerRecord, LookedUp, Pause, Question, RefusedDraw } from "./model/decision.ts";
import type { ConditionTree, Facts } from "./model/facts.ts";
import type { JsonObject } from "./model/json.ts";
import type { Rulebook } from "./model/rulebook.ts";
import type { SeenTest } from "./model/trail.ts";

/**
 * One decision in the making. The contact is replaced, never changed; effects and records pile up; questions are
 * yielded. A run that is started again with more answers takes the same path up to its first open question.
 */
export interface Run {
  readonly rulebook: Rulebook;
  readonly now: number;
  contact: Contact;
  readonly effects: Effect[];
  readonly records: LedgerRecord[];
  questions: number;
  /** What was looked up already, by what was asked: one decision is one moment, and asks once. */
  readonly lookedUp: Map<string, LookedUp>;
  /** Whether the decision may wait for look-ups. What must be written down at once, such as an opt-out or what came of a call, may not. */
  mayWait: boolean;
  /** Enrollments whose step needs a look-up while the decision may not wait: they stay due, and a wake-up takes the step. */
  readonly left: Set<string>;
  /** Enrollments that follow rules which have not come here yet: whatever is due of them, nothing may be done here. */
  readonly ahead: Set<string>;
}

/** A piece of a decision that may need answers from outside. */
export type Asking<T> = Generator<Question, T, Answer>;

export function startRun(rulebook: Rulebook, contact: Contact, now: number): Run {
  return {
    rulebook,
    now,
    contact,
    effects: [],
    records: [],
    questions: 0,
    lookedUp: new Map(),
    mayWait: false,
    left: new Set(),
    ahead: new Set(),
  };
}

export function change(run: Run, fields: Partial<Contact>): void {
  run.contact = { ...run.contact, ...fields };
}

export function record(run: Run, entry: Omit<LedgerRecord, "at" | "rulebook">): void {
  run.records.push({ at: run.now, rulebook: run.rulebook.digest.slice(0, 12), ...entry });
}

export function putEnrollment(run: Run, enrollment: Enrollment): void {
  change(run, { enrollments: { ...run.contact.enrollments, [enrollment.id]: enrollment } });
}

export function putIntent(run: Run, intent: Intent): void {
  change(run, { intents: { ...run.contact.intents, [intent.id]: { ...intent, changedAt: run.now } } });
}

/** The verdict, and what made it, for the account; or what it hinges on. */
export function* askCondition(
  run: Run,
  tree: ConditionTree,
  facts: Facts,
): Asking<Verdict | { readonly needs: string } | { readonly unseen: JsonObject }> {
  const answer = yield { kind: "condition", id: nextId(run, "condition"), tree, facts };
  if (answer.kind !== "condition") return mismatched("condition", answer);
  return "needs" in answer || "unseen" in answer ? answer : { holds: answer.holds, tests: answer.saw ?? [] };
}

export function* askLookup(run: Run, name: string, texts: Readonly<Record<string, string>>): Asking<LookedUp> {
  const answer = yield { kind: "lookup", id: nextId(run, "lookup"), name, texts };
  return answer.kind === "lookup" ? answer.found : mismatched("lookup", answer);
}

export interface Verdict {
  readonly holds: boolean;
  readonly tests: readonly SeenTest[];
}

/** The rendered text, or null when the template could not be rendered. */
export function* askRender(run: Run, template: string, facts: Facts): Asking<string | null> {
  return (yield* askRendering(run, template, facts)).text;
}

/** The same, with why there is no text. */
export function* askRendering(
  run: Run,
  template: string,
  facts: Facts,
): Asking<{ readonly text: string | null; readonly failed?: string }> {
  const answer = yield { kind: "render", id: nextId(run, "render"), template, facts };
  return answer.kind === "render" ? answer : mismatched("render", answer);
}

export function* askSuppressed(run: Run, addressKey: string): Asking<boolean> {
  const answer = yield { kind: "suppressed", id: nextId(run, "suppressed"), addressKey };
  return answer.kind === "suppressed" ? answer.suppressed : mismatched("suppressed", answer);
}

export function* askPaused(run: Run, rule: string, channel: string): Asking<Pause | null> {
  const answer = yield { kind: "paused", id: nextId(run, "paused"), rule, channel };
  return answer.kind === "paused" ? answer.pause : mismatched("paused", answer);
}

export function* askOutdated(run: Run): Asking<boolean> {
  const answer = yield { kind: "outdated", id: nextId(run, "outdated") };
  return answer.kind === "outdated" ? answer.outdated : mismatched("outdated", answer);
}

/** Whether the account of this contact knows that the input was decided at `since` or later. */
export function* askDecided(
  run: Run,
  asked: Pick<Extract<Question, { kind: "decided" }>, "input" | "event" | "since">,
): Asking<boolean> {
  const answer = yield { kind: "decided", id: nextId(run, "decided"), key: run.contact.key, ...asked };
  return answer.kind === "decided" ? answer.decided : mismatched("decided", answer);
}

/** Null when all were granted. */
export function* askDraw(run: Run, draws: readonly Draw[]): Asking<RefusedDraw | null> {
  const answer = yield { kind: "draw", id: nextId(run, "draw"), draws };
  return answer.kind === "draw" ? answer.refused : mismatched("draw", answer);
}

function nextId(run: Run, kind: string): string {
  run.questions += 1;
  return `${run.questions}.${kind}`;
}

function mismatched(asked: string, answer: Answer): never {
  throw new TypeError(`expected an answer of kind "${asked}", got one of kind "${answer.kind}"`);
}
