/** What became of one message that an arm meant to send, or of the run that would have sent it. */
export interface LogRow {
  readonly kind: RowKind;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly cluster: number;
  /** A hash of the event that started the run. */
  readonly trigger: number;
  /** The rule's id in this revision. */
  readonly rule: string;
  /** Empty of a run that ended before it came to a message. */
  readonly step: string;
  /** Why it was not sent; empty of one that was. */
  readonly reason: string;
  readonly channel: string;
  readonly provider: string;
  /** A hash of all that it says. */
  readonly text: number;
  readonly segments: number;
  /** Micros of the currency; NaN where no price is written down. */
  readonly cost: number;
  readonly currency: string;
  readonly zone: string;
  /** The message of the recording that this one is, from 1; 0 when production did not send it. */
  readonly real: number;
  /** The variables of its text, and whether they were empty, as `writeVariables` puts it. */
  readonly variables: string;
}

/** `pending`: its run was still under way when the recording ended. */
export const rowKinds = ["sent", "refused", "ended", "not_enrolled", "pending"] as const;
export type RowKind = (typeof rowKinds)[number];

/** Rows in little room, and in buffers that go from thread to thread without being copied. */
export interface Log {
  readonly chunks: readonly ArrayBuffer[];
  readonly rows: number;
  /** What numbers of words mean. */
  readonly words: readonly string[];
}

export interface LogWriter {
  write(row: LogRow): void;
  /** Whose the rows are that were written since the last time. */
  sign(arms: Arms): void;
  finish(): Log;
}

/** Of base, of head, or of both because they did the same: as bits. */
export const arms = { base: 1, head: 2, both: 3 } as const;
export type Arms = (typeof arms)[keyof typeof arms];

/** Of one arm, of all rows of a log or of those that it `takes`. */
export interface RowsOf {
  readonly log: Log;
  readonly takes: (cluster: number) => boolean;
}

const ROW = 64;
/** Where in a row its cluster, its rule and its arms stand. */
const [CLUSTER, RULE, ARMS] = [32, 40, 61];
const ROWS_PER_CHUNK = 1 << 14;

export function createLog(): LogWriter {
  const chunks: DataView<ArrayBuffer>[] = [];
  const words: string[] = [];
  const numbers = new Map<string, number>();
  let [rows, signed] = [0, 0];
  const numberOf = (word: string): number => {
    const known = numbers.get(word);
    if (known !== undefined) return known;
    numbers.set(word, words.length);
    words.push(word);
    return words.length - 1;
  };
  return {
    write(row) {
      if (rows % ROWS_PER_CHUNK === 0) chunks.push(new DataView(new ArrayBuffer(ROW * ROWS_PER_CHUNK)));
      const view = chunks.at(-1);
      if (view === undefined) return;
      const at = ROW * (rows % ROWS_PER_CHUNK);
      view.setFloat64(at, row.at);
      view.setFloat64(at + 8, row.trigger);
      view.setFloat64(at + 16, row.text);
      view.setFloat64(at + 24, row.cost);
      view.setUint32(at + CLUSTER, row.cluster);
      view.setUint32(at + 36, row.real);
      view.setUint32(at + RULE, numberOf(row.rule));
      view.setUint32(at + 44, numberOf(row.step));
      view.setUint16(at + 48, numberOf(row.reason));
      view.setUint16(at + 50, numberOf(row.channel));
      view.setUint16(at + 52, numberOf(row.provider));
      view.setUint16(at + 54, numberOf(row.currency));
      view.setUint16(at + 56, numberOf(row.zone));
      view.setUint16(at + 58, row.segments);
      view.setUint8(at + 60, rowKinds.indexOf(row.kind));
      view.setUint16(at + 62, numberOf(row.variables));
      rows += 1;
    },
    sign(of) {
      for (; signed < rows; signed += 1) {
        chunks[Math.floor(signed / ROWS_PER_CHUNK)]?.setUint8(ROW * (signed % ROWS_PER_CHUNK) + ARMS, of);
      }
    },
    finish: () => ({ chunks: chunks.map(({ buffer }) => buffer), rows, words }),
  };
}

/** Reads rows by their place. */
function createLogReader({ chunks, words }: Log): (place: number) => LogRow {
  const views = chunks.map((chunk) => new DataView(chunk));
  return (place) => {
    const view = views[Math.floor(place / ROWS_PER_CHUNK)];
    if (view === undefined) throw new RangeError("a place beyond the log was read");
    const at = ROW * (place % ROWS_PER_CHUNK);
    const word = (offset: number): string => words[view.getUint16(at + offset)] ?? "";
    return {
      kind: rowKinds[view.getUint8(at + 60)] ?? "sent",
      at: view.getFloat64(at),
      trigger: view.getFloat64(at + 8),
      text: view.getFloat64(at + 16),
      cost: view.getFloat64(at + 24),
      cluster: view.getUint32(at + CLUSTER),
      real: view.getUint32(at + 36),
      rule: words[view.getUint32(at + RULE)] ?? "",
      step: words[view.getUint32(at + 44)] ?? "",
      reason: word(48),
      channel: word(50),
      provider: word(52),
      currency: word(54),
      zone: word(56),
      segments: view.getUint16(at + 58),
      variables: word(62),
    };
  };
}

/** All rows of an arm: those of a cluster together, in the order in which they were written. */
export interface Rows {
  of(cluster: number): readonly LogRow[];
}

export function rowsByCluster(sources: readonly RowsOf[], arm: "base" | "head", clusters: number): Rows {
  const views = sources.map(({ log }) => log.chunks.map((chunk) => new DataView(chunk)));
  const forEachRow = (see: (cluster: number, source: number, place: number) => void): void => {
    for (const [source, { log, takes }] of sources.entries()) {
      for (let place = 0; place < log.rows; place += 1) {
        const view = views[source]?.[Math.floor(place / ROWS_PER_CHUNK)];
        const at = ROW * (place % ROWS_PER_CHUNK);
        const cluster = view?.getUint32(at + CLUSTER) ?? 0;
        if (((view?.getUint8(at + ARMS) ?? 0) & arms[arm]) !== 0 && takes(cluster)) see(cluster, source, place);
      }
    }
  };
  const starts = new Uint32Array(clusters + 1);
  forEachRow((cluster) => {
    starts[cluster + 1] = (starts[cluster + 1] ?? 0) + 1;
  });
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    starts[cluster + 1] = (starts[cluster + 1] ?? 0) + (starts[cluster] ?? 0);
  }
  const next = starts.slice();
  const total = starts[clusters] ?? 0;
  const [places, from] = [new Uint32Array(total), new Uint8Array(total)];
  forEachRow((cluster, source, place) => {
    const to = next[cluster] ?? 0;
    places[to] = place;
    from[to] = source;
    next[cluster] = to + 1;
  });
  const readers = sources.map(({ log }) => createLogReader(log));
  return {
    of(cluster) {
      const rows: LogRow[] = [];
      for (let index = starts[cluster] ?? 0; index < (starts[cluster + 1] ?? 0); index += 1) {
        const row = readers[from[index] ?? 0]?.(places[index] ?? 0);
        if (row !== undefined) rows.push(row);
      }
      return rows;
    },
  };
}

/** Clusters with a row of one of these rules in this arm. */
export function clustersOfRules(log: Log, arm: "base" | "head", rules: ReadonlySet<string>): ReadonlySet<number> {
  const found = new Set<number>();
  const numbers = new Set(log.words.flatMap((word, number) => (rules.has(word) ? [number] : [])));
  const views = log.chunks.map((chunk) => new DataView(chunk));
  for (let place = 0; place < log.rows; place += 1) {
    const view = views[Math.floor(place / ROWS_PER_CHUNK)];
    const at = ROW * (place % ROWS_PER_CHUNK);
    if (view === undefined || (view.getUint8(at + ARMS) & arms[arm]) === 0) continue;
    if (numbers.has(view.getUint32(at + RULE))) found.add(view.getUint32(at + CLUSTER));
  }
  return found;
}
