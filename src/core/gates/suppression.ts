import { isSuppressed, suppressionKey } from "../model/contact.ts";
import { addressKey } from "../model/identity.ts";
import { addressKindOf, reachesContact } from "../model/rulebook.ts";
import { askSuppressed, type Asking } from "../run.ts";
import { type GateVerdict, pass, passed, type Speaking, unreached } from "./gate.ts";

/**
 * An opt-out, a complaint or a hard bounce silences an address on its kind of channel for every class. The contact's own document answers
 * first; the address's document is asked as well, because it may know of an opt-out that came before the two were linked.
 * Only the one message that confirms an opt-out passes it.
 */
export function* suppression({ run, rule, channel, to }: Speaking): Asking<GateVerdict> {
  if (!reachesContact(channel.kind) || to === null) return pass;
  const key = suppressionKey(channel.kind, to);
  const known = run.contact.suppressions[key];
  if (isSuppressed(run.contact, key) && known !== undefined) {
    if (rule.id === run.rulebook.confirmation && known.cause === "opted_out") {
      return passed(() => ({ address: to, cause: known.cause, since: known.at }));
    }
    return unreached("suppressed", () => ({ address: to, cause: known.cause, since: known.at }));
  }
  // Of calls and push messages the contact's own document knows all.
  if (key === run.contact.key || key !== addressKey(addressKindOf(channel.kind), to)) return pass;
  // The address's document knows the cause.
  return (yield* askSuppressed(run, key)) ? unreached("suppressed", () => ({ address: to })) : pass;
}
