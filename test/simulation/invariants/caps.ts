import type { Contact } from "../../../src/core/model/contact.ts";
import type { Cap, MessageClass, Rulebook } from "../../../src/core/model/rulebook.ts";
import { nominalMs } from "../../../src/core/time/duration.ts";
import type { Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";
import { erases } from "./erasures.ts";

interface Sent {
  readonly at: number;
  readonly rule: string;
  readonly channel: string;
  readonly class: MessageClass;
}

const SURELY_NOT: ReadonlySet<string> = new Set(["rejected", "retryable", "misconfigured", "not_found"]);

/**
 * I4: for every cap and every stretch of its length, no more messages to one contact were taken by vendors than it says.
 * Counted by what vendors took, at the moment at which each began; nothing that the engine remembers is asked.
 */
export function caps(violate: Violate, rulebook: Rulebook): Watch {
  /** When the newest call of each message began, and for whom. */
  const began = new Map<string, Sent & { readonly key: string }>();
  const counted = new Set<string>();
  const sentTo = new Map<string, Sent[]>();
  const contacts = new Map<string, Contact>();
  /** By message, the attempts of which nobody said that they sent nothing. */
  const open = new Map<string, Set<number>>();
  const attemptsOf = (intent: string): Set<number> => {
    const known = open.get(intent) ?? new Set<number>();
    open.set(intent, known);
    return known;
  };

  const count = (intent: string): void => {
    const sent = began.get(intent);
    if (sent === undefined || counted.has(intent)) return;
    counted.add(intent);
    const all = sentTo.get(sent.key) ?? [];
    all.push(sent);
    sentTo.set(sent.key, all);
  };

  /** Who was erased begins anew with none, also of those that were on their way. */
  const forget = (key: string): void => {
    sentTo.delete(key);
    for (const [intent, sent] of began) if (sent.key === key) began.delete(intent);
  };

  const judge = (key: string, all: readonly Sent[], cap: Cap, rule: string | null): void => {
    if (cap.within.kind !== "rolling" || cap.per !== "contact") return;
    const length = nominalMs(cap.within.length);
    const times = all
      .filter((sent) => rule === null || sent.rule === rule)
      .filter((sent) => cap.channel === null || sent.channel === cap.channel)
      .filter((sent) => cap.class === null || sent.class === cap.class)
      .map(({ at }) => at)
      .sort((a, b) => a - b);
    for (const [index, at] of times.entries()) {
      const last = times[index + cap.max];
      if (last === undefined || last - at >= length) continue;
      violate(`${key} got ${cap.max + 1} messages within ${last - at} ms of ${length} ms (cap of ${rule ?? "all"})`);
      return;
    }
  };

  /** A place is held only by what was sent, or may have been. */
  const judgePlaces = (key: string, { taken, intents }: Contact): void => {
    for (const { intent } of taken) {
      const known = intents[intent];
      // Of an attempt that was lost before it was made, nobody but an observer knows that it sent nothing.
      const kind = known?.inDoubt ? "unknown" : (known?.state.kind ?? "accepted");
      const surelyNot = kind !== "accepted" && kind !== "unknown" && open.get(intent)?.size === 0;
      const moved = began.get(intent)?.key !== key ? ", since it moved here" : "";
      if (surelyNot) violate(`${key} holds a place for a message that is ${kind} and was never sent${moved}`);
    }
  };

  return {
    see(sighting) {
      if (sighting.kind === "committed") {
        contacts.set(sighting.key, sighting.after);
        if (erases(sighting)) forget(sighting.key);
        for (const { id, rule, channel, class: messageClass, lastCallAt } of beganCalls(sighting)) {
          began.set(id, { at: lastCallAt ?? 0, rule, channel, class: messageClass, key: sighting.key });
        }
      }
      if (sighting.kind === "accepted") count(sighting.message.intentId);
      if (sighting.kind === "called") attemptsOf(sighting.message.intentId).add(sighting.message.attempt);
      if (sighting.kind === "heard" && SURELY_NOT.has(sighting.outcome.kind)) {
        attemptsOf(sighting.message.intentId).delete(sighting.message.attempt);
      }
    },
    atRest() {
      for (const [key, contact] of contacts) judgePlaces(key, contact);
      for (const [key, all] of sentTo) {
        for (const cap of rulebook.workspace.caps) judge(key, all, cap, null);
        for (const rule of rulebook.rules.values()) for (const cap of rule.caps) judge(key, all, cap, rule.id);
      }
    },
  };
}
