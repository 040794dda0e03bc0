import type { CommandContext } from "./command-context.ts";
import { printable } from "../rulebook/report/printable.ts";
import { Unsupported } from "../store/store.ts";
import { keyNamed, keysNamed, wayNamed } from "./contact.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { BadSetting } from "./run-settings.ts";

/** Whom somebody meant: `known` is whether anybody is known by it, null when there is no store here to look in. */
export interface Meant {
  /** The name that was meant, with its kind: `id:ana`, `email:ana@example.com`. */
  readonly key: string;
  readonly known: boolean | null;
}

/**
 * Reads a name as `heed contact show` does, before anything is said of whom it leads to: what is said of the wrong one
 * is lost, and an objection that is lost is a message to somebody who wanted none. An address that nobody has stays an
 * address. Throws `BadSetting` when it may be two contacts.
 */
export async function whoIsMeant(named: string, { settings, clock, io }: CommandContext): Promise<Meant> {
  const keys = keysNamed(named);
  const likeliest = keys.at(-1) ?? keyNamed(named);
  const store = await readStore(settings, clock).catch((fault: unknown): null => {
    if (fault instanceof Unsupported && settings.store.kind === "embedded") return null;
    throw fault;
  });
  if (store === null) {
    io.err(`no store in ${settings.dataDirectory} to look in: taken as ${printable(likeliest)}\n`);
    return { key: likeliest, known: null };
  }
  try {
    const owners = await ownersOf(store, keys);
    const [first = likeliest] = owners.keys();
    if (new Set(owners.values()).size > 1) {
      const both = [...owners].map(([key, owner]) => (key === owner ? key : `${key}, which belongs to ${owner}`));
      throw new BadSetting(`${printable(named)} may be two contacts, write which: ${printable(both.join("; or "))}`);
    }
    if (first !== keyNamed(named)) {
      const owner = owners.get(first);
      const whose = owner === undefined ? "nobody is known by it yet" : `it belongs to ${owner}`;
      io.err(`${printable(`${named} is taken as ${first}: ${whose}`)}\n`);
    }
    return { key: first, known: owners.size > 0 };
  } finally {
    await store.close();
  }
}

/** By each name that leads somewhere, where it leads. */
async function ownersOf(
  store: Pick<StoreReading, "load">,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  for (const key of keys) {
    const owner = (await wayNamed(store, key)).at(-1);
    if (owner !== undefined) owners.set(key, owner.key);
  }
  return owners;
}
