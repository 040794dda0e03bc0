import type { Enrollment, Hold } from "./model/contact.ts";
import { type Rule, type Rulebook, versionKey } from "./model/rulebook.ts";
import { type Asking, askOutdated, change, type Run } from "./run.ts";

/**
 * The version of its rule that an enrollment follows: the newest, unless that lets enrollments finish with the one they
 * began with and it is still known. Undefined when the rule is gone.
 */
export function ruleOf(
  { rulebook }: Pick<Run, "rulebook">,
  { rule, digest }: Pick<Enrollment, "rule" | "digest">,
): Rule | undefined {
  const newest = rulebook.rules.get(rule);
  if (newest === undefined || newest.digest === digest || newest.onChange !== "finish") return newest;
  return rulebook.former.get(versionKey(rule, digest)) ?? newest;
}

/** Whether an enrollment ends because its rule has changed: the newest version says so, or a person did of the one it began with. */
export function isEndedByChange({ rulebook }: Pick<Run, "rulebook">, enrollment: Enrollment, newest: Rule): boolean {
  if (enrollment.digest === newest.digest) return false;
  return newest.onChange === "cancel" || rulebook.ended?.has(versionKey(enrollment.rule, enrollment.digest)) === true;
}

/**
 * When somebody with older rules than an enrollment's looks at it again, should nobody with newer ones have done so. Of a
 * step each time leaves a line, of a message the first.
 */
export const OUTDATED_MS = { message: 10_000, step: 60_000 } as const;

/**
 * Whether an enrollment follows rules that were deployed elsewhere and have not come here yet, as happens while a new
 * version is rolled out from process to process: here nothing may be done with it but wait.
 */
export function* isAhead(run: Run, { rule, digest }: Pick<Enrollment, "rule" | "digest">): Asking<boolean> {
  const newest = run.rulebook.rules.get(rule);
  const isKnown = newest?.enabled === true && newest.digest === digest;
  return !isKnown && !run.rulebook.former.has(versionKey(rule, digest)) && (yield* askOutdated(run));
}

/** The id under which a rule began: what is remembered by rule outlives its renaming. */
export function originOf(rule: Rule): string {
  return rule.movedFrom ?? rule.id;
}

const renamings = new WeakMap<Rulebook, ReadonlyMap<string, string>>();

/** New ids by old ones, of rules that continue others which are gone. */
function renamed(rulebook: Rulebook): ReadonlyMap<string, string> {
  const known = renamings.get(rulebook);
  if (known !== undefined) return known;
  const renaming = new Map<string, string>();
  for (const { id, movedFrom } of rulebook.rules.values()) {
    if (movedFrom !== null && !rulebook.rules.has(movedFrom)) renaming.set(movedFrom, id);
  }
  renamings.set(rulebook, renaming);
  return renaming;
}

/** Gives what this contact's document knows under a rule's old id its new one. */
export function adoptNewIds(run: Run): void {
  const renaming = renamed(run.rulebook);
  if (renaming.size === 0) return;
  const { enrollments, intents, taken, goals, holds, cooldowns } = run.contact;
  const now = (id: string): string => renaming.get(id) ?? id;
  const renew = <T extends { readonly rule: string }>(entry: T): T =>
    renaming.has(entry.rule) ? { ...entry, rule: now(entry.rule) } : entry;
  change(run, {
    enrollments: mapValues(enrollments, renew),
    intents: mapValues(intents, renew),
    goals: mapValues(goals, renew),
    taken: taken.map(renew),
    holds: holds.map((hold) => renewedHold(hold, now)),
    cooldowns: Object.fromEntries(Object.entries(cooldowns).map(([key, until]) => [renewedKey(key, now), until])),
  });
}

function renewedHold({ rule, rules, ...hold }: Hold, now: (id: string) => string): Hold {
  return { ...hold, ...(rule !== undefined && { rule: now(rule) }), rules: rules?.map(now) ?? null };
}

/** See `cooldownKey`. */
function renewedKey(key: string, now: (rule: string) => string): string {
  const [rule = "", ...rest] = key.split(" ");
  return [now(rule), ...rest].join(" ");
}

function mapValues<T>(entries: Readonly<Record<string, T>>, map: (entry: T) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, map(entry)]));
}
