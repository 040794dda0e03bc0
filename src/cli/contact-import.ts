import type { CommandContext } from "./command-context.ts";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { formatInstant } from "../core/time/instant.ts";
import { readMoment } from "../ingest/contact-statement.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { parseWorkspace } from "../rulebook/parse-workspace.ts";
import { actorHere } from "./actor.ts";
import { contactReading } from "./contact-reading.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { type Columns, type ImportKind, readColumns } from "./importing/columns.ts";
import { type ImportPlace, placeFile, readPlace, removePlace, writePlace } from "./importing/place.ts";
import { type Reject, readRow, type RowReading } from "./importing/read-row.ts";
import {
  BrokenFile,
  factsOfFile,
  type FileFacts,
  type ImportFormat,
  openRecords,
  type OpenRecords,
} from "./importing/records.ts";
import { hasRejects, openRejects } from "./importing/rejects.ts";
import type { Output } from "./output.ts";
import { createProgress } from "./progress.ts";
import { reachSystem } from "./reach-system.ts";
import { BadSetting } from "./run-settings.ts";
import { createEventJudge, type SoundEvent, takeIntoStore, type TakeEvents, takeOverHttp } from "./take-events.ts";

export interface ImportFlags {
  readonly suppressions?: boolean;
  /** `column=field`. */
  readonly map?: readonly string[];
  readonly format?: string;
  readonly delimiter?: string;
  readonly source?: string;
  readonly wording?: string;
  readonly at?: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly rejects?: string;
  readonly dryRun?: boolean;
  readonly restart?: boolean;
}

/** Events of one request: few enough for the door. */
const BATCH = 500;
/** Bytes of one request, well below what the door takes. */
const BATCH_BYTES = 500_000;

/** One import, ready to begin or to go on. */
interface Import {
  readonly file: string;
  readonly facts: FileFacts;
  readonly opened: OpenRecords;
  readonly row: RowReading;
  readonly rejectsFile: string;
  /** Where it goes on; row 0 at the beginning. */
  readonly from: ImportPlace;
}

/**
 * Brings the rows of a file in as events, through the same door as everything else. What is refused is written to a file
 * with its reasons; what is interrupted goes on where it was, and a row that is read twice is known. Throws `BadSetting`.
 */
export async function importContacts(file: string, flags: ImportFlags, context: CommandContext): Promise<ExitCode> {
  const { settings, clock, io } = context;
  const begun = await prepare(file, flags, context);
  tellColumns(begun, io);
  tellRules(begun.row.kind, settings.workspace, io);
  if (flags.dryRun === true) return tellEnd(begun, await runThrough(begun, context, null), flags, io);
  if (begun.from.row > 0) {
    io.err(`goes on after row ${begun.from.row}, where it was interrupted; --restart begins again\n`);
  }
  const end = await reachSystem(settings, clock, io, {
    running: (system) => runThrough(begun, context, takeOverHttp(system)),
    stored: (store) => runThrough(begun, context, takeIntoStore(store)),
  });
  removePlace(file);
  return tellEnd(begun, end, flags, io);
}

async function prepare(file: string, flags: ImportFlags, { settings, clock }: CommandContext): Promise<Import> {
  const reading = contactReading(settings.workspace);
  const now = clock.now();
  const asOf = readMoment(flags.at, { reading, now });
  if ("fault" in asOf) throw new BadSetting(`--at: ${asOf.fault}`);
  const facts = await factsOfFile(file);
  const kind: ImportKind = flags.suppressions === true ? "suppressions" : "contacts";
  const opened = await openRecords(file, formatOf(file, flags.format), flags.delimiter ?? null);
  const columns = readColumns(opened.header, kind, { map: flags.map ?? [], reading });
  const at = asOf.at ?? formatInstant(Math.min(facts.changedAt, now));
  const { source, wording, reason, map, delimiter, format } = flags;
  const said = { import: basename(file), actor: flags.actor ?? actorHere(), ...(reason !== undefined && { reason }) };
  const how = [facts.digest, kind, at, source, wording, map, delimiter, format, meaningsOf(opened, columns)];
  const mark = createHash("sha256").update(JSON.stringify(how)).digest("hex");
  const none = { mark, row: 0, rows: 0, fresh: 0, known: 0, refused: 0, rejectsBytes: 0 };
  const rejectsFile = flags.rejects ?? `${file.replace(/\.[^./\\]+$/, "")}.rejects.csv`;
  const place = flags.restart === true || flags.dryRun === true ? null : readPlace(file, mark);
  return {
    file,
    facts,
    opened,
    row: {
      kind,
      columns,
      reading,
      at,
      said,
      now,
      ...(source !== undefined && { source }),
      ...(wording !== undefined && { wording }),
    },
    rejectsFile,
    from: place !== null && hasRejects(rejectsFile, place.rejectsBytes) ? place : none,
  };
}

function formatOf(file: string, named: string | undefined): ImportFormat {
  const format = named ?? (/\.(?:ndjson|jsonl)$/i.test(file) ? "ndjson" : "csv");
  if (format === "csv" || format === "ndjson") return format;
  throw new BadSetting(`--format: expected csv or ndjson, found "${format}"`);
}

function meaningsOf({ header }: OpenRecords, columns: Columns): readonly (string | null)[] {
  return (header ?? []).map((column) => columns.meaningOf(column));
}

/** Everything there is to do with each row; `take` is null when nothing is to be taken in. */
async function runThrough(begun: Import, { io, clock }: CommandContext, take: TakeEvents | null): Promise<ImportPlace> {
  const { file, facts, opened, row: reading, from } = begun;
  const judge = createEventJudge(reading.reading.country, clock);
  const progress = createProgress(io, clock, "rows", Math.max(0, facts.lines - (opened.header === null ? 0 : 1)));
  const rejects = openRejects(begun.rejectsFile, from.rejectsBytes);
  let place = { ...from };
  let batch: SoundEvent[] = [];
  let bytes = 0;
  /** What was read since the last place that was written. */
  let pending: Pick<ImportPlace, "row" | "rows"> & { refused: Reject[] } = { row: from.row, rows: 0, refused: [] };
  const settle = async (): Promise<void> => {
    const fresh = take === null || batch.length === 0 ? batch.length : await take(batch);
    rejects.add(pending.refused);
    place = {
      ...place,
      row: pending.row,
      rows: place.rows + pending.rows,
      fresh: place.fresh + fresh,
      known: place.known + batch.length - fresh,
      refused: place.refused + new Set(pending.refused.map(({ row }) => row)).size,
      rejectsBytes: rejects.size(),
    };
    if (take !== null) writePlace(file, place);
    pending = { row: pending.row, rows: 0, refused: [] };
    [batch, bytes] = [[], 0];
  };
  try {
    for await (const record of opened.records) {
      progress.step();
      if (record.row <= from.row) continue;
      const read = readSound(readRow(record, reading), record.row, judge);
      if ("rejects" in read) pending.refused.push(...read.rejects);
      else {
        const size = read.events.reduce((sum, { fact }) => sum + fact.body.byteLength, 0);
        if (batch.length + read.events.length > BATCH || bytes + size > BATCH_BYTES) await settle();
        batch.push(...read.events);
        bytes += size;
      }
      pending = { row: record.row, rows: pending.rows + 1, refused: pending.refused };
      if (pending.rows >= BATCH) await settle();
    }
    await settle();
  } catch (fault) {
    if (take !== null) tellInterrupted(place, { file, isBroken: fault instanceof BrokenFile }, io);
    throw fault;
  } finally {
    progress.end();
    rejects.close();
  }
  return place;
}

function readSound(
  read: ReturnType<typeof readRow>,
  row: number,
  judge: ReturnType<typeof createEventJudge>,
): { readonly events: readonly SoundEvent[] } | { readonly rejects: readonly Reject[] } {
  if ("rejects" in read) return read;
  const judged = read.events.map(judge);
  const faults = judged.flatMap((event) => ("faults" in event ? event.faults : []));
  const events = judged.flatMap((event) => ("fact" in event ? [event] : []));
  if (faults.length === 0) return { events };
  const rejects = faults.map(({ pointer, message }) => {
    return { row, column: "", value: "", reason: `${pointer} ${message}`.trim(), help: "shorten what is in the row" };
  });
  return { rejects };
}

function tellInterrupted(
  { row }: ImportPlace,
  { file, isBroken }: { readonly file: string; readonly isBroken: boolean },
  { err }: Output,
): void {
  const where = row === 0 ? "nothing was taken in" : `all rows up to ${row} are in, as ${placeFile(file)} says`;
  // A file that was mended is another one, which is read from its beginning.
  const next = isBroken
    ? "mend the file and give the command again, which then begins with its first row"
    : "give the same command again, and it goes on there";
  err(`heed contact import: ${where}; ${next}\n`);
}

function tellColumns({ opened, row }: Import, { err }: Output): void {
  if (opened.header === null) return;
  const known = opened.header.filter((column) => row.columns.meaningOf(column) !== null);
  const told = known.map((column) => {
    const meaning = (row.columns.meaningOf(column) ?? "").replace(/^attributes\./, "");
    return meaning === column ? column : `${column} → ${meaning}`;
  });
  err(`columns: ${told.join(", ")}\n`);
  const left = opened.header.filter((column) => column !== "" && !known.includes(column));
  if (left.length === 0) return;
  err(`left alone: ${left.join(", ")}; declare them as fields of contacts in heed.yaml, or give --map column=field\n`);
}

const STARTS: Readonly<Record<ImportKind, readonly string[]>> = {
  contacts: [
    "contact.identified",
    "contact.updated",
    "contact.tagged",
    "contact.untagged",
    "consent.granted",
    "consent.denied",
  ],
  suppressions: ["address.suppressed"],
};

/** A million rows may be a million welcomes, which nobody wants to learn afterwards. */
function tellRules(kind: ImportKind, workspace: string, { err }: Output): void {
  const { rules } = parseWorkspace(loadWorkspace(workspace)).parsed;
  const started = rules.flatMap(({ file: { rule, enabled, trigger } }) => {
    const events = typeof trigger.event === "string" ? [trigger.event] : trigger.event;
    return enabled !== false && events.some((event) => STARTS[kind].includes(event)) ? [rule] : [];
  });
  if (started.length === 0) return;
  err(
    `these rules start on what an import says, where it is younger than their trigger's max_age: ${started.join(", ")}; a where of { event.provider: { not: import } } leaves imports out\n`,
  );
}

function tellEnd({ rejectsFile, row }: Import, end: ImportPlace, { dryRun }: ImportFlags, io: Output): ExitCode {
  const { rows, refused, fresh, known } = end;
  const taken = rows - refused;
  const events = `${fresh} events${known === 0 ? "" : `, ${known} known already`}`;
  const what = row.kind === "contacts" ? "rows" : "suppressions";
  io.out(
    dryRun === true
      ? `${taken} ${what} would be taken in (${events}), ${refused} refused\n`
      : `${taken} ${what} taken in (${events}), ${refused} refused\n`,
  );
  if (refused === 0) return EXIT.fine;
  io.err(
    `${rejectsFile} says of each refused row why, and what to do: mend those rows in a file of their own, and import that\n`,
  );
  return EXIT.findings;
}
