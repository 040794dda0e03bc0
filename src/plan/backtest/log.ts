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
  finish(): Log;
}

const ROW = 64;
const ROWS_PER_CHUNK = 1 << 14;

export function createLog(): LogWriter {
  const chunks: DataView<ArrayBuffer>[] = [];
  const words: string[] = [];
  const numbers = new Map<string, number>();
  let rows = 0;
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
      view.setUint32(at + 32, row.cluster);
      view.setUint32(at + 36, row.real);
      view.setUint32(at + 40, numberOf(row.rule));
      view.setUint32(at + 44, numberOf(row.step));
      view.setUint16(at + 48, numberOf(row.reason));
      view.setUint16(at + 50, numberOf(row.channel));
      view.setUint16(at + 52, numberOf(row.provider));
      view.setUint16(at + 54, numberOf(row.currency));
      view.setUint16(at + 56, numberOf(row.zone));
      view.setUint16(at + 58, row.segments);
      view.setUint8(at + 60, rowKinds.indexOf(row.kind));
      rows += 1;
    },
    finish: () => ({ chunks: chunks.map(({ buffer }) => buffer), rows, words }),
  };
}

/** Reads rows by their place. */
export function createLogReader({ chunks, words }: Log): (place: number) => LogRow {
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
      cluster: view.getUint32(at + 32),
      real: view.getUint32(at + 36),
      rule: words[view.getUint32(at + 40)] ?? "",
      step: words[view.getUint32(at + 44)] ?? "",
      reason: word(48),
      channel: word(50),
      provider: word(52),
      currency: word(54),
      zone: word(56),
      segments: view.getUint16(at + 58),
    };
  };
}

/** Places of rows by cluster: those of a cluster stand together, in the order in which they were written. */
export function byCluster({ chunks, rows }: Log, clusters: number): { starts: Uint32Array; places: Uint32Array } {
  const views = chunks.map((chunk) => new DataView(chunk));
  const clusterAt = (place: number): number =>
    views[Math.floor(place / ROWS_PER_CHUNK)]?.getUint32(ROW * (place % ROWS_PER_CHUNK) + 32) ?? 0;
  const starts = new Uint32Array(clusters + 1);
  for (let place = 0; place < rows; place += 1) {
    const cluster = clusterAt(place);
    starts[cluster + 1] = (starts[cluster + 1] ?? 0) + 1;
  }
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    starts[cluster + 1] = (starts[cluster + 1] ?? 0) + (starts[cluster] ?? 0);
  }
  const next = starts.slice();
  const places = new Uint32Array(rows);
  for (let place = 0; place < rows; place += 1) {
    const cluster = clusterAt(place);
    const to = next[cluster] ?? 0;
    places[to] = place;
    next[cluster] = to + 1;
  }
  return { starts, places };
}
