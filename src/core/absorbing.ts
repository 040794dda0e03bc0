import { learnNewest } from "./attributes.ts";
import { unitedConversation } from "./conversing.ts";
import { endClass, endEnrollment } from "./ending.ts";
import { enrolledAgain } from "./enrolling.ts";
import { reachGoals } from "./goals.ts";
import { enqueueTicket, refuseIntent, releaseId } from "./intents.ts";
import { ADDRESS_KINDS, claim, learnAddress, learnAnonymous, remember } from "./linking.ts";
import { isReply } from "./matching.ts";
import { type Contact, type Enrollment, own, type Suppression, type TakenPlace } from "./model/contact.ts";
import type { Handed, Handover } from "./model/decision.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import { addressKey, addressOfKey, isAnonymousKey, isContactKey, isDeviceKey } from "./model/identity.ts";
import { advanceMessage } from "./model/message-state.ts";
import { uniteSeen, wasSeen } from "./model/seen.ts";
import { endSilenced, isWordOfPerson, lift, setConsent, spreadSilence, suppress } from "./opting-out.ts";
import { change, putEnrollment, record, type Run } from "./run.ts";
import { hearEvent, stopByEvent } from "./stopping.ts";
import { uniteTags } from "./tags.ts";
import { happenedAt } from "./time/event-time.ts";
import { ruleOf } from "./versions.ts";

/**
 * A contact takes in what was known under one of its addresses, or of another contact that it is. It is to end as if all
 * had come here from the beginning, in whatever order: the newest word wins, silence and caps are united.
 */
export function absorb(run: Run, { from, state }: Extract<Handed, { kind: "handover" }>): void {
  const merged = isContactKey(from);
  const before = run.contact;
  record(run, { kind: "identity", ...(merged && { reason: "merged" }), detail: { absorbed: from } });
  absorbIdentities(run, from, state);
  absorbFacts(run, state);
  absorbSilence(run, before, state);
  spreadSilence(run);
  // What was heard elsewhere concerns what is under way here, and the other way about.
  const news = state.recent.filter((event) => !before.recent.some((known) => eventKey(known) === eventKey(event)));
  for (const event of news) hear(run, event);
  change(run, {
    recent: [...run.contact.recent, ...news].sort((a, b) => happenedAt(a, run.now) - happenedAt(b, run.now)),
    goals: { ...state.goals, ...run.contact.goals },
  });
  absorbMessages(run, state);
  absorbIntents(run, state);
  for (const enrollment of Object.values(state.enrollments)) absorbEnrollment(run, enrollment, merged);
  for (const event of before.recent) {
    hearEvent(run, event);
    reachGoals(run, event);
  }
}

function absorbIdentities(run: Run, from: string, { addresses, linked }: Handover): void {
  const merged = isContactKey(from);
  for (const kind of ADDRESS_KINDS) {
    const known = addresses[kind];
    if (known === undefined) continue;
    const own = run.contact.addresses[kind];
    // Two contacts that were merged may have an address each: both belong to this one now, and the newer is its own.
    if (own === undefined || (merged && known.at > own.at)) learnAddress(run, kind, known.address, known.at, "beside");
    if (merged && !run.contact.linked.includes(addressKey(kind, known.address))) {
      claim(run, addressKey(kind, known.address));
    }
  }
  for (const key of linked) {
    if (isAnonymousKey(key)) learnAnonymous(run, key);
    else if (merged && (addressOfKey(key) !== null || isDeviceKey(key)) && !run.contact.linked.includes(key))
      claim(run, key);
  }
  if (merged) remember(run, from);
}

function absorbFacts(run: Run, state: Handover): void {
  const { contact } = run;
  learnNewest(run, state.attributes, state.attributeTimes);
  uniteTags(run, state.tags);
  change(run, {
    invalid: latest(contact.invalid, state.invalid),
    taken: unitedPlaces(contact, state),
    history: unitedHistory(contact, state),
    holds: [...contact.holds, ...state.holds],
    conversation: unitedConversation(contact.conversation, state.conversation ?? []),
    cooldowns: latest(contact.cooldowns, state.cooldowns),
    ...(state.seen !== undefined && { seen: uniteSeen(contact.seen, state.seen) }),
  });
}

function latest(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const later = Object.entries(b).filter(([key, at]) => at > (own(a, key) ?? Number.NEGATIVE_INFINITY));
  return { ...a, ...Object.fromEntries(later) };
}

/** Words may come in any order: a place that is known to be free again is not taken. */
function unitedPlaces({ seen, taken }: Contact, state: Handover): Contact["taken"] {
  const isNew = (place: TakenPlace): boolean =>
    !wasSeen(seen, releaseId(place)) && !taken.some(({ intent, at }) => intent === place.intent && at === place.at);
  return [...taken, ...state.taken.filter(isNew)].sort((a, b) => a.at - b.at);
}

/** The newest times of both; how many a question needs, `learnHistory` knows and `prune` keeps to. */
function unitedHistory({ history }: Contact, state: Handover): Contact["history"] {
  const united: Record<string, readonly number[]> = { ...history };
  for (const [key, times] of Object.entries(state.history)) {
    united[key] = [...(united[key] ?? []), ...times].sort((a, b) => a - b);
  }
  return united;
}

/** Silence that comes from elsewhere ends here what it would have ended, had it been said here. */
function absorbSilence(run: Run, before: Contact, state: Handover): void {
  for (const [key, { state: silence, cause, at }] of Object.entries(state.suppressions)) {
    if (silence === "suppressed") suppress(run, key, cause, at);
    else lift(run, key, at);
  }
  for (const kind of ["email", "sms", "push", "voice"] as const) {
    const consent = state.consent[kind];
    if (consent !== undefined) setConsent(run, kind, consent);
  }
  for (const [key, silence] of Object.entries(run.contact.suppressions)) {
    if (silence === before.suppressions[key] || !endsRuns(silence)) continue;
    endClass(run, "marketing", silence.at, "stopped.by_opt_out");
  }
}

function endsRuns(silence: Suppression): boolean {
  return silence.state === "suppressed" && isWordOfPerson(silence.cause);
}

function hear(run: Run, event: CanonicalEvent): void {
  stopByEvent(run, event);
  if (isReply(event)) endSilenced(run, event);
  hearEvent(run, event);
  reachGoals(run, event);
}

function absorbMessages(run: Run, state: Handover): void {
  const messages = { ...run.contact.messages };
  for (const [id, message] of Object.entries(state.messages)) {
    let united = own(messages, id);
    for (const [status, at] of Object.entries(message.times)) {
      united = { ...advanceMessage(united, status, at), channel: message.channel };
    }
    if (united !== undefined) messages[id] = united;
  }
  change(run, { messages });
}

function absorbIntents(run: Run, state: Handover): void {
  const come = Object.entries(state.intents).map(([id, { placeWith, ...intent }]) => {
    const elsewhere = placeWith !== undefined && placeWith !== run.contact.key;
    return [id, elsewhere ? { ...intent, placeWith } : intent] as const;
  });
  change(run, { intents: { ...Object.fromEntries(come), ...run.contact.intents } });
}

function absorbEnrollment(run: Run, enrollment: Enrollment, merged: boolean): void {
  const intent = enrollment.state.kind === "sending" ? run.contact.intents[enrollment.state.intent] : undefined;
  if (run.contact.enrollments[enrollment.id] !== undefined) {
    // The same event has started the same rule here.
    if (intent?.state.kind === "queued" || intent?.state.kind === "deferred") refuseIntent(run, intent, "merged");
    return;
  }
  putEnrollment(run, enrollment);
  if (isSilenced(run, enrollment)) return endEnrollment(run, enrollment, "stopped.by_opt_out");
  if (enrolledAgain(run, enrollment, merged)) return;
  if (intent?.state.kind === "queued") enqueueTicket(run, intent);
}

/** Whether a person has said since its trigger that they want no more of what it sends. */
export function isSilenced(run: Run, enrollment: Enrollment): boolean {
  if (ruleOf(run, enrollment)?.class !== "marketing") return false;
  return Object.values(run.contact.suppressions).some(
    (silence) => endsRuns(silence) && silence.at >= enrollment.triggeredAt,
  );
}
