import { isConsented } from "./gates/consent.ts";
import { isPossibleAddress } from "./gates/address.ts";
import { isSuppressed, suppressionKey } from "./model/contact.ts";
import { addressKindOf, type Rule, reachesContact, type SendStep } from "./model/rulebook.ts";
import type { Run } from "./run.ts";

/** The channel of a step that its message takes first. The gates have the last word when its turn comes. */
export function channelFor(run: Run, rule: Rule, step: SendStep): string {
  const [first = ""] = inOrder(run, step);
  return nextChannel(run, rule, step, []) ?? first;
}

/** The first channel that can reach the contact and has not been tried; null when there is none. */
export function nextChannel(run: Run, rule: Rule, step: SendStep, tried: readonly string[]): string | null {
  return inOrder(run, step).find((name) => !tried.includes(name) && canReach(run, rule, step, name)) ?? null;
}

/** As the author wrote them, the contact's preferred channel before the others. */
function inOrder({ contact }: Run, { channels }: SendStep): readonly string[] {
  const preferred = contact.attributes["preferred_channel"];
  if (typeof preferred !== "string" || !channels.includes(preferred)) return channels;
  return [preferred, ...channels.filter((name) => name !== preferred)];
}

function canReach(run: Run, rule: Rule, step: SendStep, name: string): boolean {
  const channel = run.rulebook.workspace.channels.get(name);
  if (channel === undefined) return false;
  if (!reachesContact(channel.kind)) return true;
  if (!isConsented(run, rule, channel.kind)) return false;
  if (step.to !== null) return true;
  const kind = addressKindOf(channel.kind);
  const to = run.contact.addresses[kind]?.address;
  if (to === undefined) return false;
  return isPossibleAddress(run, kind, to) && !isSuppressed(run.contact, suppressionKey(channel.kind, to));
}
