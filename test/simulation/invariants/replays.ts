import type { Replay } from "../../../src/core/model/decision.ts";
import type { Committed } from "../sightings.ts";

/** A person's word about a dead letter, when this commit is the one that grants it: the message has a new ticket. */
export function grantedReplay({ decided: { input, decision } }: Committed): Replay | null {
  if (input.kind !== "replay") return null;
  const tries = decision.effects.some(
    (effect) => effect.kind === "enqueue" && effect.job.kind === "send" && effect.job.intent === input.intent,
  );
  return tries ? input : null;
}
