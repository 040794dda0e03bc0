import { reachesContact } from "../model/rulebook.ts";
import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/**
 * Marketing needs what the workspace asks for on this channel: recorded consent (`opt_in`) or no objection (`opt_out`).
 * A channel of which the workspace says nothing needs recorded consent: no answer means no send.
 */
export function consent({ run, rule, channel }: Speaking): GateVerdict {
  if (rule.class !== "marketing" || !reachesContact(channel.kind)) return pass;
  const state = run.contact.consent[channel.kind]?.state ?? "unknown";
  const needed = run.rulebook.workspace.consent[channel.kind] ?? "opt_in";
  const given = needed === "opt_in" ? state === "granted" : state !== "denied";
  return given ? pass : skip("consent.missing");
}
