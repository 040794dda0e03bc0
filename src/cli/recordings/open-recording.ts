import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseDuration } from "../../conditions/parse-duration.ts";
import type { Clock } from "../../core/model/clock.ts";
import { nominalMs } from "../../core/time/duration.ts";
import { formatInstant, parseInstant } from "../../core/time/instant.ts";
import type { RecordedEvent, Recording, SentMessage } from "../../plan/recording.ts";
import { readStore } from "../read-store.ts";
import { BadSetting, readRunSettings, type RunSettings } from "../run-settings.ts";
import { openFilePart } from "./file-part.ts";
import { merged } from "./in-order.ts";
import type { LeftOut, RecordingPart } from "./recording-part.ts";
import { openStorePart } from "./store-part.ts";

export interface RecordingContext {
  /** Of the store that `store` names, and of the namespace of those in NATS. */
  readonly settings: RunSettings;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly stdin: Readable;
}

export interface OpenedRecording extends Recording {
  /** Moments of the first event that is read and of the last, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** About how many events there are, those before `from` among them: for a progress bar. */
  readonly count: number;
  /** What was left out and how it was read, in sentences; whole once `events` has been read to its end. */
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
    return recordingOf(parts, since, close);
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** So much is missing at the beginning of any recording: nobody's first event comes at midnight. */
const HOUR_MS = 3_600_000;

function recordingOf(parts: readonly RecordingPart[], since: string | null, close: () => Promise<void>) {
  const source = parts.map(({ name }) => name).join(", ");
  const spans = parts.flatMap(({ span }) => span ?? []);
  if (spans.length === 0)
    throw new BadSetting(
      `${source}: there are no events in it; expected a canonical event in each line, as heed export --what events writes them, or a store that keeps what came in`,
    );
  const to = Math.max(...spans.map((span) => span.to));
  const first = Math.min(...spans.map((span) => span.from));
  const start = since === null ? first : startOf(since, to);
  const withSent = parts.filter(({ hasSent }) => hasSent);
  let tally = emptyTally();
  async function* events(): AsyncGenerator<readonly RecordedEvent[]> {
    const read = emptyTally();
    const all = parts.map((part) => part.events(start, read.left));
    const [only] = all;
    yield* only !== undefined && all.length === 1 ? only : merged(all);
    tally = read;
  }
  async function* sent(): AsyncGenerator<SentMessage> {
    for (const part of withSent) yield* part.sent(start);
  }
  const recording: OpenedRecording = {
    source,
    from: Math.max(first, start),
    to,
    count: parts.reduce((sum, { count }) => sum + count, 0),
    events,
    sent: withSent.length === 0 ? null : sent,
    unreadable: () => tally.unreadable(),
    notes: () => [
      ...(since !== null && first - start > HOUR_MS
        ? [`the recording begins at ${formatInstant(first)}, later than --since ${since} asks for`]
        : []),
      ...tally.notes(),
    ],
    close,
  };
  return recording;
}

function startOf(since: string, to: number): number {
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

function emptyTally() {
  const unreadable = new Map<string, number>();
  const others = new Map<string, number>();
  const count = (sums: Map<string, number>) => (why: string) => void sums.set(why, (sums.get(why) ?? 0) + 1);
  const left: LeftOut = { unreadable: count(unreadable), other: count(others) };
  const told = (sums: ReadonlyMap<string, number>, say: (count: number, why: string) => string) =>
    [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([why, sum]) => say(sum, why));
  return {
    left,
    unreadable: () => [...unreadable.values()].reduce((sum, each) => sum + each, 0),
    notes: () => [
      ...told(unreadable, (sum, why) => `${sum} ${sum === 1 ? "line" : "lines"} left out: ${why}`),
      ...told(others, (sum, why) => `${sum} ${why}`),
    ],
  };
}

async function openPart(source: string, context: RecordingContext): Promise<RecordingPart> {
  const { settings, env, clock } = context;
  if (source === "-") return spooled(context.stdin);
  if (source === "store") return openStorePart(await readStore(settings, clock), storeName(settings));
  if (/^(nats|tls|wss?):\/\//.test(source)) {
    const there = readRunSettings(settings.workspace, { store: source, namespace: settings.namespace }, env);
    return openStorePart(await readStore(there, clock), storeName(there));
  }
  const path = resolve(source);
  if (existsSync(path) && statSync(path).isDirectory()) {
    if (!existsSync(join(path, "store.mdb")))
      throw new BadSetting(
        `--events ${source} is a folder without a store: expected a file of events, a data directory, nats://…, or store`,
      );
    const here: RunSettings = { ...settings, store: { kind: "embedded" }, dataDirectory: path };
    return openStorePart(await readStore(here, clock), source);
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
    return await openFilePart(path, "standard input", remove);
  } catch (fault) {
    await remove();
    throw fault;
  }
}
