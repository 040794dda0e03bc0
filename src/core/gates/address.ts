import { addressKey } from "../model/identity.ts";
import { addressKindOf, reachesContact } from "../model/rulebook.ts";
import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/** E.164: a plus sign and at most 15 digits. Whether a number is assigned is for the carrier to say. */
const PHONE = /^\+[1-9]\d{6,14}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** There must be an address, of a possible form, that no provider has called dead. */
export function address({ run, channel, to }: Speaking): GateVerdict {
  if (!reachesContact(channel.kind)) return pass;
  if (to === null) return skip("address.missing");
  const kind = addressKindOf(channel.kind);
  const possible = (kind === "email" ? EMAIL : PHONE).test(to);
  return possible && run.contact.invalid[addressKey(kind, to)] === undefined ? pass : skip("address.invalid");
}
