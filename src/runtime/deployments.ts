import type { Clock } from "../core/model/clock.ts";
import { formatInstant } from "../core/time/instant.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";

/** Which rulebooks were deployed, in the order in which the first process had each. */
export interface Deployments {
  /** Tells the others, before this process judges by it. A `start` with a rulebook that was replaced is no news. */
  tell(digest: string, when: "start" | "reload"): Promise<void>;
  /** Whether a newer one than this is being rolled out and has not come here yet. */
  isOutdated(digest: string): Promise<boolean>;
}

/** A process that has not got the new rules after so long is not going to, or the old ones are back on purpose. */
export const ROLL_OUT_MS = 15 * 60_000;
const MOST_KEPT = 10;
const KEY: HouseKey = "heed:deployments";

interface Deployment {
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export function createDeployments(store: Store, clock: Clock, log: Log): Deployments {
  let told = "";
  return {
    async tell(digest, when) {
      await changeHouse(store, KEY, (body) => {
        const known = readDeployments(body);
        const isKnown = known.some((each) => each.digest === digest);
        if (known.at(-1)?.digest === digest || (isKnown && when === "start")) return { write: undefined, result: null };
        const others = known.filter((each) => each.digest !== digest);
        const at = clock.now();
        const detail = { digest, before: known.at(-1)?.digest ?? null };
        const deed = { at, command: "deployed", actor: "heed", rulebook: digest, detail };
        return { write: { deployed: [...others, { digest, at }].slice(-MOST_KEPT) }, result: null, deed };
      });
    },
    async isOutdated(digest) {
      const last = readDeployments(await readHouse(store, KEY)).at(-1);
      const outdated = last !== undefined && last.digest !== digest && clock.now() - last.at < ROLL_OUT_MS;
      if (outdated && told !== last.digest) {
        told = last.digest;
        log.warn("newer rules were deployed elsewhere: reload (SIGHUP) or restart this process", {
          deployed: last.digest.slice(0, 12),
          since: formatInstant(last.at),
          here: digest.slice(0, 12),
        });
      }
      return outdated;
    },
  };
}

/** Written by this file alone. */
function readDeployments(body: unknown): readonly Deployment[] {
  const deployed: unknown = typeof body === "object" && body !== null && "deployed" in body ? body.deployed : null;
  return Array.isArray(deployed) ? deployed.filter(isDeployment) : [];
}

function isDeployment(entry: unknown): entry is Deployment {
  return typeof entry === "object" && entry !== null && "digest" in entry && "at" in entry;
}
