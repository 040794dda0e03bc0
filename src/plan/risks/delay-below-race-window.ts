import { duration } from "../../rulebook/compile-parts.ts";
import { nominalMs } from "../../core/time/duration.ts";
import { type Evidence, inRule, pairsOf, type RiskCheck } from "./risk-check.ts";
import { lengthOf } from "../say-numbers.ts";

export const delayBelowRaceWindow: RiskCheck = {
  code: "PLN106",
  page: {
    what: "A rule waits less than before, and less than `limits.race_window` (60 seconds unless heed.yaml says otherwise).",
    why: "Reports of providers and other systems take some seconds. What should have stopped the message comes after it.",
    todo: "Wait at least as long as the race window, or make sure that nothing which the rule asks about comes from elsewhere.",
    example: { in: "rule", before: "delay: 15m", after: "delay: 20s" },
  },
  find(evidence) {
    const limit = raceWindow(evidence);
    return pairsOf(evidence).flatMap((pair) => {
      const [was, is] = [shortest(pair.before), shortest(pair.after)];
      if (is >= limit || is >= was) return [];
      const now = is === 0 ? "no longer waits" : `waits ${lengthOf(is)}`;
      const message = `${pair.rule} ${now} before it speaks, and waited ${lengthOf(was)}: other systems may take ${lengthOf(limit)} to tell what just happened`;
      return [inRule(pair, ["delay"], message, "wait at least that long")];
    });
  },
};

function raceWindow({ head }: Evidence): number {
  return nominalMs(duration(head.parsed.workspace?.file.limits?.race_window ?? "60s"));
}

function shortest({ delay }: { readonly delay: { readonly min: Parameters<typeof nominalMs>[0] } | null }): number {
  return delay === null ? 0 : nominalMs(delay.min);
}
