import type { Intent } from "../../../src/core/model/contact.ts";
import type { Cap, Rulebook } from "../../../src/core/model/rulebook.ts";
import { nominalMs } from "../../../src/core/time/duration.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";
import { erases } from "./erasures.ts";

interface Sent {
  readonly intent: Intent;
  readonly at: number;
}

/**
 * I4, of contacts that are one: no message begins when vendors have taken as many as a cap allows of those to all that
 * this contact has taken in until then. What an address was sent belongs to the first contact that takes it in; whoever
 * shares it later is another person. Who was erased begins anew with none.
 */
export function unitedCaps(violate: Violate, rulebook: Rulebook): Watch {
  /** Messages of which a call has begun, by id, with whom they count for. */
  const began = new Map<string, Sent & { readonly key: string }>();
  const accepted = new Set<string>();

  const judge = (key: string, intent: Intent, at: number): void => {
    const before = [...began.values()].filter((sent) => sent.key === key && accepted.has(sent.intent.id));
    const rule = rulebook.rules.get(intent.rule);
    const caps = [
      ...rulebook.workspace.caps.map((cap) => [cap, null] as const),
      ...(rule?.caps ?? []).map((cap) => [cap, intent.rule] as const),
    ];
    for (const [cap, of] of caps) {
      if (cap.within.kind !== "rolling" || cap.per !== "contact" || !counts(cap, of, intent)) continue;
      const since = at - nominalMs(cap.within.length);
      const taken = before.filter(
        (sent) => sent.intent.id !== intent.id && sent.at > since && counts(cap, of, sent.intent),
      );
      if (taken.length < cap.max) continue;
      violate(`${key}, with all it is, got ${taken.length} messages, and another begins (cap of ${of ?? "all"})`);
    }
  };

  const learn = (sighting: Committed): void => {
    const { key, records } = sighting;
    for (const intent of beganCalls(sighting)) {
      const at = intent.lastCallAt ?? 0;
      judge(key, intent, at);
      began.set(intent.id, { intent, at, key });
    }
    for (const { kind, detail } of records) {
      if (kind !== "identity") continue;
      for (const [id, sent] of began) if (sent.key === detail?.["absorbed"]) began.set(id, { ...sent, key });
    }
    if (erases(sighting)) for (const [id, sent] of began) if (sent.key === key) began.delete(id);
  };

  return {
    see(sighting) {
      if (sighting.kind === "committed") learn(sighting);
      if (sighting.kind === "accepted") accepted.add(sighting.message.intentId);
    },
  };
}

function counts(cap: Cap, rule: string | null, intent: Pick<Intent, "rule" | "channel" | "class">): boolean {
  return (
    (rule === null || intent.rule === rule) &&
    (cap.channel === null || intent.channel === cap.channel) &&
    (cap.class === null || intent.class === cap.class)
  );
}
