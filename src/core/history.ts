import { factsOfEvent } from "./facts-of.ts";
import { matches } from "./matching.ts";
import type { CanonicalEvent } from "./model/event.ts";
import type { HistoryQuestion, Rulebook } from "./model/rulebook.ts";
import { change, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

const byType = new WeakMap<Rulebook, ReadonlyMap<string, readonly (readonly [string, HistoryQuestion])[]>>();

/** What `did` asks about each type of event, so that an event costs nothing that no condition asks for. */
function questionsAbout(rulebook: Rulebook, type: string): readonly (readonly [string, HistoryQuestion])[] {
  let index = byType.get(rulebook);
  if (index === undefined) {
    const built = new Map<string, (readonly [string, HistoryQuestion])[]>();
    for (const entry of rulebook.history) {
      for (const event of entry[1].match.events) built.set(event, [...(built.get(event) ?? []), entry]);
    }
    byType.set(rulebook, built);
    index = built;
  }
  return index.get(type) ?? [];
}

/** Writes down when this happened, for every deployed condition that asks whether it did. */
export function learnHistory(run: Run, event: CanonicalEvent): void {
  const questions = questionsAbout(run.rulebook, event.event_type);
  if (questions.length === 0) return;
  const facts = factsOfEvent(run.contact, run.rulebook.workspace, event, event, run.now);
  const at = happenedAt(event, run.now);
  const learned: Record<string, readonly number[]> = {};
  for (const [key, { match, atLeast }] of questions) {
    if (!matches(match, event, facts)) continue;
    // The newest are all that a question of "at least so often" can need.
    const times = [...(run.contact.history[key] ?? []), at].sort((a, b) => a - b);
    learned[key] = times.slice(-atLeast);
  }
  change(run, { history: { ...run.contact.history, ...learned } });
}
