import { type Contact, runOf } from "../../../src/core/model/contact.ts";
import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import { addressKey, addressOfKey } from "../../../src/core/model/identity.ts";
import type { Rulebook } from "../../../src/core/model/rulebook.ts";
import { happenedAt } from "../../../src/core/time/event-time.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";
import { erases } from "./erasures.ts";
import { type Silence, silenceOf, type Word, wordOf } from "./words.ts";

const STOPS = /^(?:stopped\.by_(?:event|reply|opt_out)|cancelled|erased)$/;

/**
 * I3: no message begins after an opt-out, a complaint, a hard bounce, an objection or the end of its enrollment was
 * committed where it is judged. What people said is added up here once more, in another way than the core's.
 */
export function silence(violate: Violate, rulebook: Rulebook): Watch {
  const words = new Map<string, Word[]>();
  const handedOver = new Map<string, readonly Word[]>();
  const ended = new Set<string>();
  /** Runs that somebody's word or deed has ended: no replay brings them back. One that had come back ends by itself. */
  const stopped = new Set<string>();
  const wordsOf = (key: string): Word[] => {
    const known = words.get(key) ?? [];
    words.set(key, known);
    return known;
  };

  const learn = (sighting: Committed): void => {
    const { key, records, emits, step, after, decided } = sighting;
    const { input, now } = decided;
    for (const { id } of emits) {
      // What only passes by here is still what it was where it began.
      if (id.startsWith("handover:") && !handedOver.has(wayless(id))) handedOver.set(id, [...wordsOf(key)]);
    }
    if (input.kind === "handover" && after.erased?.anew !== false) {
      wordsOf(key).push(...(handedOver.get(wayless(input.id)) ?? []));
    }
    if (erases(sighting)) {
      // Whoever begins anew is a stranger whose address may be silent.
      words.set(
        key,
        wordsOf(key).filter(({ means }) => !/^(?:granted|denied|withdrawn)$/.test(means)),
      );
    }
    for (const { kind, reason, enrollment } of records) {
      if (kind !== "ended" || enrollment === undefined) continue;
      ended.add(`${key} ${enrollment}`);
      if (STOPS.test(reason ?? "")) stopped.add(enrollment);
    }
    if (input.kind !== "event") return;
    const { event } = input;
    const concerned = concernedAddress(event, key, after);
    const word = wordOf(event, happenedAt(event, now), step, concerned, wordsOf(key));
    if (word !== null) wordsOf(key).push(word);
  };

  const judge = (sighting: Committed): void => {
    for (const intent of beganCalls(sighting)) {
      const { to, kind } = intent.state.message;
      const name = `${intent.rule} ${intent.step} of ${sighting.key}`;
      if (ended.has(`${sighting.key} ${intent.enrollment}`)) violate(`${name} began after its enrollment had ended`);
      if (stopped.has(intent.enrollment) || stopped.has(runOf(intent.enrollment)))
        violate(`${name} began after its run had been stopped`);
      if (to === null || (kind !== "sms" && kind !== "email")) continue;
      const address = addressKey(kind === "sms" ? "phone" : "email", to);
      const here = silenceOf(wordsOf(sighting.key), address, kind);
      // The address's own document is asked while the message is judged: what it learnt since does not count.
      const there = silenceOf(
        wordsOf(address).filter(({ step }) => step < sighting.readAtStep),
        address,
        kind,
      );
      const isMarketing = intent.class === "marketing";
      const needed = rulebook.workspace.consent[kind];
      if (here.suppressed) violate(`${name} began although ${address} was silent`);
      if (there.suppressed) violate(`${name} began although the document of ${address} had been silent`);
      if (isMarketing && objects(here, needed)) violate(`${name} began without consent: ${here.consent}`);
    }
  };

  return {
    see(sighting) {
      if (sighting.kind !== "committed") return;
      judge(sighting);
      learn(sighting);
    },
  };
}

/** The id of something that merged contacts have handed on has the number of them behind it. */
function wayless(id: string): string {
  return id.replace(/~\d+$/, "");
}

function objects({ consent }: Silence, needed: "opt_in" | "opt_out"): boolean {
  return needed === "opt_in" ? consent !== "granted" : consent === "denied";
}

/** The address that the words are about: named, or the document's own. */
function concernedAddress(event: CanonicalEvent, key: string, after: Contact): string | null {
  const kind = event.event_type.startsWith("sms.") ? "phone" : "email";
  const named = event.address?.[kind];
  if (named !== undefined) return addressKey(kind, named);
  if (addressOfKey(key)?.kind === kind) return key;
  const own = after.addresses[kind];
  return own === undefined ? null : addressKey(kind, own.address);
}
