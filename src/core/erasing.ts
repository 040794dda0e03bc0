import { endEnrollment } from "./ending.ts";
import { hand, nextNumber } from "./handing.ts";
import { ADDRESS_KINDS, isNews, tellAddress } from "./linking.ts";
import { isMerged } from "./merging.ts";
import { type Consent, type Contact, newContact } from "./model/contact.ts";
import type { Handed, Silence } from "./model/decision.ts";
import type { CanonicalEvent } from "./model/event.ts";
import { addressKey, addressOfKey } from "./model/identity.ts";
import { addressKindOf, type ContactChannelKind } from "./model/rulebook.ts";
import { channelSilenced, learnConsent, lift, setConsent, suppress } from "./opting-out.ts";
import { change, record, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

/**
 * A contact is erased: a saga of single-document commits, each safe to repeat. The contact keeps nothing but the marks of
 * what it has decided, so that nothing that comes late brings it back, and tells whatever belongs to it. An address that
 * was the contact's alone keeps its silence and nothing else: who had opted out must stay unspoken to.
 */
export function erase(run: Run): void {
  const { contact } = run;
  for (const enrollment of Object.values(contact.enrollments)) endEnrollment(run, enrollment, "erased");
  record(run, { kind: "identity", reason: "erased" });
  tellErased(run, belongings(contact), contact);
  const { key, seen, words, handovers, merges } = contact;
  const silence = addressOfKey(key) === null ? {} : silenceOf(key, contact);
  // Calls that are under way end without a trace: nobody is left who could hear of them.
  run.contact = {
    ...newContact(key),
    seen,
    words,
    handovers,
    merges,
    spoken: run.contact.spoken,
    ...silence,
    erased: { at: run.now, anew: false },
  };
  run.effects.push({ kind: "forget", number: nextNumber(run) });
}

function belongings({ key, linked, addresses }: Pick<Contact, "key" | "linked" | "addresses">): ReadonlySet<string> {
  const own = ADDRESS_KINDS.flatMap((kind) => addressKeyOf(addresses, kind) ?? []);
  return new Set([...linked, ...own].filter((each) => each !== key));
}

function addressKeyOf(addresses: Contact["addresses"], kind: (typeof ADDRESS_KINDS)[number]): string | null {
  const known = addresses[kind];
  return known === undefined ? null : addressKey(kind, known.address);
}

function tellErased(run: Run, keys: Iterable<string>, known: Silence): void {
  for (const key of keys) {
    hand(run, key, { kind: "erase", by: run.contact.key, number: nextNumber(run), silence: silenceOf(key, known) });
  }
}

const CHANNELS_OF = { email: ["email"], phone: ["sms", "voice"] } as const;

/** What an address must keep for its silence: that it is silent, and what its owner had objected to, without the words. */
function silenceOf(key: string, { suppressions, consent }: Silence): Silence {
  // Those of calls have the kind of channel before the address's own key (`suppressionKey`).
  const silent = Object.entries(suppressions).filter(([name]) => name === key || name.endsWith(`:${key}`));
  const kind = addressOfKey(key)?.kind;
  const channels: readonly ContactChannelKind[] = kind === undefined ? [] : CHANNELS_OF[kind];
  const denied = channels.flatMap((channel) => {
    const said = consent[channel];
    return said?.state === "denied" ? [[channel, withoutProof(said)] as const] : [];
  });
  return {
    suppressions: Object.fromEntries(silent),
    consent: Object.fromEntries(denied),
  };
}

function withoutProof({ state, at, source }: Consent): Consent {
  return { state, at, source, event: null, wording: null, before: null };
}

/** The contact that this belongs to was erased. What others have as well, they keep; silence is everybody's. */
export function eraseWith(run: Run, { by, number, silence }: Extract<Handed, { kind: "erase" }>): void {
  if (!isNews(run, by, number)) return;
  for (const [key, { state, cause, at }] of Object.entries(silence.suppressions)) {
    if (state === "suppressed") suppress(run, key, cause, at);
    else lift(run, key, at);
  }
  for (const channel of ["email", "sms", "voice"] as const) {
    const said = silence.consent[channel];
    if (said !== undefined) setConsent(run, channel, said);
  }
  // A contact that goes on in another is one person with whoever took it in, however many it went through.
  const others = isMerged(run.contact) ? [] : run.contact.pointsTo.filter((key) => key !== by);
  change(run, { pointsTo: others });
  if (others.length > 0) record(run, { kind: "identity", detail: { unlinked: "a contact that was erased" } });
  else if (run.contact.erased?.anew !== false) erase(run);
}

/** Words of a person or a system that say so much of somebody that a contact begins again. */
const BEGINS_ANEW: ReadonlySet<string> = new Set(["contact.identified", "consent.granted"]);
const SILENCES =
  /^(?:sms\.opted_|email\.(?:complained|bounced|unsubscribed|resubscribed)$|address\.suppressed$|consent\.denied$)/;

/**
 * Whether an event is of somebody who was erased, and so to be left alone: it happened before, or says too little to begin
 * again. What silences an address is heard whenever it comes.
 */
export function isOfErased(run: Run, event: CanonicalEvent): boolean {
  const { erased } = run.contact;
  if (erased === null) return false;
  if (happenedAt(event, run.now) > erased.at) {
    if (erased.anew || run.contact.pointsTo.length > 0) return false;
    if (BEGINS_ANEW.has(event.event_type)) {
      change(run, { erased: { ...erased, anew: true } });
      return false;
    }
  }
  if (SILENCES.test(event.event_type)) hearSilence(run, event);
  const { event_type: type, provider } = event;
  record(run, { kind: "event", reason: "erased", event: event.event_id, detail: { type, provider } });
  return true;
}

/** Silence is of an address, so the address keeps it; an objection of somebody stands until that somebody agrees again. */
function hearSilence(run: Run, event: CanonicalEvent): void {
  if (event.event_type === "consent.denied") {
    learnConsent(run, event);
    const { consent } = run.contact;
    const bare = Object.entries(consent).map(([channel, said]) => [channel, withoutProof(said)] as const);
    return change(run, { consent: Object.fromEntries(bare) });
  }
  const kind = addressKindOf(channelSilenced(event));
  if (addressOfKey(run.contact.key)?.kind === kind) return learnConsent(run, event);
  const address = event.address?.[kind];
  if (address === undefined) return;
  tellAddress(run, addressKey(kind, address), event);
}

/** What was on its way to a contact when it was erased belongs to it, too: whoever handed it over learns of it. */
export function isLateHandover(run: Run, { from, at, state }: Extract<Handed, { kind: "handover" }>): boolean {
  const { erased } = run.contact;
  if (erased === null || (erased.anew && at > erased.at)) return false;
  tellErased(run, [from, ...belongings({ key: from, ...state })], state);
  record(run, { kind: "identity", reason: "erased", detail: { heard: "handover" } });
  return true;
}
