import {
  type Contact,
  newContact,
  type Suppression,
  type SuppressionCause,
  suppressionKey,
} from "../core/model/contact.ts";
import { normalizeEmail } from "../core/model/address.ts";
import { type AddressKind, addressKey } from "../core/model/identity.ts";
import { typedAttributes } from "../core/attributes.ts";
import { addressKindOf, reachesContact, type Workspace } from "../core/model/rulebook.ts";
import type { Person } from "../rulebook/test-cast.ts";

/** The document under which a person is known. */
export function keyOf(person: Person): string {
  return `id:${person.id}`;
}

/**
 * The documents of people and of their addresses as they would be if all had been learnt before the case begins. The
 * moment is that before the start, so that whatever a case says is newer.
 */
export function seedContacts(
  people: readonly Person[],
  workspace: Workspace,
  startMs: number,
): ReadonlyMap<string, Contact> {
  const at = startMs - 1;
  const documents = new Map<string, Contact>();
  for (const person of people) {
    const contact = contactOf(person, workspace, at);
    documents.set(contact.key, contact);
    for (const { key } of addressesOf(person)) {
      const known = documents.get(key) ?? newContact(key);
      const silence = contact.suppressions[key];
      documents.set(key, {
        ...known,
        pointsTo: [...known.pointsTo, contact.key],
        suppressions: silence === undefined ? known.suppressions : { ...known.suppressions, [key]: silence },
      });
    }
  }
  return documents;
}

function contactOf(person: Person, workspace: Workspace, at: number): Contact {
  const addresses = addressesOf(person);
  return {
    ...newContact(keyOf(person)),
    attributes: {
      ...typedAttributes(person.attributes, workspace).values,
      ...(person.timeZone !== null && { time_zone: person.timeZone }),
    },
    tags: person.tags,
    addresses: Object.fromEntries(addresses.map(({ kind, address }) => [kind, { address, at }])),
    consent: consentOf(person, workspace, at),
    suppressions: Object.fromEntries(silencesOf(person, addresses, workspace, at)),
  };
}

interface SeededAddress {
  readonly kind: AddressKind;
  readonly address: string;
  readonly key: string;
}

function addressesOf({ email, phone, push }: Person): readonly SeededAddress[] {
  const normalized = email === null ? null : normalizeEmail(email);
  const seeded = (kind: AddressKind, address: string | null): readonly SeededAddress[] =>
    address === null ? [] : [{ kind, address, key: addressKey(kind, address) }];
  return [...seeded("email", normalized), ...seeded("phone", phone), ...seeded("push", push)];
}

function consentOf(person: Person, workspace: Workspace, at: number): Contact["consent"] {
  const entries = Object.entries(person.consent).flatMap(([name, state]) => {
    const kind = workspace.channels.get(name)?.kind;
    return kind === undefined || !reachesContact(kind)
      ? []
      : [[kind, { state, at, source: "test", event: null, wording: null }] as const];
  });
  return Object.fromEntries(entries);
}

/** Mail is silent after a bounce, which nothing lifts; a phone after a STOP, which START lifts. */
const causes: Readonly<Record<AddressKind, SuppressionCause>> = {
  email: "bounced",
  phone: "opted_out",
  push: "opted_out",
};

function silencesOf(
  { suppressed }: Person,
  addresses: readonly SeededAddress[],
  workspace: Workspace,
  at: number,
): readonly (readonly [string, Suppression])[] {
  return suppressed.flatMap((name) => {
    const kind = workspace.channels.get(name)?.kind;
    if (kind === undefined || !reachesContact(kind)) return [];
    const address = addresses.find((known) => known.kind === addressKindOf(kind));
    if (address === undefined) return [];
    return [[suppressionKey(kind, address.address), { state: "suppressed", cause: causes[address.kind], at }]];
  });
}
