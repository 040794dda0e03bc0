import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseDuration } from "../../conditions/parse-duration.ts";
import type { Clock } from "../../core/model/clock.ts";
import { nominalMs } from "../../core/time/duration.ts";
import { formatInstant, parseInstant } from "../../core/time/instant.ts";
import type { Gathered, LeftOut } from "../../plan/backtest/gather.ts";
import type { Recording } from "../../plan/recording.ts";
import { readStore } from "../read-store.ts";
import { BadSetting, readRunSettings, type RunSettings } from "../run-settings.ts";
import { openFilePart } from "./file-part.ts";
import type { RecordingPart, Span } from "./recording-part.ts";
import { openStorePart, recordingIn } from "./store-part.ts";

export interface RecordingContext {
  /** Of the store that `store` names, and of the namespace of those in NATS. */
  readonly settings: RunSettings;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly stdin: Readable;
}

export interface OpenedRecording extends Recording {
  /** What was left out and how it was read, in sentences; whole once it has been read. */
  notes(): readonly string[];
  close(): Promise<void>;
}

/**
 * Opens what `--events` names, one or several: files of events, `-` for standard input, a data directory, `nats://…`, or
 * `store` for the configured store. `since` is `28d`, counted back from the last event, or a moment; null is all. Throws
 * `BadSetting`, and what a store throws that cannot be read.
 */
export async function openRecording(
  sources: readonly string[],
  since: string | null,
  context: RecordingContext,
): Promise<OpenedRecording> {
  const parts: RecordingPart[] = [];
  const close = async (): Promise<void> => {
    for (const part of parts) await part.close();
  };
  try {
    for (const source of sources) parts.push(await openPart(source, context));
    return await recordingOf(parts, since, close);
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** So much is missing at the beginning of any recording: nobody's first event comes at midnight. */
const HOUR_MS = 3_600_000;

async function recordingOf(
  parts: readonly RecordingPart[],
  since: string | null,
  close: () => Promise<void>,
): Promise<OpenedRecording> {
  const source = parts.map(({ name }) => name).join(", ");
  const start = since === null ? null : await startOf(parts, since);
  let leftOut: readonly LeftOut[] = [];
  return {
    source,
    count: parts.reduce((sum, { count }) => sum + count, 0),
    async read(reading) {
      const pieces: Gathered[] = [];
      const before = (): number => pieces.reduce((sum, { events }) => sum + events, 0);
      for (const part of parts) {
        const onEvents = (count: number): void => reading.onEvents(before() + count);
        pieces.push(...(await part.gather(start?.at ?? Number.NEGATIVE_INFINITY, { ...reading, onEvents })));
      }
      if (before() === 0) throw new BadSetting(nothingIn(source));
      leftOut = pieces.map((piece) => piece.leftOut);
      return pieces;
    },
    notes: () => [...(start?.notes ?? []), ...notesOf(leftOut)],
    close,
  };
}

function nothingIn(source: string): string {
  return `${source}: there are no events in it; expected a canonical event in each line, as heed export --what events writes them, or a store that keeps what came in`;
}

/** The moment that `--since` means, and what is to be said of it. */
async function startOf(
  parts: readonly RecordingPart[],
  since: string,
): Promise<{ at: number; notes: readonly string[] }> {
  const spans: Span[] = [];
  for (const part of parts) spans.push(...[(await part.span()) ?? []].flat());
  if (spans.length === 0) throw new BadSetting(nothingIn(parts.map(({ name }) => name).join(", ")));
  const [first, last] = [Math.min(...spans.map(({ from }) => from)), Math.max(...spans.map(({ to }) => to))];
  const at = momentOf(since, last);
  const late = `the recording begins at ${formatInstant(first)}, later than --since ${since} asks for`;
  return { at, notes: first - at > HOUR_MS ? [late] : [] };
}

function momentOf(since: string, to: number): number {
  const length = parseDuration(since);
  const start = length === null ? parseInstant(since) : to - nominalMs(length);
  if (start === null)
    throw new BadSetting(
      `--since takes 28d for example, counted back from the last event, or a moment such as 2026-03-06T16:00:00Z, not "${since.slice(0, 40)}"`,
    );
  if (start > to)
    throw new BadSetting(`--since ${since.slice(0, 40)} is later than the last event, ${formatInstant(to)}`);
  return start;
}

/** What was left out, in sentences. */
function notesOf(pieces: readonly LeftOut[]): readonly string[] {
  const summed = (of: (piece: LeftOut) => ReadonlyMap<string, number>): readonly (readonly [string, number])[] => {
    const sums = new Map<string, number>();
    for (const [why, sum] of pieces.flatMap((piece) => [...of(piece)])) sums.set(why, (sums.get(why) ?? 0) + sum);
    return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
  };
  return [
    ...summed(({ unreadable }) => unreadable).map(
      ([why, sum]) => `${sum} ${sum === 1 ? "line" : "lines"} left out: ${why}`,
    ),
    ...summed(({ others }) => others).map(([why, sum]) => `${sum} ${why}`),
  ];
}

async function openPart(source: string, context: RecordingContext): Promise<RecordingPart> {
  const { settings, env, clock } = context;
  if (source === "-") return spooled(context.stdin);
  if (source === "store")
    return recordingIn(await openStorePart(await readStore(settings, clock), storeName(settings)));
  if (/^(nats|tls|wss?):\/\//.test(source)) {
    const there = readRunSettings(settings.workspace, { store: source, namespace: settings.namespace }, env);
    return recordingIn(await openStorePart(await readStore(there, clock), storeName(there)));
  }
  const path = resolve(source);
  if (existsSync(path) && statSync(path).isDirectory()) {
    if (!existsSync(join(path, "store.mdb")))
      throw new BadSetting(
        `--events ${source} is a folder without a store: expected a file of events, a data directory, nats://…, or store`,
      );
    const here: RunSettings = { ...settings, store: { kind: "embedded" }, dataDirectory: path };
    return recordingIn(await openStorePart(await readStore(here, clock), source));
  }
  return openFilePart(path, source, async () => undefined);
}

/** Without a login. */
function storeName({ store, dataDirectory, namespace }: RunSettings): string {
  return store.kind === "embedded" ? dataDirectory : `${withoutLogin(store.url)} (namespace ${namespace})`;
}

function withoutLogin(url: string): string {
  return url.replaceAll(/\/\/[^@/,]*@/g, "//");
}

/** What can be read only once is kept in a file of its own for as long as it is needed: it is read several times. */
async function spooled(stdin: Readable): Promise<RecordingPart> {
  const folder = mkdtempSync(join(tmpdir(), "heed-events-"));
  const remove = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "events");
    await pipeline(stdin, createWriteStream(path, { mode: 0o600 }));
    return openFilePart(path, "standard input", remove);
  } catch (fault) {
    await remove();
    throw fault;
  }
}
