import type { Clock } from "../core/model/clock.ts";
import { formatInstant } from "../core/time/instant.ts";
import { everyContact } from "../ledger/every-document.ts";
import { lineOf } from "../ledger/account-of.ts";
import { createReconciling, type Orphan, type Reconciled, type Reconciling } from "../ledger/reconcile.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import { readLetter } from "../runtime/read-letter.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { momentOf } from "./moment.ts";
import type { Output } from "./output.ts";
import { createProgress, type Progress } from "./progress.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface ReconcileFlags {
  readonly since?: string;
  readonly format?: string;
}

const PAGE = 500;
/** Of more than this nobody reads on. */
const MOST_TOLD = 50;

/** Proves that nothing was lost on its way, or names what was. Throws `BadSetting`, and what a store throws that cannot be read. */
export async function reconcile(
  settings: RunSettings,
  { since = "7d", format = "pretty" }: ReconcileFlags,
  clock: Clock,
  io: Output,
): Promise<ExitCode> {
  if (format !== "pretty" && format !== "json")
    throw new BadSetting(`--format: expected pretty or json, found "${format}"`);
  const from = momentOf("--since", since, clock);
  const store = await readStore(settings, clock);
  try {
    const reconciled = await holdAgainst(store, from, clock, io);
    io.out(format === "json" ? `${printableJson({ format_version: "1.0", ...reconciled })}\n` : pretty(reconciled));
    return reconciled.orphans.length === 0 ? EXIT.fine : EXIT.findings;
  } finally {
    await store.close();
  }
}

async function holdAgainst(store: StoreReading, since: number, clock: Clock, io: Output): Promise<Reconciled> {
  const reconciling = createReconciling({ since, now: clock.now() });
  const progress = createProgress(io, clock, "lines and documents", 0);
  await eachLine(store, reconciling, progress);
  await eachContact(store, reconciling, progress);
  const letters = await countQuarantined(store);
  const depth = await store.depth();
  progress.end();
  return reconciling.end(depth, letters);
}

async function eachLine(store: StoreReading, reconciling: Reconciling, progress: Progress): Promise<void> {
  for (let after: number | undefined; ;) {
    const page = await store.audit({ limit: PAGE, ...(after !== undefined && { after }) });
    if (page.length === 0) return;
    for (const { key, body } of page) {
      const line = lineOf(body);
      if (line !== null) reconciling.line(key, line);
    }
    progress.step(page.length);
    after = page.at(-1)?.place;
  }
}

async function eachContact(store: StoreReading, reconciling: Reconciling, progress: Progress): Promise<void> {
  for await (const page of everyContact(store)) {
    for (const doc of page) reconciling.contact(decodeContact(doc));
    progress.step(page.length);
  }
}

/** Events among the dead letters: what a door or the decider could not take. */
async function countQuarantined(store: StoreReading): Promise<number> {
  let count = 0;
  for (let after: number | undefined; ;) {
    const page = await store.deadLetters({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const letter of page) {
      const { kind } = readLetter(letter);
      if (kind === "event" || kind === "unreadable") count += 1;
    }
    after = page.at(-1)?.place;
    if (page.length < PAGE) return count;
  }
}

function pretty({ events, intents, orphans }: Reconciled): string {
  const { decided, pending, quarantined, lost, duplicates } = events;
  const came = decided + pending + quarantined + lost;
  const meant = intents.terminal + intents.inFlight + intents.lost;
  const told = orphans.slice(0, MOST_TOLD).map(lineOfOrphan);
  const more = orphans.length - told.length;
  return [
    `events    ${came} came in = ${decided} decided + ${pending} pending + ${quarantined} quarantined${lost > 0 ? ` + ${lost} lost` : ""}`,
    `          ${duplicates} more were repetitions`,
    `messages  ${meant} were meant = ${intents.terminal} have ended + ${intents.inFlight} in flight${intents.lost > 0 ? ` + ${intents.lost} lost` : ""}`,
    ...told,
    ...(more > 0 ? [`and ${more} more; --format json tells all`] : []),
    orphans.length === 0 ? "everything adds up" : `${orphans.length} do not add up`,
    "",
  ].join("\n");
}

const HELP: Readonly<Record<Orphan["kind"], string>> = {
  "event without a decision": "a rule speaks of it, and the account has no line of it",
  "event that never arrived": "its address handed it on, and this contact has not decided it",
  "message without an end": "the account waits for another word, and no document knows of it any more",
  "message without a line": "its document says how it ended, and the account does not",
  "call past its lease": "nobody has said what came of it: is heed running?",
  "message without a ticket": "it waits for its turn, and nothing is in its lane",
  "message that waits in the past": "its moment has come and gone: is heed running?",
  "run that waits in the past": "its moment has come and gone: is heed running?",
  "run without its message": "it waits for a message that its document does not know",
};

function lineOfOrphan({ kind, name, key, at }: Orphan): string {
  return `✗ ${kind}: ${printable(name)} of ${printable(key)}, since ${formatInstant(at)}: ${HELP[kind]}`;
}
