import { withLookups } from "../looking-up.ts";
import { normalizeEmail } from "../model/address.ts";
import { addressKindOf, reachesContact } from "../model/rulebook.ts";
import { type Asking, askRender } from "../run.ts";
import { type GateVerdict, pass, type Speaking, unanswered } from "./gate.ts";

/** Where the message goes: where the step says, else the contact's own address. Whether there is one, `address` judges. */
export function* recipient(speaking: Speaking): Asking<GateVerdict> {
  const { run, enrollment, step, channel, facts } = speaking;
  const kind = reachesContact(channel.kind) ? addressKindOf(channel.kind) : null;
  if (step.to === null) {
    speaking.to = kind === null ? null : (run.contact.addresses[kind]?.address ?? null);
    return pass;
  }
  const known = yield* withLookups(run, enrollment, step.toLookups ?? [], facts);
  if ("reason" in known) return unanswered(known);
  const text = (yield* askRender(run, step.to, known.facts))?.trim() ?? "";
  if (text !== "") speaking.to = kind === "email" ? (normalizeEmail(text) ?? text) : text;
  return pass;
}
