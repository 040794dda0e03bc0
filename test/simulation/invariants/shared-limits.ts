import type { Intent } from "../../../src/core/model/contact.ts";
import type { Cap, Rulebook } from "../../../src/core/model/rulebook.ts";
import { nominalMs } from "../../../src/core/time/duration.ts";
import type { Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";

interface Sent {
  /** When its first call began: that is when a message counts, and anew when its dead letter was replayed. */
  readonly at: number;
  readonly intent: Intent;
  /** Millionths. */
  readonly cost: number;
}

/** Counters read clocks of their own, some of which are wrong: stretches that are shorter by so much are judged. */
const SLACK_MS = 60_000;

/** I4, what all share: caps over rules, channels and the workspace, and money, are never exceeded, whoever crashes. */
export function sharedLimits(violate: Violate, { workspace, rules }: Rulebook): Watch {
  const first = new Map<string, Sent>();
  const accepted = new Set<Sent>();

  const judgeCap = (cap: Cap, name: string, sent: readonly Sent[]): void => {
    const counted = sent
      .filter(({ intent }) => cap.channel === null || intent.channel === cap.channel)
      .filter(({ intent }) => cap.class === null || intent.class === cap.class)
      .map(({ at }) => at)
      .sort((a, b) => a - b);
    if (cap.within.kind === "calendar") {
      for (const [day, count] of countBy(counted.map((at) => dayOf(at, workspace.timeZone)))) {
        if (count > cap.max) violate(`${count} messages on ${day}, of ${cap.max} (${name})`);
      }
      return;
    }
    const length = nominalMs(cap.within.length) - SLACK_MS;
    const over = counted.find((at, index) => (counted[index + cap.max] ?? Number.POSITIVE_INFINITY) - at < length);
    if (over !== undefined) violate(`more than ${cap.max} messages within ${length} ms from ${over} on (${name})`);
  };

  return {
    see(sighting) {
      const taken = sighting.kind === "accepted" ? first.get(sighting.message.intentId) : undefined;
      if (taken !== undefined) accepted.add(taken);
      if (sighting.kind !== "committed") return;
      for (const intent of beganCalls(sighting)) {
        if (first.get(intent.id)?.at === (intent.firstCallAt ?? 0)) continue;
        // A text of the simulation has one segment or two; the long ones are never sent.
        const price = workspace.channels.get(intent.channel)?.price;
        const segments = (intent.state.message.content["text"]?.length ?? 0) > 160 ? 2 : 1;
        const each = price?.prefixes.get("+1202") ?? price?.usual;
        const cost = (each?.micros ?? 0) * (price?.per === "segment" ? segments : 1);
        first.set(intent.id, { at: intent.firstCallAt ?? 0, intent, cost });
      }
    },
    atRest() {
      const sent = [...accepted];
      for (const cap of workspace.caps) if (cap.per !== "contact") judgeCap(cap, `cap per ${cap.per}`, sent);
      for (const rule of rules.values()) {
        const own = sent.filter(({ intent }) => intent.rule === rule.id);
        for (const cap of rule.caps) if (cap.per !== "contact") judgeCap(cap, `cap of ${rule.id}`, own);
      }
      for (const { channel, max } of workspace.budgets) {
        const spent = new Map<string, number>();
        for (const { at, intent, cost } of sent) {
          if (intent.channel !== channel) continue;
          const day = dayOf(at, workspace.timeZone);
          spent.set(day, (spent.get(day) ?? 0) + cost);
        }
        for (const [day, micros] of spent) {
          if (micros > max.micros) violate(`${micros} of ${max.micros} were spent on ${channel} on ${day}`);
        }
      }
    },
  };
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function dayOf(at: number, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(at);
}
