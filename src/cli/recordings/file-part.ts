import { availableParallelism } from "node:os";
import type { Gathered, Reading } from "../../plan/backtest/gather.ts";
import { type FileMeasure, measureFile, readLines, type Stretch, wholeFile } from "./line-reader.ts";
import { momentIn, readRecordedLine } from "./recorded-line.ts";
import type { RecordingPart, Span } from "./recording-part.ts";
import { type Gathering, gatherStretch } from "./gather-stretch.ts";
import { gatherInThread, hasThreads } from "./stretch-thread.ts";

/**
 * A file of canonical events, one in each line, and of rows of `heed export --what messages`. `name` is what people know
 * it by. Throws `BadSetting`.
 */
export function openFilePart(path: string, name: string, close: () => Promise<void>): RecordingPart {
  const measure = measureFile(path, name);
  return {
    name,
    count: measure.lines,
    span: () => spanOf(path, name),
    gather: (since, reading) => gatherFile({ path, name, since }, measure, reading),
    close,
  };
}

/** A large file is read by several threads, each of which has a stretch of it. */
async function gatherFile(
  file: Pick<Gathering, "path" | "name" | "since">,
  measure: FileMeasure,
  { emitted, newFile, onEvents }: Reading,
): Promise<readonly Gathered[]> {
  const stretches = hasThreads() ? stretchesOf(measure) : [wholeFile];
  const counts = stretches.map(() => 0);
  const gather = stretches.length > 1 ? gatherInThread : gatherStretch;
  return Promise.all(
    stretches.map(async (stretch, index) =>
      gather({ ...file, stretch, emitted, spool: newFile() }, (count) => {
        counts[index] = count;
        onEvents(counts.reduce((sum, each) => sum + each, 0));
      }),
    ),
  );
}

/** More threads than this wait for the disk, and smaller stretches are not worth one. */
const MOST_STRETCHES = 4;
const LEAST_BYTES = 16 * 1024 * 1024;

function stretchesOf({ bytes, isPacked }: FileMeasure): readonly Stretch[] {
  const most = Math.min(availableParallelism(), MOST_STRETCHES, Math.floor(bytes / LEAST_BYTES));
  return isPacked ? [wholeFile] : cut(bytes, Math.max(1, most));
}

/** Into so many stretches. What the file grows by meanwhile belongs to the last. */
export function cut(bytes: number, count: number): readonly Stretch[] {
  const borders = Array.from({ length: count + 1 }, (_, index) => Math.round((bytes * index) / count));
  return borders
    .slice(1)
    .map((to, index) => ({ from: borders[index] ?? 0, to: index === count - 1 ? Number.POSITIVE_INFINITY : to }));
}

/** From when to when: read once through, and hardly a line parsed. */
async function spanOf(path: string, name: string): Promise<Span | null> {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const lines of readLines(path, name)) {
    for (const line of lines) {
      const at = momentIn(line) ?? momentOf(line);
      if (at === null) continue;
      from = Math.min(from, at);
      to = Math.max(to, at);
    }
  }
  return from > to ? null : { from, to };
}

function momentOf(line: Buffer): number | null {
  const read = readRecordedLine(line);
  return read.kind === "event" ? read.event.at : null;
}
