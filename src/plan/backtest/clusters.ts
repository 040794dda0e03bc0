import { addressKey, anonymousKeyOf, keyOfId } from "../../core/model/identity.ts";
import type { CanonicalEvent } from "../../core/model/event.ts";

/**
 * Which identity keys are one person, or share something by which they meet: a person known by id, email and phone is
 * played as a whole or not at all. A forest of sets (union-find); a set is named by the number of its first key.
 */
export interface Clusters {
  /** The number of a key, from 0 in the order in which keys were first seen. */
  numberOf(key: string): number;
  unite(a: number, b: number): void;
  /** By key number, the cluster's first key. */
  roots(): Uint32Array;
  /** By number. */
  keys(): readonly string[];
}

export function createClusters(): Clusters {
  const numbers = new Map<string, number>();
  const keys: string[] = [];
  let parents = new Uint32Array(1 << 12);
  const rootOf = (number: number): number => {
    let root = number;
    while (parents[root] !== root) root = parents[root] ?? root;
    for (let at = number; at !== root;) {
      const next = parents[at] ?? root;
      parents[at] = root;
      at = next;
    }
    return root;
  };
  return {
    numberOf(key) {
      const known = numbers.get(key);
      if (known !== undefined) return known;
      const number = keys.length;
      numbers.set(key, number);
      keys.push(key);
      if (number === parents.length) {
        const wider = new Uint32Array(2 * number);
        wider.set(parents);
        parents = wider;
      }
      parents[number] = number;
      return number;
    },
    unite(a, b) {
      const [first, second] = [rootOf(a), rootOf(b)];
      parents[Math.max(first, second)] = Math.min(first, second);
    },
    roots: () => Uint32Array.from(keys, (_, number) => rootOf(number)),
    keys: () => keys,
  };
}

/** Every identity key that an event names, beside the one under which it came in. */
export function keysIn(event: CanonicalEvent): readonly string[] {
  const { address } = event;
  const keys = [keyOfId(event.contact_id), anonymousKeyOf(event)];
  if (address?.email !== undefined) keys.push(addressKey("email", address.email));
  if (address?.phone !== undefined) keys.push(addressKey("phone", address.phone));
  if (address?.push !== undefined) keys.push(addressKey("push", address.push));
  if (event.event_type === "contact.merged") keys.push(keyOfId(event.data["from"]));
  return keys.filter((key) => key !== null);
}
