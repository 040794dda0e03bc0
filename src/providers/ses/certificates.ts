import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Clock } from "../../core/model/clock.ts";
import { withDeadline } from "../deadline.ts";
import type { VendorHttp } from "../vendor-http.ts";

/** Keys of Amazon's signing certificates, which it changes about once a year. */
export interface Certificates {
  /** What is known already, without asking anybody. */
  keyOf(url: URL): KeyObject | null;
  /** Fetches it unless it is known. False when it could not be had. */
  load(url: URL): Promise<boolean>;
}

/** Long enough for a slow handshake, and much less than the 15 seconds after which SNS gives up. */
const fetchMs = 5_000;
/** Beyond the few that are in use, somebody is making them up. */
const maxKept = 8;
/** What could not be fetched is not asked for again before: the requests that name it are not verified yet. */
const failedForMs = 10_000;

export function openCertificates(http: VendorHttp, clock: Clock, origin: string | null): Certificates {
  const keys = new Map<string, KeyObject>();
  const failedAt = new Map<string, number>();
  const loading = new Map<string, Promise<boolean>>();

  const fetchKey = async (url: URL): Promise<boolean> => {
    const key = await withDeadline<KeyObject | null>(clock, fetchMs, null, async (signal) => {
      const answer = await http.call({ method: "GET", url: at(url, origin) }, signal);
      return answer.status === 200 ? createPublicKey(answer.body) : null;
    }).catch(() => null);
    if (key === null) remember(failedAt, url.href, clock.now());
    else remember(keys, url.href, key);
    return key !== null;
  };

  return {
    keyOf: (url) => keys.get(url.href) ?? null,
    async load(url) {
      if (keys.has(url.href)) return true;
      const failed = failedAt.get(url.href);
      if (failed !== undefined && clock.now() - failed < failedForMs) return false;
      const underWay = loading.get(url.href);
      if (underWay !== undefined) return underWay;
      if (loading.size >= maxKept) return false;
      const started = fetchKey(url).finally(() => loading.delete(url.href));
      loading.set(url.href, started);
      return started;
    },
  };
}

/** The oldest makes room. */
function remember<T>(kept: Map<string, T>, name: string, value: T): void {
  kept.delete(name);
  const [oldest] = kept.keys();
  if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest);
  kept.set(name, value);
}

/** At Amazon's, or at what is configured to play Amazon. */
export function at(url: URL, origin: string | null): string {
  return origin === null ? url.href : origin + url.pathname + url.search;
}
