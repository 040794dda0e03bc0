import type { Clock } from "../core/model/clock.ts";
import { faultFields, type Log } from "../observe/log.ts";
import type { ConsumeOptions, Store } from "../store/store.ts";
import { changeHouse, type HouseKey } from "./house-documents.ts";

export type Shard = NonNullable<ConsumeOptions["shard"]>;

/** A process's place among those that share out the contacts. */
export interface Membership {
  /** The others take over at their next look. */
  leave(): Promise<void>;
}

export interface MembershipParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** What the members do. */
  readonly role: string;
  /** This member's own: no other has it or ever had. */
  readonly id: string;
  /** Called with the first shard before the join is over, and whenever it changes. */
  readonly onShard: (shard: Shard) => void;
}

/** Before the role. */
export const WORKERS_KEY = "heed:workers:";
/** How often a member renews its entry and looks at the others'. Each time costs one read and one write. */
export const RENEW_MS = 1_000;
/**
 * After so many looks at an entry that did not change, its owner is taken for dead. Looks are counted, not time: clocks
 * of machines differ, and one who stood still has looked at nobody meanwhile.
 */
const SILENT_LOOKS = 3;
/** The longest that a shard is without a reader: a member dies just after a renewal, and the others look late. */
export const LEASE_MS = (SILENT_LOOKS + 2) * RENEW_MS;

/**
 * Joins those that share out the contacts among themselves. Their list is one house document in which each renews its
 * entry; a member's shard is its place in the list. All that read the same list agree; until all have read it, shards
 * overlap, which is harmless, or have no reader for less than a lease. While the store does not answer, everybody keeps
 * the shard it has. Rejects with Unavailable when the store does not answer at the start.
 */
export async function joinMembers(parts: MembershipParts): Promise<Membership> {
  const { store, clock, log, id, onShard } = parts;
  const key: HouseKey = `${WORKERS_KEY}${parts.role}`;
  const silent = createSilence();
  let shard: Shard | null = null;
  let renewedAt = 0;
  let isAway = false;
  let left = false;

  const renew = async (): Promise<void> => {
    const members = await changeHouse(store, key, (body) => {
      renewedAt = Math.max(clock.now(), renewedAt + 1);
      const own: Member = { id, renewedAt };
      const alive = readMembers(body).filter((member) => member.id === id || !silent.isOver(member));
      const isListed = alive.some((member) => member.id === id);
      const listed = isListed ? alive.map((member) => (member.id === id ? own : member)) : [...alive, own];
      return { write: { members: listed }, result: listed };
    });
    silent.look(members);
    const next: Shard = [members.findIndex((member) => member.id === id), members.length];
    if (left || (shard?.[0] === next[0] && shard[1] === next[1])) return;
    shard = next;
    onShard(next);
  };
  const renewOrWait = async (): Promise<void> => {
    try {
      await renew();
      isAway = false;
    } catch (fault) {
      if (!isAway) log.warn("the list of workers cannot be renewed: all keep their share for now", faultFields(fault));
      isAway = true;
    }
  };

  await renew();
  let renewing = Promise.resolve();
  let cancel = (): void => undefined;
  const later = (): void => {
    cancel = clock.after(RENEW_MS, () => {
      renewing = renewOrWait().then(() => {
        if (!left) later();
      });
    });
  };
  later();
  return {
    async leave() {
      left = true;
      cancel();
      await renewing;
      await changeHouse(store, key, (body) => {
        const members = readMembers(body).filter((member) => member.id !== id);
        return { write: { members }, result: null };
        // The others notice by our silence.
      }).catch(() => null);
    },
  };
}

interface Member {
  readonly id: string;
  /** Epoch milliseconds by the member's own clock. A time for people; for members it only matters that it changes. */
  readonly renewedAt: number;
}

/** How many of a list have renewed their entry lately, as near as clocks of two machines tell: for people. */
export function livingMembers(body: unknown, now: number): number {
  return readMembers(body).filter(({ renewedAt }) => now - renewedAt < LEASE_MS).length;
}

/** At how many looks in a row each entry was as before. */
function createSilence() {
  let known = new Map<string, { readonly renewedAt: number; readonly looks: number }>();
  const looksAt = ({ id, renewedAt }: Member): number => {
    const before = known.get(id);
    return before?.renewedAt === renewedAt ? before.looks + 1 : 0;
  };
  return {
    isOver: (member: Member): boolean => looksAt(member) >= SILENT_LOOKS,
    look(members: readonly Member[]): void {
      known = new Map(
        members.map((member) => [member.id, { renewedAt: member.renewedAt, looks: looksAt(member) }] as const),
      );
    },
  };
}

/** Lists of members are written by this file alone. */
function readMembers(body: unknown): readonly Member[] {
  const members: unknown = typeof body === "object" && body !== null && "members" in body ? body.members : null;
  return Array.isArray(members) ? members.filter(isMember) : [];
}

function isMember(entry: unknown): entry is Member {
  return typeof entry === "object" && entry !== null && "id" in entry && "renewedAt" in entry;
}
