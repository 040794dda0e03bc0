import type { OutgoingMessage } from "../../../src/core/model/outgoing.ts";
import { readMarker } from "../marker.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";
import { grantedReplay } from "./replays.ts";

/**
 * I2: a vendor takes at most one message for one event, rule, step and recipient, unless the step says that an unknown
 * outcome is to be repeated, or a person did who replayed its dead letter. Counted by what people would read, not by ids
 * of ours.
 */
export function acceptedOnce(violate: Violate, repeatsBlindly: (rule: string, step: string) => boolean): Watch {
  const accepted = new Map<string, OutgoingMessage>();
  /** By message, how many copies people have said are better than none. */
  const copies = new Map<string, number>();
  const learn = (sighting: Committed): void => {
    const { before } = sighting;
    const granted = grantedReplay(sighting);
    if (granted === null || !granted.mayDouble || before?.intents[granted.intent]?.state.kind !== "unknown") return;
    copies.set(granted.intent, (copies.get(granted.intent) ?? 0) + 1);
  };
  return {
    see(sighting) {
      if (sighting.kind === "committed") learn(sighting);
      if (sighting.kind !== "accepted") return;
      const { message } = sighting;
      const marker = readMarker(message.content["text"] ?? message.content["html"] ?? "");
      if (marker === null) return violate(`a message of ${message.ruleId} has no marker`);
      const { event, rule, step } = marker;
      const left = copies.get(message.intentId) ?? 0;
      let isCopy = false;
      // By address and by contact, because either may be learnt between two attempts.
      for (const whom of new Set([message.to, message.contactId])) {
        if (whom === null) continue;
        const name = `${event} ${rule} ${step} to ${whom}`;
        const first = accepted.get(name);
        accepted.set(name, message);
        if (first === undefined || repeatsBlindly(rule, step)) continue;
        if (left > 0) {
          isCopy = true;
          continue;
        }
        return violate(`${name} was accepted twice: ${told(first)} and ${told(message)}`);
      }
      if (isCopy) copies.set(message.intentId, left - 1);
    },
  };
}

function told({ intentId, attempt }: OutgoingMessage): string {
  return `intent ${intentId.slice(0, 8)} attempt ${attempt}`;
}
