import { enroll } from "./enrolling.ts";
import { isSuppressed } from "./model/contact.ts";
import type { CanonicalEvent } from "./model/event.ts";
import { addressOfKey } from "./model/identity.ts";
import type { Run } from "./run.ts";

/**
 * The number that this opt-out silences, when this document is the one that answers it: the number's own, because
 * several contacts may share it, and one that was not silent already. Asked before the opt-out is learned.
 */
export function numberToAnswer(run: Run, event: CanonicalEvent): string | null {
  const { contact, rulebook } = run;
  if (rulebook.confirmation === null || event.event_type !== "sms.opted_out") return null;
  const own = addressOfKey(contact.key);
  if (own?.kind !== "phone" || isSuppressed(contact, contact.key)) return null;
  return event.address?.phone === undefined || event.address.phone === own.address ? own.address : null;
}

/** Starts the rule that tells this number that it will hear no more. */
export function confirmOptOut(run: Run, event: CanonicalEvent, phone: string): void {
  const rule = run.rulebook.rules.get(run.rulebook.confirmation ?? "");
  if (rule !== undefined) enroll(run, rule, { ...event, address: { phone } });
}
