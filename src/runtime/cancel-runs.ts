import { isMeant } from "../core/cancelling.ts";
import { idOfHanded } from "../core/handing.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Contact, Enrollment } from "../core/model/contact.ts";
import type { Cancel, Handed } from "../core/model/decision.ts";
import type { Store } from "../store/store.ts";
import { encodeJson } from "./contact-codec.ts";

export interface CancelParts {
  readonly store: Pick<Store, "append">;
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * Asks for the end of runs of a contact: the decider ends them within a moment, or the next one that starts. Returns those
 * that are live now and meant; when there are none, nothing is asked. Rejects with `Unavailable`.
 */
export async function cancelRuns(
  { store, clock, newId }: CancelParts,
  contact: Contact,
  wish: Pick<Cancel, "of" | "actor" | "note">,
): Promise<readonly Enrollment[]> {
  const at = clock.now();
  const meant = Object.values(contact.enrollments).filter((enrollment) => isMeant(enrollment, { of: wish.of, at }));
  if (meant.length === 0) return [];
  const word: Handed = { kind: "cancel", command: newId(), at, ...wish };
  await store.append([{ id: idOfHanded(word), key: contact.key, body: encodeJson(word) }]);
  return meant;
}
