import type { Contact, Enrollment, Intent } from "./model/contact.ts";
import type { Answer, Effect, LedgerRecord, Question } from "./model/decision.ts";
import type { ConditionTree, Facts } from "./model/facts.ts";
import type { Rulebook, Workspace } from "./model/rulebook.ts";
import { isTimeZone } from "./time/instant.ts";

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
}

/** A piece of a decision that may need answers from outside. */
export type Asking<T> = Generator<Question, T, Answer>;

export function startRun(rulebook: Rulebook, contact: Contact, now: number): Run {
  return { rulebook, now, contact, effects: [], records: [], questions: 0 };
}

export function change(run: Run, fields: Partial<Contact>): void {
  run.contact = { ...run.contact, ...fields };
}

export function record(run: Run, entry: Omit<LedgerRecord, "at">): void {
  run.records.push({ at: run.now, ...entry });
}

export function putEnrollment(run: Run, enrollment: Enrollment): void {
  change(run, { enrollments: { ...run.contact.enrollments, [enrollment.id]: enrollment } });
}

export function putIntent(run: Run, intent: Intent): void {
  change(run, { intents: { ...run.contact.intents, [intent.id]: { ...intent, changedAt: run.now } } });
}

export function* askCondition(run: Run, tree: ConditionTree, facts: Facts): Asking<boolean> {
  const answer = yield { kind: "condition", id: nextId(run, "condition"), tree, facts };
  return answer.kind === "condition" ? answer.holds : mismatched("condition", answer);
}

/** The rendered text, or null when the template could not be rendered. */
export function* askRender(run: Run, template: string, facts: Facts): Asking<string | null> {
  const answer = yield { kind: "render", id: nextId(run, "render"), template, facts };
  return answer.kind === "render" ? answer.text : mismatched("render", answer);
}

export function* askSuppressed(run: Run, addressKey: string): Asking<boolean> {
  const answer = yield { kind: "suppressed", id: nextId(run, "suppressed"), addressKey };
  return answer.kind === "suppressed" ? answer.suppressed : mismatched("suppressed", answer);
}

function nextId(run: Run, kind: string): string {
  run.questions += 1;
  return `${run.questions}.${kind}`;
}

function mismatched(asked: string, answer: Answer): never {
  throw new TypeError(`expected an answer of kind "${asked}", got one of kind "${answer.kind}"`);
}

/** The contact's own zone, else the workspace's. */
export function zoneOf(contact: Contact, workspace: Workspace): string {
  const own = contact.attributes["time_zone"];
  return typeof own === "string" && isTimeZone(own) ? own : workspace.timeZone;
}
