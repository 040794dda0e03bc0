import type { Recorded, Setting, Source } from "./arm.ts";
import { createSpoolReader, eventIn, reach, type SpoolRecord } from "./spool.ts";

/** Of one cluster: few events, each of which is read once for both arms. */
export interface ClusterSource extends Source {
  readonly cluster: number;
  readonly events: number;
}

/** `place`: of the cluster among those that are played. */
export function createClusterReader({ spools, records, timelines }: Setting): (place: number) => ClusterSource {
  const read = createSpoolReader(spools, reach.near);
  return (place) => {
    const cluster = timelines.clusters[place] ?? 0;
    const numbers = timelines.records.subarray(timelines.starts[place] ?? 0, timelines.starts[place + 1] ?? 0);
    const recorded = Array.from(numbers, (record) => recordedIn(read(records.places[record] ?? 0), cluster));
    const byNumber = new Map(recorded.map((one, index) => [numbers[index], one]));
    return {
      cluster,
      events: recorded.length,
      arrivals: () => recorded.filter((_, index) => records.messages[numbers[index] ?? 0] === 0),
      reaction(record) {
        const one = byNumber.get(record);
        if (one === undefined) throw new RangeError("a reaction was asked for that is somebody else's");
        return one;
      },
    };
  };
}

/** Of many clusters, in the order of time; what speaks of messages is read when it is due. */
export function sourceOfMany({ spools, records, clusters }: Setting, wanted: ReadonlySet<number>): Source {
  const clusterOf = (record: number): number => clusters[records.keys[record] ?? 0] ?? 0;
  const readerOf = (atOnce: number): ((record: number) => Recorded) => {
    const read = createSpoolReader(spools, atOnce);
    return (record) => recordedIn(read(records.places[record] ?? 0), clusterOf(record));
  };
  const [next, any] = [readerOf(reach.far), readerOf(reach.near)];
  return {
    *arrivals() {
      for (const [record, message] of records.messages.entries()) {
        if (message === 0 && wanted.has(clusterOf(record))) yield next(record);
      }
    },
    reaction: any,
  };
}

function recordedIn(record: SpoolRecord, cluster: number): Recorded {
  const { key, event } = eventIn(record);
  return { at: record.at, cluster, key, event };
}
