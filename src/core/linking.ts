import { hand, nextNumber, passOn } from "./handing.ts";
import { handOver } from "./moving.ts";
import type { Handed } from "./model/decision.ts";
import type { CanonicalEvent } from "./model/event.ts";
import {
  type AddressKind,
  addressKey,
  addressOfKey,
  anonymousKeyOf,
  identityRank,
  isAnonymousKey,
  isContactKey,
  isDeviceKey,
} from "./model/identity.ts";
import { shortMark } from "./model/sha256.ts";
import { isAboutAddress, spreadSilence } from "./opting-out.ts";
import { change, record, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

/**
 * Who a contact is. An address or anonymous id that belongs to a contact has a small document that points to it and hands
 * events on. Linking is a saga of single-document commits, each safe to repeat: the contact tells the address, the address
 * tells the contact what it knew so far, the contact takes it in (`moving.ts`).
 */

/** An address that more contacts than this claim is a placeholder; only the newest are told what concerns it. */
const MOST_SHARING = 100;
/** Nobody has so many addresses; browsers that forget their ids have so many ids, of which the oldest are given up. */
const MOST_LINKED = 100;
/** More than so many contacts, with their addresses, are no person. */
const MOST_MERGED = 500;
export const ADDRESS_KINDS: readonly AddressKind[] = ["email", "phone", "push"];

/** Reports about messages name the address a message went to or came from, which may be one the contact gave up long ago. */
const REPORT = /^(email|sms|push|voice)\./;

/**
 * Takes the addresses and the anonymous id of an event for the contact's own, the newest word winning, and tells each new
 * one. Reports, and events that an address handed on, only fill a gap: they never change an address that is known.
 */
export function learnIdentities(run: Run, event: CanonicalEvent): void {
  const handedOn = isContactKey(run.contact.key) && event.contact_id === undefined;
  const onlyFillsGaps = handedOn || REPORT.test(event.event_type);
  for (const kind of ADDRESS_KINDS) {
    const address = event.address?.[kind];
    if (address === undefined || (onlyFillsGaps && run.contact.addresses[kind] !== undefined)) continue;
    learnAddress(run, kind, address, happenedAt(event, run.now));
  }
  const anonymous = anonymousKeyOf(event);
  if (anonymous !== null) learnAnonymous(run, anonymous);
}

/** An address that takes the place of another one releases it; one that comes `beside` it does not. */
export function learnAddress(
  run: Run,
  kind: AddressKind,
  address: string,
  at: number,
  how: "instead" | "beside" = "instead",
): void {
  // The document of an address takes only weaker addresses for its own: never one of its kind, never one above.
  if (identityRank(addressKey(kind, address)) >= identityRank(run.contact.key)) return;
  const known = run.contact.addresses[kind];
  if (known !== undefined && known.at > at) return;
  change(run, { addresses: { ...run.contact.addresses, [kind]: { address, at } } });
  if (known?.address === address) return;
  claim(run, addressKey(kind, address));
  if (known === undefined || how === "beside") return;
  // Whoever said no on the old one does not want to hear on the new one, as with two that were merged.
  spreadSilence(run);
  giveUp(run, addressKey(kind, known.address));
}

export function learnAnonymous(run: Run, key: string): void {
  if (identityRank(key) < identityRank(run.contact.key) && !run.contact.linked.includes(key)) claim(run, key);
}

/** Takes an address or anonymous id for the contact's own, and tells it. */
export function claim(run: Run, key: string): void {
  remember(run, key);
  hand(run, key, { kind: "link", contact: run.contact.key, number: nextNumber(run) });
}

/** Writes down that this document belongs to the contact, newest last. */
export function remember(run: Run, key: string): void {
  const linked = [...run.contact.linked.filter((known) => known !== key), key];
  change(run, { linked });
  if (linked.length <= MOST_LINKED) return;
  const [first] = linked;
  const oldest = linked.find(isAnonymousKey) ?? (linked.length > MOST_MERGED ? first : undefined);
  if (oldest === undefined) return;
  // A contact that was merged goes on pointing here; an erasure no longer reaches it from here.
  if (isContactKey(oldest)) change(run, { linked: linked.filter((known) => known !== oldest) });
  else giveUp(run, oldest);
}

function giveUp(run: Run, key: string): void {
  change(run, { linked: run.contact.linked.filter((known) => known !== key) });
  hand(run, key, { kind: "unlink", contact: run.contact.key, number: nextNumber(run) });
}

/** Tells an address what concerns it, and nothing that would let it take others for its own. */
export function tellAddress(run: Run, key: string, told: CanonicalEvent): void {
  const { contact_id: _contact, address: _all, ...rest } = told;
  const own = addressOfKey(key);
  const event: CanonicalEvent = own === null ? rest : { ...rest, address: { [own.kind]: own.address } };
  hand(run, key, { kind: "event", event, told: true });
}

type Word = Extract<Handed, { kind: "link" | "unlink" }>;

/** An address or anonymous id learns whom it belongs to. */
export function link(run: Run, { contact, number }: Word): void {
  if (identityRank(contact) <= identityRank(run.contact.key) || !isNews(run, contact, number)) return;
  const others = run.contact.pointsTo.filter((key) => key !== contact);
  // A device is one person's at a time: who had it until now must say so again to get it back.
  const shared = isDeviceKey(run.contact.key) ? [] : others;
  change(run, { pointsTo: [...shared, contact].slice(-MOST_SHARING) });
  for (const key of others) {
    if (!run.contact.pointsTo.includes(key)) {
      hand(run, key, { kind: "unlink", contact: run.contact.key, number: nextNumber(run) });
    }
  }
  record(run, { kind: "identity", detail: { linked: contact } });
  handOver(run, contact);
}

/** An address learns that a contact has it no more; whoever else has it keeps it. A contact learns that it has lost a device. */
export function unlink(run: Run, { contact, number }: Word): void {
  if (identityRank(contact) < identityRank(run.contact.key)) {
    const { push, ...addresses } = run.contact.addresses;
    const lost = push !== undefined && addressKey("push", push.address) === contact;
    const linked = run.contact.linked.filter((key) => key !== contact);
    return change(run, { linked, ...(lost && { addresses }) });
  }
  if (!isNews(run, contact, number)) return;
  change(run, { pointsTo: run.contact.pointsTo.filter((key) => key !== contact) });
  record(run, { kind: "identity", detail: { unlinked: contact } });
}

/** Words about whom a document belongs to may arrive in any order: of one contact's, only the newest counts. */
export function isNews(run: Run, contact: string, number: number): boolean {
  const mark = shortMark(contact);
  const known = run.contact.words[mark];
  if (known !== undefined && known >= number) return false;
  const { [mark]: _older, ...others } = run.contact.words;
  const kept = Object.entries(others).slice(-2 * MOST_SHARING);
  change(run, { words: { ...Object.fromEntries(kept), [mark]: number } });
  return true;
}

/** Hands an event on to the contact the address belongs to; words about the address itself to every contact that shares it. */
export function handOn(run: Run, what: Extract<Handed, { kind: "event" }>): void {
  const { pointsTo } = run.contact;
  passOn(run, what, isAboutAddress(what.event) ? pointsTo : pointsTo.slice(-1));
}
