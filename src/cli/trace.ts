import { everyContact } from "../ledger/every-document.ts";
import { hasWords, lineOf } from "../ledger/account-of.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import { readLetter } from "../runtime/read-letter.ts";
import { everything, type StoryFilter } from "../simulate/explain/story.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { type ExplainIo, explainLive, readTested } from "./explain.ts";
import { createProgress, type Progress } from "./progress.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { rulesMeant } from "./rules-source.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";
import { type Traced, traceOf } from "./trace-hops.ts";

export interface TraceFlags {
  readonly format?: string;
}

/** Whom it is about, and what is asked about them; or the letter that it became. */
interface Found {
  readonly key: string | null;
  readonly filter: StoryFilter;
  readonly letters: readonly string[];
  readonly pending: number;
}

const PAGE = 500;
/** Bytes of a dead letter that are shown. */
const MOST_SHOWN = 2_000;

/**
 * Follows an event, or a message by our id or its provider's, from the door to the last word about it. Throws
 * `BadSetting`, and what a store throws that cannot be read.
 */
export async function trace(
  settings: RunSettings,
  id: string,
  { format = "pretty" }: TraceFlags,
  io: ExplainIo,
): Promise<ExitCode> {
  if (format !== "pretty" && format !== "json")
    throw new BadSetting(`--format: expected pretty or json, found "${format}"`);
  const { key, filter, letters, pending } = await find(settings, id, io);
  const read = readTested(await rulesMeant(settings, io.clock));
  const { stories, notes } = await explainLive(settings, read, key, filter, io);
  const isKnown = key !== null || letters.length > 0;
  const traced = key === null ? [] : stories.map((story) => traceOf(story, filter, io.clock.now()));
  const waiting =
    !isKnown && pending > 0 ? [`${pending} events wait to be decided, and it may be among them: is heed running?`] : [];
  const said = letters.length > 0 ? letters : [...notes, ...waiting];
  io.write(format === "json" ? json(id, traced, said) : pretty(id, traced, said));
  return isKnown ? EXIT.fine : EXIT.findings;
}

async function find(settings: RunSettings, id: string, io: ExplainIo): Promise<Found> {
  const store = await readStore(settings, io.clock);
  const progress = createProgress(
    { out: (text) => io.talk(text), err: (text) => io.talk(text) },
    io.clock,
    "lines and documents",
    0,
  );
  try {
    const letters = await lettersOf(store, id);
    const found = (await findInAccount(store, id, progress)) ?? (await findInDocuments(store, id, progress));
    progress.end();
    const depth = await store.depth();
    const filter = found?.filter ?? { ...everything, event: id };
    return { key: found?.key ?? null, filter, letters, pending: depth["events"] ?? 0 };
  } finally {
    await store.close();
  }
}

type Place = Pick<Found, "key" | "filter">;

/** The last document that tells of it: an address has handed it on to whom it belongs to. */
async function findInAccount(store: StoreReading, id: string, progress: Progress): Promise<Place | null> {
  const words = [JSON.stringify(id)];
  let message: string | null = null;
  let event: string | null = null;
  for (let after: number | undefined; ;) {
    const page = await store.audit({ limit: PAGE, ...(after !== undefined && { after }) });
    if (page.length === 0) break;
    for (const { key, body } of page) {
      const line = hasWords(body, words) ? lineOf(body) : null;
      if (line === null || key.startsWith("heed:")) continue;
      if (line.intent === id) message = key;
      if (line.event === id) event = key;
    }
    progress.step(page.length);
    after = page.at(-1)?.place;
  }
  if (message !== null) return { key: message, filter: { ...everything, message: id } };
  return event === null ? null : { key: event, filter: { ...everything, event: id } };
}

/** A message that no line tells of yet, and one by the id that its provider gave it. */
async function findInDocuments(store: StoreReading, id: string, progress: Progress): Promise<Place | null> {
  const words = [JSON.stringify(id)];
  for await (const page of everyContact(store)) {
    for (const doc of page) {
      if (!hasWords(doc.body, words)) continue;
      const intents = Object.values(decodeContact(doc).intents);
      const named = intents.find((intent) => intent.id === id || intent.providerMessageId === id);
      if (named !== undefined) return { key: doc.key, filter: { ...everything, message: named.id } };
    }
    progress.step(page.length);
  }
  return null;
}

/** Those that are it, or hold it. */
async function lettersOf(store: StoreReading, id: string): Promise<readonly string[]> {
  const found: string[] = [];
  const words = [JSON.stringify(id)];
  for (let after: number | undefined; ;) {
    const page = await store.deadLetters({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const letter of page) {
      if (!letter.id.endsWith(id) && !hasWords(letter.body, words)) continue;
      const { kind, reason, place } = readLetter(letter);
      const where = letter.key.startsWith("quarantine:")
        ? "was refused at the door although its signature was right"
        : "could not be taken further";
      const body = new TextDecoder().decode(letter.body).slice(0, MOST_SHOWN);
      found.push(
        `${new Date(letter.at).toISOString()} it ${where} (${kind}): ${reason}. heed dlq show ${place} shows it, heed dlq replay ${place} lets it try again. It says: ${body}`,
      );
    }
    after = page.at(-1)?.place;
    if (page.length < PAGE) return found;
  }
}

function pretty(id: string, traced: readonly Traced[], notes: readonly string[]): string {
  const told = traced.flatMap(({ hops, cause }) => {
    const width = Math.max(0, ...hops.flatMap(({ lines }) => lines.map(({ at }) => at?.length ?? 0)));
    const lines = hops.flatMap((hop, number) =>
      hop.lines.map(({ mark, at, text }, index) => {
        const head = index === 0 ? `${number + 1} ${hop.name}` : "";
        return `${head.padEnd(11)}${(at ?? "").padEnd(width)} ${mark} ${printable(text)}`;
      }),
    );
    return [...lines, "", ...cause.map(printable)];
  });
  return `${[`trace of ${printable(id)}`, ...told, ...notes.map((note) => `note: ${printable(note)}`)].join("\n")}\n`;
}

function json(id: string, traced: readonly Traced[], notes: readonly string[]): string {
  return `${printableJson({ format_version: "1.0", asked: id, traces: traced, notes })}\n`;
}
