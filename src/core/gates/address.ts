import { isAddress } from "../model/address.ts";
import { type AddressKind, addressKey } from "../model/identity.ts";
import { addressKindOf, reachesContact } from "../model/rulebook.ts";
import type { Run } from "../run.ts";
import { type GateVerdict, pass, passed, type Speaking, unreached } from "./gate.ts";

/** There must be an address, of a possible form, that no provider has called dead. */
export function address({ run, channel, to }: Speaking): GateVerdict {
  if (!reachesContact(channel.kind)) return pass;
  const kind = addressKindOf(channel.kind);
  if (to === null) return unreached("address.missing", () => ({ kind }));
  if (isPossibleAddress(run, kind, to)) return passed(() => ({ to }));
  const dead = run.contact.invalid[addressKey(kind, to)];
  return unreached("address.invalid", () => ({ to, ...(dead !== undefined && { dead_since: dead }) }));
}

/** Whether a number is assigned, or a mailbox exists, is for the provider to say. */
export function isPossibleAddress({ contact }: Run, kind: AddressKind, to: string): boolean {
  return isAddress(kind, to) && contact.invalid[addressKey(kind, to)] === undefined;
}
