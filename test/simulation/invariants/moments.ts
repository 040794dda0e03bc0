import { createHash } from "node:crypto";
import type { Enrollment } from "../../../src/core/model/contact.ts";
import type { Duration, Rule, Rulebook } from "../../../src/core/model/rulebook.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";

const MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
/** Reasons for which an enrollment is looked at again later. */
const MOVED_BY: ReadonlySet<string> = new Set(["held", "rules.outdated"]);
const RACE_MS = 5 * 60_000;

/**
 * I5: everything happens at its time. The end of a first delay is worked out here once more, from the event and a hash;
 * a moment that was set does not move while nothing happens to the enrollment; and no call begins after `expires`.
 */
export function moments(violate: Violate, rulebook: Rulebook): Watch {
  const judge = ({ before, after, decided, key, records }: Committed): void => {
    const absorbed = decided.input.kind === "handover";
    for (const enrollment of Object.values(after.enrollments)) {
      if (enrollment.state.kind !== "waiting") continue;
      const { until } = enrollment.state;
      const earlier = before?.enrollments[enrollment.id];
      // The same trouble of a look-up, again: no line tells of it.
      if (enrollment.state.why?.startsWith("lookup.") === true) continue;
      if (records.some(({ reason, enrollment: id }) => MOVED_BY.has(reason ?? "") && id === enrollment.id)) continue;
      const rule = rulebook.rules.get(enrollment.rule);
      if (rule === undefined) continue;
      if (earlier === undefined && !absorbed && rule.delay !== null && enrollment.step === rule.first) {
        const at = records.find((record) => record.enrollment === enrollment.id)?.at;
        const due = at === undefined ? until : firstDue(enrollment, rule, at);
        if (until !== due) violate(`${rule.id} of ${key} is due at ${until}, and the oracle says ${due}`);
      }
      if (earlier?.state.kind !== "waiting" || earlier.step !== enrollment.step) continue;
      if (earlier.state.until !== until) {
        violate(
          `${rule.id} of ${key} was due at ${earlier.state.until} and now is at ${until}, by ${decided.input.id}`,
        );
      }
    }
    for (const intent of beganCalls({ before, after })) {
      const enrollment = after.enrollments[intent.enrollment];
      if (enrollment !== undefined && enrollment.expiresAt <= (intent.lastCallAt ?? 0)) {
        violate(`${intent.rule} of ${key} spoke after it had expired`);
      }
    }
  };
  return {
    see(sighting) {
      if (sighting.kind === "committed") judge(sighting);
    },
  };
}

/** Delays of the simulation's rules are exact, so no calendar is needed. */
function firstDue({ id, trigger }: Enrollment, { delay }: Rule, now: number): number {
  if (delay === null) return now;
  const arrived = Math.min(Date.parse(trigger.received_at), now);
  const happened = Math.min(Date.parse(trigger.occurred_at), arrived);
  const [min, max] = [length(delay.min), length(delay.max)];
  return (max < RACE_MS ? arrived : happened) + min + Math.round((max - min) * fraction(id));
}

function length({ count, unit }: Duration): number {
  return count * MS[unit];
}

function fraction(enrollment: string): number {
  const digest = createHash("sha256").update(`${enrollment}\u0000delay`).digest();
  return ((digest.readUInt32BE(0) >>> 5) * 0x4000000 + (digest.readUInt32BE(4) >>> 6)) / 2 ** 53;
}
