import { sharedNumbers } from "./numbers.ts";
import type { Records } from "./survey.ts";

/** Which records are those of each cluster that is played, in order. Plain arrays in shared memory, for all threads. */
export interface Timelines {
  /** By place, the number of the cluster. */
  readonly clusters: Uint32Array;
  /** The events of the cluster at place p are those from starts[p] to starts[p + 1]. */
  readonly starts: Uint32Array;
  readonly records: Uint32Array;
}

/** `roots`: by key number, the cluster. */
export function timelinesOf({ keys }: Records, roots: Uint32Array, isPlayed: (cluster: number) => boolean): Timelines {
  const counts = new Uint32Array(roots.length);
  for (const key of keys) {
    const cluster = roots[key] ?? 0;
    counts[cluster] = (counts[cluster] ?? 0) + 1;
  }
  const played = [...new Set(roots)].filter((cluster) => isPlayed(cluster) && (counts[cluster] ?? 0) > 0);
  const clusters = sharedNumbers(played.length);
  clusters.set(played.sort((a, b) => a - b));
  const starts = sharedNumbers(played.length + 1);
  /** By cluster, where its next event goes; those that are not played have none. */
  const next = new Int32Array(roots.length).fill(-1);
  for (const [place, cluster] of clusters.entries()) {
    next[cluster] = starts[place] ?? 0;
    starts[place + 1] = (starts[place] ?? 0) + (counts[cluster] ?? 0);
  }
  const records = sharedNumbers(starts.at(-1) ?? 0);
  for (const [record, key] of keys.entries()) {
    const cluster = roots[key] ?? 0;
    const to = next[cluster] ?? -1;
    if (to < 0) continue;
    records[to] = record;
    next[cluster] = to + 1;
  }
  return { clusters, starts, records };
}
