import { causeOf, endClass } from "./ending.ts";
import { type Consent, ownAddressKey, silenceKey, type SuppressionCause } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import { addressKey, addressOfKey } from "./model/identity.ts";
import type { Json } from "./model/json.ts";
import { mayBeOptOut, optOutKeyword } from "./model/opt-out-keywords.ts";
import { addressKindOf, type ContactChannelKind, reachesContact } from "./model/rulebook.ts";
import { change, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

/**
 * What an inbound text means, through whatever door it came: a keyword is an opt-out or its withdrawal, before any rule
 * sees it. YES lifts a STOP and is a reply otherwise. What only reads like an opt-out is flagged for a person, or taken
 * for one where the workspace says so.
 */
export function recognize(run: Run, event: CanonicalEvent): CanonicalEvent {
  const text = event.data["text"];
  if (typeof text !== "string") return event;
  if (event.event_type === "sms.received") return unlessKeyword(run, event, text);
  return event.event_type === "email.replied" ? unlessPhrase(run, event, text) : event;
}

function unlessKeyword(run: Run, event: CanonicalEvent, text: string): CanonicalEvent {
  const keyword = optOutKeyword(text, run.rulebook.workspace.optOut.keywords);
  if (keyword === "stop") return { ...event, event_type: "sms.opted_out" };
  if (keyword === "start") return { ...event, event_type: "sms.opted_in" };
  if (keyword === "help") return { ...event, event_type: "sms.help" };
  const key = concernedAddress(run, event, "sms");
  const stopped = key === null ? undefined : run.contact.suppressions[key];
  const liftsStop = keyword === "yes" && stopped?.state === "suppressed" && stopped.cause === "opted_out";
  return liftsStop ? { ...event, event_type: "sms.opted_in" } : unlessPhrase(run, event, text);
}

function unlessPhrase(run: Run, event: CanonicalEvent, text: string): CanonicalEvent {
  const { keywords, phrases, onPhrase } = run.rulebook.workspace.optOut;
  const isKeyword = optOutKeyword(text, keywords) === "stop";
  if (!isKeyword && !mayBeOptOut(text, phrases)) return event;
  if (!isKeyword && onPhrase === "flag") return { ...event, data: { ...event.data, may_be_opt_out: true } };
  return { ...event, event_type: event.event_type === "email.replied" ? "email.unsubscribed" : "sms.opted_out" };
}

/** Event types after which an address is silent or objects to marketing, or not any more: its own document must know. */
const SILENCES: ReadonlySet<string> = new Set([
  "sms.opted_out",
  "sms.opted_in",
  "email.complained",
  "email.bounced",
  "email.unsubscribed",
  "email.resubscribed",
  "address.suppressed",
]);

/** The document of the address that this event silences or frees, when that is not this very document. */
export function silencedElsewhere(run: Run, event: CanonicalEvent): string | null {
  if (!SILENCES.has(event.event_type)) return null;
  const key = concernedAddress(run, event, channelSilenced(event));
  return key === run.contact.key ? null : key;
}

/** The channel on which an event silences an address, or frees it. */
export function channelSilenced(event: CanonicalEvent): ContactChannelKind {
  if (event.event_type !== "address.suppressed") return event.event_type.startsWith("sms.") ? "sms" : "email";
  const said = event.data["channel"] ?? event.channel;
  const named = CONTACT_KINDS.find((kind) => kind === said);
  return named ?? (event.address?.email === undefined ? "sms" : "email");
}

/** Event types that speak of an address rather than of one contact: every contact that shares it must learn them. */
const ABOUT_ADDRESS: ReadonlySet<string> = new Set([
  "sms.opted_out",
  "sms.opted_in",
  "sms.received",
  "email.complained",
  "email.bounced",
  "email.unsubscribed",
  "email.resubscribed",
  "email.replied",
  "address.suppressed",
]);

export function isAboutAddress(event: CanonicalEvent): boolean {
  return ABOUT_ADDRESS.has(event.event_type);
}

/** Writes down what the event says about consent and silence. Enrollments are ended by `endSilenced`. */
export function learnConsent(run: Run, event: CanonicalEvent): void {
  const at = happenedAt(event, run.now);
  switch (event.event_type) {
    case "sms.opted_out":
      suppressAt(run, event, "sms", "opted_out", at);
      return denyMarketing(run, event, at);
    case "sms.opted_in":
      liftAll(run, concernedAddress(run, event, "sms"), at);
      return withdrawDenials(run, event, at);
    case "email.complained":
      return suppressAt(run, event, "email", "complained", at);
    case "email.bounced":
      return suppressAt(run, event, "email", "bounced", at);
    case "address.suppressed":
      return declareSuppression(run, event, at);
    case "email.unsubscribed":
      return unsubscribe(run, event, at);
    case "email.resubscribed":
      return resubscribe(run, event, at);
    case "consent.granted":
    case "consent.denied":
      return declareConsent(run, event, at);
  }
}

/** Ends the enrollments that an opt-out, a complaint or a reply silences. */
export function endSilenced(run: Run, event: CanonicalEvent): void {
  const at = happenedAt(event, run.now);
  switch (event.event_type) {
    case "sms.opted_out":
    case "email.complained":
    case "email.unsubscribed":
      // Not limited to older triggers: whoever opts out does not mean only what they already got.
      return endClass(run, "marketing", Number.POSITIVE_INFINITY, "stopped.by_opt_out", causeOf(event));
    case "address.suppressed":
      if (!isWordOfPerson(causeSaid(event))) return;
      return endClass(run, "marketing", Number.POSITIVE_INFINITY, "stopped.by_opt_out", causeOf(event));
    case "sms.received":
    case "email.replied": {
      const which = run.rulebook.workspace.stopOnReply;
      if (which !== "none") endClass(run, which, at, "stopped.by_reply", causeOf(event));
    }
  }
}

const UNSUBSCRIBED = "unsubscribed";

/** An objection to marketing, of all of it or of one group of mails. Which mails are of a group only the vendor knows. */
function unsubscribe(run: Run, event: CanonicalEvent, at: number): void {
  const known = run.contact.consent.email;
  const source = sourceOfGroup(event);
  // Two groups are not lifted by the word about one.
  const isOther =
    known?.state === "denied" && known.source?.startsWith(UNSUBSCRIBED) === true && known.source !== source;
  setConsent(run, "email", said(event, "denied", at, isOther ? UNSUBSCRIBED : source));
}

/** Ends that objection, but no other one, and is no proof of consent. */
function resubscribe(run: Run, event: CanonicalEvent, at: number): void {
  const source = sourceOfGroup(event);
  const known = run.contact.consent.email;
  if (source !== UNSUBSCRIBED && known?.state === "denied" && known.source !== source) return;
  setConsent(run, "email", said(event, "unknown", at, "resubscribed"));
}

function sourceOfGroup({ data }: CanonicalEvent): string {
  const { group } = data;
  return typeof group === "string" ? `${UNSUBSCRIBED}:${group}` : UNSUBSCRIBED;
}

/** What outlives what: whoever complained does not come back by a START, and a bounce says nothing of what was said. */
const OUTLIVES: Readonly<Record<SuppressionCause, number>> = { bounced: 1, opted_out: 2, complained: 3 };

export function suppress(run: Run, key: string, cause: SuppressionCause, at: number): void {
  const known = run.contact.suppressions[key];
  // Of two words of one kind the later wins; said at the same moment, silence wins.
  const isWeaker = known?.state === "suppressed" && OUTLIVES[known.cause] > OUTLIVES[cause];
  const isOlder = known !== undefined && known.at > at && known.cause === cause;
  if (isWeaker || isOlder) return;
  change(run, { suppressions: { ...run.contact.suppressions, [key]: { state: "suppressed", cause, at } } });
}

/** Whether somebody said so; a mailbox that does not exist says nothing about another. */
export function isWordOfPerson(cause: SuppressionCause): boolean {
  return cause !== "bounced";
}

/**
 * A contact that was merged may have several addresses of a kind. Whoever said no on one of them does not want to be
 * spoken to on another, unless they have agreed to it since.
 */
export function spreadSilence(run: Run): void {
  const { linked, suppressions } = run.contact;
  for (const [key, { state, cause, at }] of Object.entries(suppressions)) {
    const kind = addressOfKey(key)?.kind;
    if (kind === undefined || state === "lifted" || !isWordOfPerson(cause) || !linked.includes(key)) continue;
    const own = ownAddressKey(run.contact, kind);
    const consent = run.contact.consent[kind === "email" ? "email" : "sms"];
    const agreed = consent?.state === "granted" && consent.at > at;
    if (own !== null && own !== key && !agreed) suppress(run, own, cause, at);
  }
}

/** START lifts what STOP set, and nothing else. */
export function lift(run: Run, key: string | null, at: number): void {
  if (key === null) return;
  const known = run.contact.suppressions[key];
  if (known !== undefined && (known.cause !== "opted_out" || known.at >= at)) return;
  change(run, { suppressions: { ...run.contact.suppressions, [key]: { state: "lifted", cause: "opted_out", at } } });
}

/** Lifts it wherever it has spread, too. */
function liftAll(run: Run, key: string | null, at: number): void {
  const lifted = key === null ? undefined : run.contact.suppressions[key];
  lift(run, key, at);
  if (lifted?.state !== "suppressed") return;
  for (const [other, silence] of Object.entries(run.contact.suppressions)) {
    if (run.contact.linked.includes(other) && silence.at === lifted.at) lift(run, other, at);
  }
}

function suppressAt(
  run: Run,
  event: CanonicalEvent,
  kind: ContactChannelKind,
  cause: SuppressionCause,
  at: number,
): void {
  const key = concernedAddress(run, event, kind);
  if (key === null) return;
  suppress(run, key, cause, at);
  spreadSilence(run);
}

/**
 * A silence that somebody else kept until now, and that Heed is told of: as strong as one that it heard itself. Nothing is
 * said back, and nobody counts it as an opt-out of today.
 */
function declareSuppression(run: Run, event: CanonicalEvent, at: number): void {
  const kind = channelSilenced(event);
  const cause = causeSaid(event);
  const key = concernedAddress(run, event, kind);
  if (key === null) return;
  suppress(run, silenceKey(kind, key), cause, at);
  spreadSilence(run);
  if (kind === "sms" && cause === "opted_out") denyMarketing(run, event, at);
}

const CAUSES: readonly SuppressionCause[] = ["opted_out", "complained", "bounced"];

/** Whatever is no cause of ours is the word of a person, which only that person takes back. */
function causeSaid({ data }: CanonicalEvent): SuppressionCause {
  return CAUSES.find((cause) => cause === data["reason"]) ?? "opted_out";
}

/** The address in the event, else the address whose document this is, else the contact's own. */
function concernedAddress(run: Run, event: CanonicalEvent, channel: ContactChannelKind): string | null {
  const kind = addressKindOf(channel);
  const named = event.address?.[kind];
  if (named !== undefined) return addressKey(kind, named);
  return addressOfKey(run.contact.key)?.kind === kind ? run.contact.key : ownAddressKey(run.contact, kind);
}

const CONTACT_KINDS: readonly ContactChannelKind[] = ["email", "sms", "push", "voice"];
const STOP = "stop";

/** With `opt_out.scope: all_marketing`, a STOP is an objection to marketing on the other channels as well. */
function denyMarketing(run: Run, event: CanonicalEvent, at: number): void {
  if (run.rulebook.workspace.optOut.scope !== "all_marketing") return;
  for (const kind of CONTACT_KINDS) {
    const known = run.contact.consent[kind];
    const before = known?.source === STOP ? known.before : (known ?? null);
    setConsent(run, kind, { ...said(event, "denied", at, STOP), before });
  }
}

/** START takes back what a STOP set, and is no consent of its own. */
function withdrawDenials(run: Run, event: CanonicalEvent, at: number): void {
  for (const kind of CONTACT_KINDS) {
    const known = run.contact.consent[kind];
    if (known?.source !== STOP) continue;
    setConsent(run, kind, known.before === null ? said(event, "unknown", at, "start") : { ...known.before, at });
  }
}

/** What was said, with its proof. */
function said(event: CanonicalEvent, state: Consent["state"], at: number, source: string | null): Consent {
  const wording = event.data["wording"];
  const words = typeof wording === "string" ? wording : null;
  return { state, at, source, event: eventKey(event), wording: words, before: null };
}

/** Consent is asked for marketing alone, so words about another class change nothing. */
function declareConsent(run: Run, event: CanonicalEvent, at: number): void {
  const messageClass = event.data["class"] ?? "marketing";
  const kind = consentKind(run, event.data["channel"] ?? event.channel);
  if (kind === null || messageClass !== "marketing") return;
  const source = event.data["source"];
  const state = event.event_type === "consent.granted" ? "granted" : "denied";
  setConsent(run, kind, said(event, state, at, typeof source === "string" ? source : null));
}

/** Channels may have any name; consent is for their kind. */
function consentKind(run: Run, named: Json | undefined): ContactChannelKind | null {
  if (typeof named !== "string") return null;
  const kind = run.rulebook.workspace.channels.get(named)?.kind;
  if (kind !== undefined && reachesContact(kind)) return kind;
  return CONTACT_KINDS.find((candidate) => candidate === named) ?? null;
}

export function setConsent(run: Run, kind: ContactChannelKind, consent: Consent): void {
  const known = run.contact.consent[kind];
  // Said at the same moment, an objection wins.
  if (known !== undefined && (known.at > consent.at || (known.at === consent.at && known.state === "denied"))) return;
  change(run, { consent: { ...run.contact.consent, [kind]: consent } });
}
