import { createHash } from "node:crypto";
import type { Recorded, Setting, Source } from "./arm.ts";
import { createSpoolReader, eventIn, readSpool, type SpoolRecord } from "./spool.ts";

/** Of one cluster: few events, each of which is read once for both arms. */
export interface ClusterSource extends Source {
  readonly cluster: number;
  readonly events: number;
  /** SHA-256 over all of it. */
  digest(): Buffer;
}

/** `place`: of the cluster among those that are played. */
export function createClusterReader({ spool, timelines }: Setting): (place: number) => ClusterSource {
  const read = createSpoolReader(spool);
  return (place) => {
    const cluster = timelines.clusters[place] ?? 0;
    const spots = timelines.spots.subarray(timelines.starts[place] ?? 0, timelines.starts[place + 1] ?? 0);
    const records = Array.from(spots, read);
    const recorded = records.map((record) => recordedIn(record, cluster));
    const bySpot = new Map(recorded.map((one, index) => [spots[index], one]));
    return {
      cluster,
      events: records.length,
      digest: () =>
        createHash("sha256")
          .update(records.map(({ text }) => text).join("\n"))
          .digest(),
      arrivals: () => recorded.filter((_, index) => records[index]?.message === 0),
      reaction(spot) {
        const one = bySpot.get(spot);
        if (one === undefined) throw new RangeError("a reaction was asked for that is somebody else's");
        return one;
      },
    };
  };
}

/** Of many clusters, in the order of time; what speaks of messages is read when it is due. */
export function sourceOfMany({ spool, clusters }: Setting, wanted: ReadonlySet<number>): Source {
  const read = createSpoolReader(spool);
  const whose = (record: SpoolRecord): Recorded => recordedIn(record, clusters[record.number] ?? 0);
  return {
    *arrivals() {
      for (const record of readSpool(spool, (number) => wanted.has(clusters[number] ?? 0))) {
        if (record.message === 0) yield whose(record);
      }
    },
    reaction: (spot) => whose(read(spot)),
  };
}

function recordedIn(record: SpoolRecord, cluster: number): Recorded {
  const { key, event } = eventIn(record);
  return { at: record.at, cluster, key, event };
}
