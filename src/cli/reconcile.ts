import type { Clock } from "../core/model/clock.ts";
import { isJsonObject, parseJson } from "../core/model/parse-json.ts";
import { formatInstant } from "../core/time/instant.ts";
import { everyContact } from "../ledger/every-document.ts";
import { lineOf } from "../ledger/account-of.ts";
import { type Aside, createReconciling, type Orphan, type Reconciled, type Reconciling } from "../ledger/reconcile.ts";
import { readSealHead, SEALS_KEY } from "../ledger/seals.ts";
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
  // Events may be kept for longer than what was decided about them.
  const { agedBefore } = readSealHead((await store.load(SEALS_KEY, "latest"))?.body ?? null);
  const reconciling = createReconciling({ since: Math.max(since, agedBefore), now: clock.now() });
  const progress = createProgress(io, clock, "lines and documents", 0);
  await eachLine(store, reconciling, progress);
  await eachContact(store, reconciling, progress);
  await eachEvent(store, reconciling, progress);
  const aside = { ...(await quarantinedIn(store)), pending: await store.depth() };
  progress.end();
  return reconciling.end(aside);
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

/** As they came in: who decides them has no part in it. */
async function eachEvent(store: StoreReading, reconciling: Reconciling, progress: Progress): Promise<void> {
  for (let after: number | undefined; ;) {
    const page = await store.pastEvents({ limit: PAGE, ...(after !== undefined && { after }) });
    if (page.length === 0) return;
    for (const { key, at, body } of page) {
      const event = eventIdIn(body);
      if (event !== null) reconciling.cameIn({ key, event, at });
    }
    progress.step(page.length);
    after = page.at(-1)?.place;
  }
}

/** Null for words between documents, which stand in an envelope that says of which kind they are. */
function eventIdIn(body: Uint8Array): string | null {
  const parsed = parseJson(new TextDecoder().decode(body));
  if (!parsed.ok || !isJsonObject(parsed.value) || "kind" in parsed.value) return null;
  const id = parsed.value["event_id"];
  return typeof id === "string" ? id : null;
}

/** Events among the dead letters: what a door or the decider could not take. */
async function quarantinedIn(store: StoreReading): Promise<Pick<Aside, "quarantined" | "quarantinedIds">> {
  const ids = new Set<string>();
  let quarantined = 0;
  for (let after: number | undefined; ;) {
    const page = await store.deadLetters({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const letter of page.map(readLetter)) {
      if (letter.kind === "event" || letter.kind === "unreadable") quarantined += 1;
      if (letter.kind === "event") ids.add(letter.event.event_id);
    }
    after = page.at(-1)?.place;
    if (page.length < PAGE) return { quarantined, quarantinedIds: ids };
  }
}

function pretty({ events, intents, orphans }: Reconciled): string {
  const { kept, decided, pending, quarantined, lost, duplicates } = events;
  const came = decided + pending + quarantined + lost;
  const meant = intents.terminal + intents.inFlight + intents.lost;
  const told = orphans.slice(0, MOST_TOLD).map(lineOfOrphan);
  const more = orphans.length - told.length;
  return [
    `events    ${came} came in = ${decided} decided + ${pending} pending + ${quarantined} quarantined${lost > 0 ? ` + ${lost} lost` : ""}`,
    `          ${duplicates} more were repetitions; ${kept} are kept as they came in, and each was looked for`,
    `messages  ${meant} were meant = ${intents.terminal} have ended + ${intents.inFlight} in flight${intents.lost > 0 ? ` + ${intents.lost} lost` : ""}`,
    ...told,
    ...(more > 0 ? [`and ${more} more; --format json tells all`] : []),
    orphans.length === 0 ? "everything adds up" : `${orphans.length} do not add up`,
    "",
  ].join("\n");
}

const HELP: Readonly<Record<Orphan["kind"], string>> = {
  "event that nobody decided":
    "the store has it as it came in, and nobody has decided it: heed replay --events lets it be decided",
  "event without a decision": "a rule speaks of it, and the account has no line of it",
  "event that never arrived": "its address handed it on, and this contact has not decided it",
  "message without an end": "the account waits for another word, and no document knows of it any more",
  "message without a line": "its document says how it ended, and the account does not",
  "call past its lease": "nobody has said what came of it: is heed running?",
  "message without a ticket":
    "it waits for its turn, and its lane has not got it: heed contact cancel ends its run, and what started it may be sent again",
  "message that waits in the past": "its moment has come and gone: is heed running?",
  "run that waits in the past": "its moment has come and gone: is heed running?",
  "run without its message": "it waits for a message that its document does not know",
};

function lineOfOrphan({ kind, name, key, at }: Orphan): string {
  return `✗ ${kind}: ${printable(name)} of ${printable(key)}, since ${formatInstant(at)}: ${HELP[kind]}`;
}
