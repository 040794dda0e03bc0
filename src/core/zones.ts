import type { Contact } from "./model/contact.ts";
import type { Workspace } from "./model/rulebook.ts";
import { isTimeZone } from "./time/instant.ts";
import { zonesOfPhone } from "./time/phone-zones/zones-of-phone.ts";

/** Where a contact is, and how we know. */
export interface ContactZones {
  /** The one in which days are counted and times of day are meant. */
  readonly zone: string;
  /** All zones the contact may be in: hours must be open in every one of them. */
  readonly all: readonly string[];
  readonly source: "contact" | "phone" | "workspace";
}

/** The contact's own zone, else those of its phone number, else the workspace's. */
export function zonesOf(contact: Contact, workspace: Pick<Workspace, "timeZone">): ContactZones {
  const own = contact.attributes["time_zone"];
  if (typeof own === "string" && isTimeZone(own)) return { zone: own, all: [own], source: "contact" };
  const phone = contact.addresses.phone;
  const all = phone === undefined ? [] : zonesOfPhone(phone.address);
  const [first] = all;
  if (first === undefined) return { zone: workspace.timeZone, all: [workspace.timeZone], source: "workspace" };
  return { zone: all.includes(workspace.timeZone) ? workspace.timeZone : first, all, source: "phone" };
}

export function zoneOf(contact: Contact, workspace: Workspace): string {
  return zonesOf(contact, workspace).zone;
}

/** The zones of a `zone:` in a rule: `contact` is wherever the contact is. */
export function zonesNamed(zone: string, contact: Contact, workspace: Workspace): readonly string[] {
  return zone === "contact" ? zonesOf(contact, workspace).all : [zone];
}

export function zoneNamed(zone: string, contact: Contact, workspace: Workspace): string {
  return zone === "contact" ? zoneOf(contact, workspace) : zone;
}
