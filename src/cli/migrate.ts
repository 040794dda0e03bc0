import { randomUUID } from "node:crypto";
import type { Clock } from "../core/model/clock.ts";
import { FIGURES_KEY } from "../ledger/figures-documents.ts";
import { SEALS_KEY } from "../ledger/seals.ts";
import { decodeJson, encodeJson } from "../runtime/contact-codec.ts";
import { HOUSE_ACCOUNT } from "../runtime/house-documents.ts";
import { livingMembers, WORKERS_KEY } from "../runtime/membership.ts";
import { PAUSES_KEY, standingPauses } from "../runtime/pauses.ts";
import {
  type Arrived,
  countedAs,
  type MarkedItem,
  MOVED,
  type MovedCounts,
  NOTHING,
  type StoreExport,
  type Place,
  placeInFlags,
  placeInWords,
  type StoreImport,
} from "../store/migration.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { createProgress } from "./progress.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";
import { publicUrl } from "./store-flags.ts";

/** Items on their way at once; what is behind the last batch need not be looked at when a move is taken up again. */
const BATCH = 500;
/** Where the account tells of the house itself. */
const HOUSE_ACCOUNTS = [HOUSE_ACCOUNT, SEALS_KEY];

/**
 * Moves everything from the embedded store to the NATS server of the settings: documents with what they wait for, what
 * has come and is not decided yet, tickets, dead letters, the account and what caps and budgets have counted. May be
 * repeated after any interruption, and goes on where it was. Throws `BadSetting`, `Unsupported`, `Unavailable`.
 */
export async function migrate(settings: RunSettings, clock: Clock, io: Output): Promise<ExitCode> {
  const { store } = settings;
  if (store.kind !== "jetstream") throw new BadSetting("--to: expected a URL such as nats://127.0.0.1:4222");
  const { exportEmbeddedStore } = await import("../store/embedded-export.ts");
  const { openJetStreamImport } = await import("../store/jetstream.ts");
  const from = exportEmbeddedStore(settings.dataDirectory, () => clock.monotonic());
  try {
    const { url, security, replicas } = store;
    const { namespace } = settings;
    const name: Place = { url: publicUrl(url), namespace };
    if (from.moving?.done === true) return alreadyMoved(from.moving.to, name, io);
    const to = await openJetStreamImport({ url, security, namespace, clock, ...(replicas !== null && { replicas }) });
    try {
      return await move({ from, to, name, settings, clock, io });
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

interface Move {
  readonly from: StoreExport;
  readonly to: StoreImport;
  readonly name: Place;
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly io: Output;
}

async function move(parts: Move): Promise<ExitCode> {
  const { from, to, name, settings, io } = parts;
  const begun = await begin(parts);
  let arrived = begun.arrived;
  if (!arrived.done) {
    if (begun.again) io.err(`heed migrate: goes on with a move that was interrupted\n`);
    arrived = await carry(parts, arrived, begun.again);
  }
  const held = await to.counts();
  const rows = MOVED.map((what) => ({ what, moved: arrived.moved[what], there: held[what] - arrived.before[what] }));
  for (const { what, moved, there } of rows) io.out(`${what.padEnd(14)}${moved} moved, ${there} there\n`);
  if (!arrived.done && rows.some(({ moved, there }) => moved !== there)) {
    const there = placeInWords(name);
    io.err(`heed migrate: the numbers differ, so the move is not closed: does another system write into ${there}?\n`);
    return EXIT.findings;
  }
  await to.tell({ ...arrived, done: true });
  await from.tell({ id: arrived.id, to: name, done: true });
  io.out(`moved from ${settings.dataDirectory} to ${placeInWords(name)}, ${to.version}\n`);
  io.err(`from now on: heed run ${placeInFlags(name)}; the old store starts no more\n`);
  return EXIT.fine;
}

function alreadyMoved(to: Place, asked: Place, io: Output): ExitCode {
  const said = `everything was moved to ${placeInWords(to)} already`;
  if (!isSame(to, asked)) throw new BadSetting(`${said}: run with ${placeInFlags(to)}`);
  io.out(`${said}\n`);
  io.err(`from now on: heed run ${placeInFlags(to)}\n`);
  return EXIT.fine;
}

function isSame(a: Place, b: Place): boolean {
  return a.url === b.url && a.namespace === b.namespace;
}

/** Finds out whether this is a new move or one to take up again. */
async function begin(parts: Move): Promise<{ readonly arrived: Arrived; readonly again: boolean }> {
  const { from, to, name } = parts;
  const known = await to.arrived();
  if (known !== null && known.id === from.moving?.id) return { arrived: known, again: true };
  if (from.moving !== null && !isSame(from.moving.to, name)) {
    const { to: first } = from.moving;
    throw new BadSetting(
      `a move to ${placeInWords(first)} has begun and has not ended: end it with heed migrate --to ${first.url} --namespace ${first.namespace}; or, to give it up for good, start heed run on the old store once, which makes it void`,
    );
  }
  if (known !== null) throw notEmpty(name, known.done ? "was filled by another move" : "holds part of another move");
  await makeRoom(parts);
  await to.prepare();
  const before = await to.counts();
  const id = randomUUID();
  await from.tell({ id, to: name, done: false });
  const arrived: Arrived = { id, mark: null, done: false, moved: NOTHING, before };
  await to.tell(arrived);
  return { arrived, again: false };
}

function notEmpty(name: Place, what: string): BadSetting {
  return new BadSetting(
    `the store at ${placeInWords(name)} ${what}: name an empty one with --namespace, or another server`,
  );
}

/** Where Heed was only started, nobody is known, and what the house itself wrote down there gives way to ours. */
async function makeRoom({ to, name, clock }: Move): Promise<void> {
  const house = await to.house();
  const { documents, lines } = await to.counts();
  const contacts = documents - house.size;
  if (contacts > 0) throw notEmpty(name, `has contacts already, ${contacts} of them`);
  const kept = [...house].map(([key, body]) => ({ key, body: decodeJson(body) }));
  if (kept.some(({ key, body }) => key.startsWith(WORKERS_KEY) && livingMembers(body, clock.now()) > 0))
    throw new BadSetting(`a Heed is at work in ${placeInWords(name)}: stop it first, and start it afterwards`);
  if (kept.some(({ key, body }) => key === PAUSES_KEY && standingPauses(body, clock.now()) > 0)) {
    throw new BadSetting(
      `something is paused in ${placeInWords(name)}, which the move would end: heed pause --list ${placeInFlags(name)} tells what; resume it there, and pause it in the old store instead`,
    );
  }
  const others = lines - (await to.houseLines(HOUSE_ACCOUNTS));
  if (others > 0) throw notEmpty(name, `has ${others} lines of an account already`);
  if (house.size > 0) await to.clearHouse(HOUSE_ACCOUNTS);
}

async function carry({ from, to, clock, io }: Move, begun: Arrived, again: boolean): Promise<Arrived> {
  const already = Object.values(begun.moved).reduce((sum, count) => sum + count, 0);
  const progress = createProgress(io, clock, "moved", from.about);
  progress.step(already);
  let arrived = begun;
  let batch: MarkedItem[] = [];
  let unsure = again;
  const flush = async (): Promise<void> => {
    const last = batch.at(-1);
    if (last === undefined) return;
    await to.write(batch, unsure);
    unsure = false;
    arrived = { ...arrived, mark: last.mark, moved: added(arrived.moved, batch) };
    await to.tell(arrived);
    progress.step(batch.length);
    batch = [];
  };
  // Documents go before lines: while they do, this is where the lines will begin.
  const base = await to.lastPlace();
  for (const marked of from.items(begun.mark)) {
    batch.push(atItsPlace(marked, (place) => base + from.linesUpTo(place)));
    if (batch.length === BATCH) await flush();
  }
  await flush();
  progress.end();
  return arrived;
}

/** What remembers how far it has read the account finds its place in the account as it is there. */
function atItsPlace(marked: MarkedItem, placeThere: (place: number) => number): MarkedItem {
  const { item } = marked;
  if (item.kind !== "document" || !(item.key === SEALS_KEY || item.key.startsWith(FIGURES_KEY))) return marked;
  const body = decodeJson(item.body);
  if (typeof body !== "object" || body === null || !("place" in body) || typeof body.place !== "number") return marked;
  return { ...marked, item: { ...item, body: encodeJson({ ...body, place: placeThere(body.place) }) } };
}

function added(counts: MovedCounts, batch: readonly MarkedItem[]): MovedCounts {
  const sum: Record<keyof MovedCounts, number> = { ...counts };
  for (const { item } of batch) sum[countedAs(item)] += 1;
  return sum;
}
