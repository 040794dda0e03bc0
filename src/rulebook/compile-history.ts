import { historyOf } from "../conditions/condition.ts";
import { historyKey } from "../conditions/lower.ts";
import { nominalMs } from "../core/time/duration.ts";
import type { HistoryQuestion } from "../core/model/rulebook.ts";
import { eventMatch } from "./compile-parts.ts";
import type { ParsedRule } from "./parsed-workspace.ts";

/** What `did` asks anywhere in the rules. Questions about the same events are one, which reaches as far as any of them. */
export function compileHistory(rules: readonly ParsedRule[]): ReadonlyMap<string, HistoryQuestion> {
  const questions = new Map<string, HistoryQuestion>();
  for (const did of rules.flatMap(({ conditions }) => conditions.flatMap(({ condition }) => historyOf(condition)))) {
    const key = historyKey(did);
    const known = questions.get(key);
    const longest = known !== undefined && nominalMs(known.within) > nominalMs(did.within) ? known.within : did.within;
    questions.set(key, {
      match: known?.match ?? eventMatch(did.events, did.where),
      within: longest,
      atLeast: Math.max(known?.atLeast ?? 1, did.atLeast),
    });
  }
  return questions;
}
