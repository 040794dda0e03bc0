import type { Clock } from "../core/model/clock.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";

/** Sessions of the console that were ended before their time, for all processes of a store. */
export interface EndedSessions {
  has(session: string): Promise<boolean>;
  /** Forgotten after `until`, in epoch milliseconds. */
  end(session: string, until: number): Promise<void>;
}

const KEY: HouseKey = "heed:ended-sessions";
/** How long another process may still let in who has logged out here. */
const FRESH_MS = 1_000;
/** Nobody logs out so often in the half day that a session lasts; of more, the first to end go. */
const MOST = 1_000;

type Ended = Readonly<Record<string, number>>;

export function createEndedSessions(store: Store, clock: Clock): EndedSessions {
  let known: { readonly at: number; readonly ended: Promise<Ended> } | null = null;
  let last: Ended = {};

  const look = async (): Promise<Ended> => {
    try {
      last = standing({ ...last, ...readEnded(await readHouse(store, KEY)) }, clock.now());
    } catch {
      // While the store is away the console must still say so: what was known before goes on.
    }
    return last;
  };
  return {
    async has(session) {
      const now = clock.monotonic();
      if (known === null || now - known.at >= FRESH_MS) known = { at: now, ended: look() };
      return Object.hasOwn(await known.ended, session);
    },
    async end(session, until) {
      const entry = { [session]: until };
      last = { ...last, ...entry };
      known = { at: clock.monotonic(), ended: Promise.resolve(last) };
      await changeHouse(store, KEY, (body) => {
        return { write: { ended: standing({ ...readEnded(body), ...entry }, clock.now()) }, result: null };
      });
    },
  };
}

function standing(ended: Ended, now: number): Ended {
  const all = Object.entries(ended).filter(([, end]) => end > now);
  return Object.fromEntries(all.toSorted(([, a], [, b]) => a - b).slice(-MOST));
}

/** Written by this file alone. */
function readEnded(body: unknown): Ended {
  const ended: unknown = typeof body === "object" && body !== null && "ended" in body ? body.ended : null;
  if (typeof ended !== "object" || ended === null) return {};
  const entries = Object.entries(ended).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return Object.fromEntries(entries);
}
