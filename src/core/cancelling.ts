import { endEnrollment } from "./ending.ts";
import { passOn } from "./handing.ts";
import { handToSurvivor } from "./merging.ts";
import { type Enrollment, runOf } from "./model/contact.ts";
import type { Cancel, Handed } from "./model/decision.ts";
import { record, type Run } from "./run.ts";

/**
 * A person ends what is under way for a contact: one run, or all of a rule that began before the word was given. A message
 * whose call has begun is not called back.
 */
export function cancel(run: Run, what: Extract<Handed, { kind: "cancel" }>): void {
  if (run.contact.erased?.anew === false || handToSurvivor(run, what) || passOn(run, what)) return;
  const { actor, note } = what;
  const meant = Object.values(run.contact.enrollments).filter((enrollment) => isMeant(enrollment, what));
  for (const enrollment of meant) endEnrollment(run, enrollment, "cancelled", { actor, note });
  if (meant.length > 0) return;
  // It has ended by itself meanwhile: whoever asks what became of their word finds it.
  const detail = { command: "cancel", run: what.of, actor, note, refused: "run ended" };
  record(run, { kind: "command", detail });
}

/** Whether a person who says `of` means this run: by its own id, or by the id of its rule. */
export function isMeant({ id, rule, triggeredAt }: Enrollment, { of, at }: Pick<Cancel, "of" | "at">): boolean {
  return id === of || runOf(id) === of || (rule === of && triggeredAt <= at);
}
