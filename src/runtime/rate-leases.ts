import type { Clock } from "../core/model/clock.ts";
import { idOf } from "../core/model/sha256.ts";
import { faultFields, type Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { type LeaseTime, LONGEST_SLICE_MS, type Slice } from "./airtime.ts";
import { changeHouse, type HouseKey } from "./house-documents.ts";

/**
 * Nobody leases time that begins later than this. It holds the line of those who wait short, and bounds what a machine
 * whose clock is ahead can do to the others.
 */
const MOST_AHEAD_MS = 1_000;
const ASK_AGAIN_MS = 1_000;

/**
 * Leases the time of a channel among all processes of a store: one house document says until when it is taken, and each
 * takes the next slice by compare-and-set. What a process does not use, because it died or had too little to say, is
 * lost: the provider's rate may be used less than it could be, never more. Clocks of machines may differ: by as much,
 * messages of two machines may be closer together than their slices are, and those behind wait longer.
 */
export function leasesOf(parts: { store: Store; clock: Clock; log: Log }, channel: string): LeaseTime {
  const { store, clock, log } = parts;
  const key: HouseKey = `heed:rate:${idOf(channel)}`;
  let isAway = false;
  return async (ms, inMs) => {
    const notBefore = clock.monotonic() + inMs;
    try {
      const answer = await changeHouse<Slice | { readonly againInMs: number }>(store, key, (body) => {
        const now = clock.now();
        const taken = believable(readUntil(body), ms, now);
        if (taken - now > MOST_AHEAD_MS) {
          return { write: undefined, result: { againInMs: taken - now - MOST_AHEAD_MS } };
        }
        const ahead = Math.max(0, taken - now, notBefore - clock.monotonic());
        const from = clock.monotonic() + ahead;
        return { write: { until: now + ahead + ms }, result: { from, until: from + ms } };
      });
      isAway = false;
      return answer;
    } catch (fault) {
      if (!isAway) log.warn("nothing is sent while the store does not say when", { channel, ...faultFields(fault) });
      isAway = true;
      return { againInMs: ASK_AGAIN_MS };
    }
  };
}

/**
 * A time that no clock like ours can have written comes of one that is ahead, or of a rate that was lower a moment ago:
 * then ours counts, and we wait as long as anybody may have to.
 */
function believable(until: number, ms: number, now: number): number {
  return until - now > MOST_AHEAD_MS + Math.max(ms, LONGEST_SLICE_MS) ? now + MOST_AHEAD_MS : until;
}

/** Written by this file alone. */
function readUntil(body: unknown): number {
  return typeof body === "object" && body !== null && "until" in body && typeof body.until === "number"
    ? body.until
    : 0;
}
