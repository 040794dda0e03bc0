import { type ContactChannelKind, reachesContact, type Rule } from "../model/rulebook.ts";
import type { Run } from "../run.ts";
import { type GateVerdict, pass, passed, type Speaking, unreached } from "./gate.ts";

/** Marketing needs what the workspace asks for on this channel: recorded consent (`opt_in`) or no objection (`opt_out`). */
export function consent({ run, rule, channel }: Speaking): GateVerdict {
  if (!reachesContact(channel.kind)) return pass;
  if (rule.class !== "marketing") return pass;
  const { kind } = channel;
  const saw = () => {
    const known = run.contact.consent[kind];
    const needs = run.rulebook.workspace.consent[kind];
    const state = known?.state ?? "unknown";
    return { kind, needs, state, ...(known !== undefined && { since: known.at, source: known.source }) };
  };
  return isConsented(run, rule, kind) ? passed(saw) : unreached("consent.missing", saw);
}

export function isConsented({ contact, rulebook }: Run, rule: Rule, kind: ContactChannelKind): boolean {
  if (rule.class !== "marketing") return true;
  const state = contact.consent[kind]?.state ?? "unknown";
  return rulebook.workspace.consent[kind] === "opt_in" ? state === "granted" : state !== "denied";
}
