import { createHmac, randomBytes } from "node:crypto";
import { liftEvent } from "../core/model/lift-event.ts";
import type { Clock } from "../core/model/clock.ts";
import { formatInstant } from "../core/time/instant.ts";
import { everyDocument } from "../ledger/every-document.ts";
import { accountOf, lineOf } from "../ledger/account-of.ts";
import { csvLine, redacted, type Row, rowOfLine, rowsOfMessages, rowsOfRule } from "../ledger/export-rows.ts";
import { createPseudonyms } from "../ledger/pseudonyms.ts";
import { FIGURES_KEY, ruleFigures } from "../ledger/figures-documents.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { parseWorkspace } from "../rulebook/parse-workspace.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { momentOf } from "./moment.ts";
import { createProgress, type Progress } from "./progress.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { openStorePart } from "./recordings/store-part.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface ExportFlags {
  readonly what?: string;
  readonly format?: string;
  readonly since?: string;
  readonly until?: string;
  /** Where an earlier export ended, as it said. */
  readonly after?: string;
  readonly redact?: boolean;
}

export interface ExportIo {
  /** Resolves when more may be written: whoever reads slowly is waited for. */
  write(text: string): Promise<void>;
  out(text: string): void;
  err(text: string): void;
}

const PAGE = 500;
const WHAT = ["lines", "messages", "rules", "events"] as const;
type What = (typeof WHAT)[number];

interface Exporting {
  readonly store: StoreReading;
  readonly since: number;
  readonly until: number;
  readonly after: string | null;
  readonly progress: Progress;
  readonly workspace: string;
  readonly io: Pick<ExportIo, "err">;
}

/** A row, and from where to go on behind it; null where nobody can. */
interface Exported {
  readonly row: Row;
  readonly next: string | null;
}

/** Prints the account, or what came in, for other systems, row by row as it is read. Throws `BadSetting`, and what a store throws that cannot be read. */
export async function exportLedger(
  settings: RunSettings,
  flags: ExportFlags,
  { clock, env, io }: { readonly clock: Clock; readonly env: NodeJS.ProcessEnv; readonly io: ExportIo },
): Promise<ExitCode> {
  const { format = "ndjson", redact = false } = flags;
  if (format !== "ndjson" && format !== "csv")
    throw new BadSetting(`--format: expected ndjson or csv, found "${format}"`);
  const what = readWhat(flags);
  if (what === "events" && format === "csv")
    throw new BadSetting("--what events: events have no columns, so leave --format csv out");
  const since = flags.since === undefined ? 0 : momentOf("--since", flags.since, clock);
  const until = flags.until === undefined ? Number.POSITIVE_INFINITY : momentOf("--until", flags.until, clock);
  const mark = redact ? markerOf(env, io) : null;
  const store = await readStore(settings, clock);
  const progress = createProgress(io, clock, `${what} exported`, 0);
  const { workspace } = settings;
  const asked: Exporting = { store, since, until, after: flags.after ?? null, progress, workspace, io };
  let next = flags.after ?? null;
  let headed = false;
  try {
    for await (const exported of rowsOf(what, asked)) {
      const row = mark === null ? exported.row : without(what, exported.row, mark);
      // Who goes on behind an earlier export has its head already.
      if (format === "csv" && !headed && flags.after === undefined) await io.write(csvLine(Object.keys(row)));
      headed = true;
      await io.write(format === "csv" ? csvLine(Object.values(row)) : `${JSON.stringify(row)}\n`);
      next = exported.next;
      progress.step();
    }
    progress.end();
    if (what !== "rules" && next !== null) io.err(`heed export: to go on from here: --after ${next}\n`);
    return EXIT.fine;
  } finally {
    await store.close();
  }
}

function readWhat({ what = "lines", since, until, after }: ExportFlags): What {
  const found = WHAT.find((each) => each === what);
  if (found === undefined) throw new BadSetting(`--what: expected ${WHAT.join(", ")}, found "${what.slice(0, 40)}"`);
  if (found === "rules" && (since ?? until ?? after) !== undefined)
    throw new BadSetting(
      "--what rules: tells what each rule came to as a whole, so leave --since, --until and --after out",
    );
  if (found === "events" && after !== undefined)
    throw new BadSetting("--what events: goes on with --since, so leave --after out");
  if (found === "lines" && after !== undefined && !/^\d{1,15}$/.test(after))
    throw new BadSetting(
      `--after: expected the number that an earlier export ended with, found "${after.slice(0, 40)}"`,
    );
  return found;
}

function rowsOf(what: What, asked: Exporting): AsyncIterable<Exported> {
  switch (what) {
    case "lines":
      return lines(asked);
    case "messages":
      return messages(asked);
    case "rules":
      return rules(asked);
    case "events":
      return events(asked);
  }
}

/** Events keep what rules read of them, so that they can be played again. */
function without(what: What, row: Row, mark: (name: string) => string): Row {
  const lifted = what === "events" ? liftEvent(row) : null;
  if (lifted?.kind !== "event") return redacted(row, mark);
  return { ...createPseudonyms(mark).event(lifted.event) };
}

/** What came in, as it came: a recording. */
async function* events({ store, since, until, io }: Exporting): AsyncIterable<Exported> {
  const part = await openStorePart(store, "store");
  const oldest = part.span?.from ?? Number.POSITIVE_INFINITY;
  const leftOut = new Map<string, number>();
  const count = (why: string): void => void leftOut.set(why, (leftOut.get(why) ?? 0) + 1);
  for await (const some of part.events(since, { unreadable: count, other: count }))
    for (const { at, event } of some) if (at < until) yield { row: { ...event }, next: null };
  for (const [why, sum] of leftOut) io.err(`heed export: left out ${sum}: ${why}\n`);
  if (since > 0 && oldest > since)
    io.err(
      `heed export: nothing is kept from before ${Number.isFinite(oldest) ? formatInstant(oldest) : "now"}; retention.events in heed.yaml says for how long\n`,
    );
}

async function* lines({ store, since, until, after }: Exporting): AsyncIterable<Exported> {
  for (let last = after === null ? undefined : Number(after); ;) {
    const page = await store.audit({ limit: PAGE, ...(last !== undefined && { after: last }) });
    if (page.length === 0) return;
    for (const { place, key, id, at, body } of page) {
      const line = at < since || at >= until ? null : lineOf(body);
      if (line !== null) yield { row: rowOfLine(place, key, id, line), next: String(place) };
    }
    last = page.at(-1)?.place;
  }
}

/** By contact, since what became of a message is told by many lines. */
async function* messages({ store, since, until, after }: Exporting): AsyncIterable<Exported> {
  for await (const page of everyDocument(store, after ?? undefined)) {
    for (const { key } of page) {
      if (key.startsWith("heed:")) continue;
      const account = await accountOf(store, key, Number.MAX_SAFE_INTEGER);
      for (const { at, row } of rowsOfMessages(key, account.lines))
        if (at >= since && at < until) yield { row, next: key };
    }
  }
}

async function* rules({ store, workspace }: Exporting): AsyncIterable<Exported> {
  const { rules: parsed } = parseWorkspace(loadWorkspace(workspace)).parsed;
  const classes = new Map(parsed.map(({ file }) => [file.rule, file.class]));
  const prefix = `${FIGURES_KEY}:`;
  for await (const page of everyDocument(store)) {
    for (const { key } of page) {
      if (!key.startsWith(prefix)) continue;
      const rule = key.slice(prefix.length);
      for (const row of rowsOfRule(rule, classes.get(rule) ?? null, await ruleFigures(store, rule)))
        yield { row, next: rule };
    }
  }
}

const MARK_CHARACTERS = 22;

/** The same name has the same mark for as long as the secret is the same; without one, in this export alone. */
function markerOf(env: NodeJS.ProcessEnv, io: Pick<ExportIo, "err">): (name: string) => string {
  const given = env["HEED_REDACT_KEY"] ?? "";
  if (given !== "" && given.length < 16) throw new BadSetting("HEED_REDACT_KEY: expected at least 16 characters");
  if (given === "")
    io.err(
      "heed export: marks are of this export alone; set HEED_REDACT_KEY so that they are the same in the next one\n",
    );
  const secret = given === "" ? randomBytes(32) : given;
  return (name) => createHmac("sha256", secret).update(name).digest("base64url").slice(0, MARK_CHARACTERS);
}
