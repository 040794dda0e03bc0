import { hand, nextNumber, passOn, stampOf, wayOf } from "./handing.ts";
import type { Contact } from "./model/contact.ts";
import type { Handed } from "./model/decision.ts";
import type { CanonicalEvent } from "./model/event.ts";
import { isContactKey, keyOfId } from "./model/identity.ts";
import { handOver } from "./moving.ts";
import { change, record, type Run } from "./run.ts";

/**
 * Two contacts with ids of their own are one person. A saga of single-document commits, each safe to repeat: the contact
 * that stays tells the other, the other hands over all that it knows and points to the one that stays (`moving.ts`), that
 * one takes it in (`absorbing.ts`). From then on the other only hands on what still comes for it.
 */

/** The contact of a `contact.merged` stays; the one that `data.from` names goes on in it. */
export function requestMerge(run: Run, event: CanonicalEvent): void {
  if (event.event_type !== "contact.merged" || !isContactKey(run.contact.key)) return;
  const from = keyOfId(event.data["from"]);
  if (from === null || from === run.contact.key) return;
  hand(run, from, { kind: "merge", into: run.contact.key, number: nextNumber(run) });
}

/** Goes on in another contact. */
export function merge(run: Run, into: string): void {
  if (into === run.contact.key) return;
  change(run, { pointsTo: [into], merges: run.contact.merges + 1 });
  record(run, { kind: "identity", reason: "merged", detail: { merged_into: into } });
  handOver(run, into);
}

/** Whether this is a contact that was merged into another. */
export function isMerged({ key, pointsTo }: Contact): boolean {
  return isContactKey(key) && pointsTo.length > 0;
}

/**
 * Hands something on to the contact that this one has become. False when it is to be decided here after all: two contacts
 * that were merged into each other at the same moment, or several in a circle, hand things round until one of them, which
 * all would choose, stays what it was.
 */
export function handToSurvivor(run: Run, what: Exclude<Handed, { kind: "link" | "unlink" | "erase" }>): boolean {
  if (!isMerged(run.contact)) return false;
  if (!isFirstOfCircle(run.contact, wayOf(what))) return passOn(run, what);
  change(run, { pointsTo: [] });
  record(run, { kind: "identity", detail: { stays: "because contacts were merged in a circle" } });
  return false;
}

/** Whether it has been here before, and of all contacts that it has passed since, this one's key is the first. */
function isFirstOfCircle(contact: Contact, way: readonly string[]): boolean {
  const since = way.lastIndexOf(stampOf(contact));
  return since >= 0 && way.slice(since).every((stamp) => contact.key <= stamp.slice(0, stamp.lastIndexOf("~")));
}
