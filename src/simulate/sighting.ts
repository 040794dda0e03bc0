import type { LedgerRecord } from "../core/model/decision.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import type { Happening } from "./happening.ts";

/** What an expectation may speak of: a message, an emitted event, or a change of a contact. */
export type Sighting = {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly key: string;
  /** The decision that it came of. */
  readonly decision: number;
  /** The rules that may have done it. */
  readonly rules: readonly string[];
} & (
  | {
      readonly kind: "send";
      readonly channel: string;
      readonly provider: string;
      readonly to: string | null;
      /** `text`, `subject`, `html`, and the `body` of a webhook as JSON. */
      readonly content: Readonly<Record<string, string>>;
    }
  | { readonly kind: "event"; readonly type: string; readonly data: JsonObject }
  | { readonly kind: "set"; readonly attributes: Readonly<Record<string, Json>> }
  | { readonly kind: "tag" | "untag"; readonly tag: string }
);

/** Everything of a case that an expectation may speak of, in order. */
export function sightingsOf(happenings: readonly Happening[]): readonly Sighting[] {
  const byDecision = new Map<number, LedgerRecord[]>();
  for (const happening of happenings) {
    if (happening.kind !== "recorded") continue;
    byDecision.set(happening.decision, [...(byDecision.get(happening.decision) ?? []), happening.record]);
  }
  return happenings.flatMap((happening) => {
    const records = byDecision.get(happening.decision) ?? [];
    return seenIn(happening, rulesBehind(happening, records));
  });
}

/** The rule that emitted an event says so in the account; a change of the contact may be of any rule of its decision. */
function rulesBehind(happening: Happening, records: readonly LedgerRecord[]): readonly string[] {
  const emitted = happening.kind === "emitted" ? happening.event.event_id : null;
  const named = records.filter(({ detail }) => emitted !== null && detail?.["event"] === emitted);
  const rules = (named.length > 0 ? named : records).flatMap(({ rule }) => rule ?? []);
  return [...new Set(rules)];
}

function seenIn(happening: Happening, rules: readonly string[]): readonly Sighting[] {
  const { at, key, decision } = happening;
  switch (happening.kind) {
    case "called": {
      const { message, provider, counts } = happening.call;
      if (!counts) return [];
      const { channel, to, ruleId, body } = message;
      const content = body === undefined ? message.content : { ...message.content, body: JSON.stringify(body) };
      return [{ at, key, decision, rules: [ruleId], kind: "send", channel, provider, to, content }];
    }
    case "emitted":
      return [
        { at, key, decision, rules, kind: "event", type: happening.event.event_type, data: happening.event.data },
      ];
    case "changed": {
      const { attributes, tagged, untagged } = happening.change;
      return [
        ...(Object.keys(attributes).length === 0
          ? []
          : [{ at, key, decision, rules, kind: "set" as const, attributes }]),
        ...tagged.map((tag) => ({ at, key, decision, rules, kind: "tag" as const, tag })),
        ...untagged.map((tag) => ({ at, key, decision, rules, kind: "untag" as const, tag })),
      ];
    }
    default:
      return [];
  }
}
