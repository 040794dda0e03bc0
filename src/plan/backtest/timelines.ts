import type { Survey } from "./survey.ts";

/** Where the events of each cluster that is played stand in the spool, in order. Plain arrays in shared memory, for all threads. */
export interface Timelines {
  /** By place, the number of the cluster. */
  readonly clusters: Uint32Array;
  /** The events of the cluster at place p are those from starts[p] to starts[p + 1]. */
  readonly starts: Uint32Array;
  readonly spots: Float64Array;
}

/** `roots`: by key number, the cluster. */
export function timelinesOf(
  { records }: Survey,
  roots: Uint32Array,
  isPlayed: (cluster: number) => boolean,
): Timelines {
  const counts = new Uint32Array(roots.length);
  const keys = records.keys.values();
  for (const key of keys) {
    const cluster = roots[key] ?? 0;
    counts[cluster] = (counts[cluster] ?? 0) + 1;
  }
  const played = [...new Set(roots)].filter((cluster) => isPlayed(cluster) && (counts[cluster] ?? 0) > 0);
  const clusters = shared(played.length);
  clusters.set(played.sort((a, b) => a - b));
  const starts = shared(played.length + 1);
  /** By cluster, where its next event goes; those that are not played have none. */
  const next = new Int32Array(roots.length).fill(-1);
  for (const [place, cluster] of clusters.entries()) {
    next[cluster] = starts[place] ?? 0;
    starts[place + 1] = (starts[place] ?? 0) + (counts[cluster] ?? 0);
  }
  const spots = new Float64Array(new SharedArrayBuffer(8 * (starts.at(-1) ?? 0)));
  const places = records.places.values();
  for (const [record, key] of keys.entries()) {
    const cluster = roots[key] ?? 0;
    const to = next[cluster] ?? -1;
    if (to < 0) continue;
    spots[to] = places[record] ?? 0;
    next[cluster] = to + 1;
  }
  return { clusters, starts, spots };
}

function shared(length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}
