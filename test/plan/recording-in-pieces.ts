import { closeSync } from "node:fs";
import { createGatherer } from "../../src/plan/backtest/gather.ts";
import { createSpoolReader, eventIn, openSpoolFile, reach } from "../../src/plan/backtest/spool.ts";
import { type Survey, surveyOf } from "../../src/plan/backtest/survey.ts";
import type { RecordedEvent, SentMessage } from "../../src/plan/recorded.ts";
import type { Recording } from "../../src/plan/recording.ts";

/** What stands in a piece of a recording, in its order. */
export interface Piece {
  readonly lines: readonly (RecordedEvent | SentMessage)[];
  /** Whether what was sent was written down, if there was any. */
  readonly knowsSent: boolean;
}

/** A recording of what is listed here. */
export function recordingInPieces(source: string, pieces: readonly Piece[]): Recording {
  return {
    source,
    count: pieces.reduce((sum, { lines }) => sum + lines.length, 0),
    read: async ({ emitted, newFile, onEvents }) =>
      pieces.map(({ lines, knowsSent }) => {
        const gatherer = createGatherer(newFile(), emitted, onEvents);
        if (knowsSent) gatherer.sent(null);
        for (const line of lines) {
          if ("event" in line) gatherer.event(line);
          else gatherer.sent(line);
        }
        return gatherer.finish();
      }),
  };
}

export interface ReadBack {
  readonly survey: Survey;
  /** In the order in which they would be played. */
  readonly events: readonly RecordedEvent[];
  /** By message that was sent, its hash, when, and whose it was; null when nobody says. */
  readonly sent: readonly { readonly hash: number; readonly at: number; readonly key: string }[] | null;
}

/** All that a backtest would see of a recording. */
export async function readBack(recording: Recording): Promise<ReadBack> {
  const files: number[] = [];
  const newFile = (): number => {
    const file = openSpoolFile();
    files.push(file);
    return file;
  };
  try {
    const survey = surveyOf(await recording.read({ emitted: new Set(), newFile, onEvents: () => undefined }));
    const { spools, records, messages, keys } = survey;
    const read = createSpoolReader(spools, reach.near);
    const events = [...records.places].map((place): RecordedEvent => {
      const record = read(place);
      const { key, event } = eventIn(record);
      return { at: record.at, key, event };
    });
    const hashes = [...messages.hashes].slice(0, messages.sent ?? 0);
    const sent = hashes.map((hash, index) => ({
      hash,
      at: messages.sentAt[index] ?? 0,
      key: keys[messages.keys[index] ?? 0] ?? "",
    }));
    return { survey, events, sent: messages.sent === null ? null : sent };
  } finally {
    for (const file of files) closeSync(file);
  }
}
