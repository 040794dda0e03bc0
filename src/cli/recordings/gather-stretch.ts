import { createGatherer, type Gathered, type Gatherer } from "../../plan/backtest/gather.ts";
import { readLines, type Stretch } from "./line-reader.ts";
import { momentIn, readRecordedLine } from "./recorded-line.ts";

/** What is to be gathered from a file, and where to: plain data, which goes from thread to thread. */
export interface Gathering {
  readonly path: string;
  /** What people know the file by. */
  readonly name: string;
  readonly stretch: Stretch;
  /** Epoch milliseconds; what came in before is left out. */
  readonly since: number;
  /** Types of events that rules emit. */
  readonly emitted: ReadonlySet<string>;
  /** An open file for what is gathered. */
  readonly spool: number;
}

/** Reads a stretch of a file of events and messages. Throws `BadSetting` for a file that cannot be read. */
export async function gatherStretch(
  { path, name, stretch, since, emitted, spool }: Gathering,
  onEvents: (count: number) => void,
): Promise<Gathered> {
  const gatherer = createGatherer(spool, emitted, onEvents);
  let isFirst = stretch.from === 0;
  for await (const lines of readLines(path, name, stretch)) {
    for (const line of lines) {
      gatherLine(isFirst ? withoutMark(line) : line, since, gatherer);
      isFirst = false;
    }
  }
  return gatherer.finish();
}

function gatherLine(line: Buffer, since: number, gatherer: Gatherer): void {
  if (isBlank(line)) return;
  // What is too old is not even parsed. Where all are wanted, none is looked at before it is.
  const early = since === Number.NEGATIVE_INFINITY ? null : momentIn(line);
  if (early !== null && early < since) return;
  const read = readRecordedLine(line);
  switch (read.kind) {
    case "none":
      return gatherer.unreadable(read.why);
    case "event":
      return read.event.at >= since ? gatherer.event(read.event) : undefined;
    case "message":
      // Rows of messages that nobody sent say nothing of those that were.
      return read.sent === null ? undefined : gatherer.sent(read.sent.at >= since ? read.sent : null);
  }
}

const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

function withoutMark(line: Buffer): Buffer {
  return line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? line.subarray(3) : line;
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length < 8 && line.toString("latin1").trim() === "");
}
