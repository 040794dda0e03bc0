import { createReconciling } from "../../../src/ledger/reconcile.ts";
import { lineOf } from "../../../src/ledger/account-of.ts";
import type { Contact } from "../../../src/core/model/contact.ts";
import type { LedgerRecord } from "../../../src/core/model/decision.ts";
import { decodeContact } from "../../../src/runtime/contact-codec.ts";
import { readLetter } from "../../../src/runtime/read-letter.ts";
import type { DeadLetter, Store } from "../../../src/store/store.ts";
import { readEvent } from "../read-event.ts";
import type { Committed, Ordered, Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";
import { erases } from "./erasures.ts";
import { grantedReplay } from "./replays.ts";

/** States of a message in which its letter is for a person to decide. */
const WAITS = /^(?:failed|unknown)$/;
const EVERYTHING = 1_000_000;

/**
 * I17: a message that was given up tries again only when somebody asked for it, once for each letter, and never in doubt
 * without their word. Every letter waits, or was asked for, discarded or erased, and the account says so; a replay after
 * an erasure says that, and does nothing. All in all `heed reconcile` finds nothing.
 */
export function letters(violate: Violate, store: Store): Watch {
  const contacts = new Map<string, Contact>();
  /** By letter, as `message attempt`: under which key it lies. */
  const givenUp = new Map<string, string>();
  const granted = new Set<string>();
  const answered = new Map<string, Set<Ordered["answer"]>>();
  /** Names of letters about which a person's word is in the account. */
  const told = new Set<string>();
  const takenOff = new Set<string>();
  /** Steps at which contacts were erased, and at which their history went. */
  const erased = new Map<string, number>();
  const forgotten = new Set<string>();

  const learnGrant = (sighting: Committed): void => {
    const { input } = sighting.decided;
    if (input.kind !== "replay") return;
    const name = `${input.intent} ${input.attempt}`;
    const replayed = grantedReplay(sighting);
    if (replayed === null) return;
    if (granted.has(name)) violate(`message ${name} was granted a second time by its letter ${input.letter}`);
    granted.add(name);
    const before = sighting.before?.intents[input.intent];
    if (before?.state.kind === "unknown" && !replayed.mayDouble)
      violate(`message ${name} may be doubled, and nobody said so`);
  };

  const hear = (line: LedgerRecord | null): void => {
    const letter = line?.detail?.["letter"];
    if (typeof letter === "string") told.add(letter);
  };

  const judgeCalls = (sighting: Committed): void => {
    for (const { id, attempt } of beganCalls(sighting)) {
      const letter = `${id} ${attempt - 1}`;
      if (givenUp.has(letter) && !granted.has(letter))
        violate(`message ${letter} was given up, and tries again unasked`);
    }
  };

  const learnErasure = (sighting: Committed): void => {
    const { key, after, step } = sighting;
    contacts.set(key, after);
    if (erases(sighting)) erased.set(key, step);
    else if (after.erased?.anew === true) erased.delete(key);
  };

  const judgeAnswer = ({ letter, answer, why, askedAtStep }: Ordered): void => {
    const name =
      letter.kind === "message" ? `${letter.message.intent} ${letter.message.attempt}` : `at ${letter.place}`;
    answered.set(name, (answered.get(name) ?? new Set()).add(answer));
    const since = erased.get(letter.key);
    if (letter.kind !== "message" || since === undefined || since >= askedAtStep) return;
    if (answer === "gone" || answer === "discarded" || /erased/.test(why)) return;
    violate(`${letter.key} had been erased, and a replay of its letter says ${answer}: ${why}`);
  };

  /** Either somebody said so, or there was nothing left to do. */
  const judgeTakenOff = (dead: DeadLetter): void => {
    const letter = readLetter(dead);
    if (letter.kind !== "message") return;
    const { intent, attempt } = letter.message;
    takenOff.add(`${intent} ${attempt}`);
    if (told.has(`${dead.place}@${dead.at}`) || erased.has(letter.key)) return;
    const known = [...contacts.values()].flatMap(({ intents }) => intents[intent] ?? []);
    const waits = known.some(({ attempt: last, state }) => last === attempt && WAITS.test(state.kind));
    if (waits || known.length === 0)
      violate(`the letter of message ${intent} ${attempt} is gone, and nobody dealt with it`);
  };

  const judgeLetters = async (): Promise<void> => {
    const left = new Set<string>();
    for (const each of await store.deadLetters({ limit: EVERYTHING })) {
      const letter = readLetter(each);
      if (letter.kind !== "message") continue;
      const name = `${letter.message.intent} ${letter.message.attempt}`;
      left.add(name);
      if (answered.get(name)?.has("replayed") === true)
        violate(`message ${name} was replayed, and its letter still lies there`);
      if (answered.get(name)?.has("discarded") === true)
        violate(`message ${name} was discarded, and its letter still lies there`);
    }
    for (const [name, key] of givenUp) {
      if (left.has(name) || forgotten.has(key) || takenOff.has(name)) continue;
      violate(`the letter of message ${name} is nowhere`);
    }
  };

  return {
    see(sighting) {
      if (sighting.kind === "given up")
        givenUp.set(`${sighting.message.intent} ${sighting.message.attempt}`, sighting.key);
      if (sighting.kind === "ordered") judgeAnswer(sighting);
      if (sighting.kind === "taken off") judgeTakenOff(sighting.letter);
      if (sighting.kind === "wrote")
        for (const { lane, body } of sighting.emits) if (lane === "audit") hear(lineOf(body));
      if (sighting.kind === "forgotten") forgotten.add(sighting.key);
      if (sighting.kind !== "committed") return;
      learnGrant(sighting);
      judgeCalls(sighting);
      learnErasure(sighting);
    },
    async atRest() {
      await judgeLetters();
      await judgeBalance(violate, store, contacts);
    },
  };
}

/** The product's own look at whether anything was lost. */
async function judgeBalance(violate: Violate, store: Store, contacts: ReadonlyMap<string, Contact>): Promise<void> {
  const latest = Math.max(
    0,
    ...[...contacts.values()].flatMap(({ intents }) => Object.values(intents).map(({ changedAt }) => changedAt)),
  );
  const reconciling = createReconciling({ since: 0, now: latest + 86_400_000 });
  for (const { key, body } of await store.audit({ limit: EVERYTHING })) {
    const line = lineOf(body);
    if (line !== null) reconciling.line(key, line);
  }
  for (const doc of await store.scan({ limit: EVERYTHING })) {
    if (!doc.key.startsWith("heed:")) reconciling.contact(decodeContact(doc));
  }
  for (const { key, at, body } of await store.pastEvents({ limit: EVERYTHING })) {
    const event = readEvent(body);
    if (event !== null) reconciling.cameIn({ key, event: event.event_id, at });
  }
  const { orphans } = reconciling.end({ pending: {}, quarantined: 0, quarantinedIds: new Set() });
  for (const { kind, name, key } of orphans.slice(0, 3)) violate(`${kind}: ${name} of ${key}`);
}
