import { type Contact, newContact } from "../../core/model/contact.ts";
import type { Documents } from "../../simulate/virtual-world.ts";

/** Documents of hundreds of thousands of contacts: those that nothing happens to are kept as text. */
export interface CompactDocuments extends Documents {
  /** Whom a document belongs to, by the number of a cluster. */
  clusterOf(key: string): number;
  belongs(key: string, cluster: number): void;
  keys(): Iterable<string>;
}

/** What happens to a contact mostly goes on at once: an event, a ticket, a result. */
const AWAKE = 2_000;

export function createDocuments(): CompactDocuments {
  const idle = new Map<string, string>();
  const clusters = new Map<string, number>();
  /** The one that was touched last comes last. */
  const awake = new Map<string, Contact>();
  const touch = (key: string, contact: Contact): void => {
    awake.delete(key);
    awake.set(key, contact);
    if (awake.size <= AWAKE) return;
    for (const [oldest, document] of awake) {
      idle.set(oldest, encode(document));
      awake.delete(oldest);
      return;
    }
  };
  return {
    get(key) {
      const known = awake.get(key) ?? decode(key, idle.get(key));
      if (known !== undefined) touch(key, known);
      return known;
    },
    set: touch,
    clusterOf: (key) => clusters.get(key) ?? 0,
    belongs(key, cluster) {
      if (!clusters.has(key)) clusters.set(key, cluster);
    },
    *keys() {
      yield* new Set([...idle.keys(), ...awake.keys()]);
    },
  };
}

/** Without what every new contact has: most of a document says nothing. */
function encode(contact: Contact): string {
  const usual = newContact(contact.key);
  const said = Object.entries(contact).filter(([name, value]) => !isSaidAnyway(usual, name, value));
  return JSON.stringify(Object.fromEntries(said));
}

function isSaidAnyway(usual: Contact, name: string, value: unknown): boolean {
  const anyway: unknown = Reflect.get(usual, name);
  return anyway === value || (isEmpty(anyway) && isEmpty(value));
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).length === 0;
}

/** What `encode` wrote, and nobody else could. */
function decode(key: string, text: string | undefined): Contact | undefined {
  if (text === undefined) return undefined;
  const said = JSON.parse(text) as Partial<Contact>;
  return { ...newContact(key), ...said };
}
