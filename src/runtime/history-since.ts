import type { HistoryQuestion } from "../core/model/rulebook.ts";
import { nominalMs } from "../core/time/duration.ts";
import { everyContact } from "../ledger/every-document.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";

const KEY: HouseKey = "heed:history";

/** What has been kept of one kind of past events: from when on, how far back, and how many of them. */
interface Kept {
  readonly since: number;
  readonly withinMs: number;
  readonly atLeast: number;
}

/**
 * A contact's document keeps of the past what deployed conditions ask for, so a condition that is new knows nothing of
 * what happened before it was deployed, and its "did not" would be no more than "was not looked for". This writes down
 * from when on each question is answered, over restarts, and adds it to the workspace: until a question's whole window
 * is covered, nothing is sent because of an absence that nobody could have seen. In a store without contacts nothing
 * has happened yet, and all is known. `before` is what this process has decided by until now.
 */
export async function withHistorySince(
  store: Store,
  workspace: CompiledWorkspace,
  before: CompiledWorkspace | null,
  now: number,
): Promise<CompiledWorkspace> {
  const { rulebook } = workspace;
  if (rulebook.history.size === 0) return workspace;
  const news = await bringsNews(store, rulebook.history);
  const blank = news && (await isBlank(store));
  const since = await changeHouse(store, KEY, (body) => {
    const known = readKept(body);
    const kept = [...rulebook.history].map(([key, question]): [string, Kept] => {
      // Events that came while this process judged by other rules were not kept by it.
      const missed = before !== null && !before.rulebook.history.has(key);
      return [key, keptNow(question, blank ? ALWAYS : known.get(key), missed && !blank, now)];
    });
    const unchanged = known.size === kept.length && kept.every(([key, one]) => isSame(known.get(key), one));
    return {
      write: unchanged ? undefined : { kept: Object.fromEntries(kept) },
      result: kept.flatMap(([key, one]) => (one.since === 0 ? [] : [[key, one.since] as const])),
    };
  });
  if (since.length === 0) return workspace;
  const historySince = Object.fromEntries(since);
  return { ...workspace, rulebook: { ...rulebook, workspace: { ...rulebook.workspace, historySince } } };
}

/**
 * From when on each question of these rules is answered, in epoch milliseconds, for those who only read: what nobody has
 * deployed yet nobody has kept until `now`.
 */
export async function readHistorySince(
  store: Pick<Store, "load">,
  { history }: CompiledWorkspace["rulebook"],
  now: number,
): Promise<Readonly<Record<string, number>>> {
  if (history.size === 0) return {};
  const known = readKept(await readHouse(store, KEY));
  const since = [...history].map(
    ([key, question]) => [key, keptNow(question, known.get(key), false, now).since] as const,
  );
  return Object.fromEntries(since.filter(([, from]) => from > 0));
}

const ALWAYS: Kept = { since: 0, withinMs: Number.MAX_SAFE_INTEGER, atLeast: Number.MAX_SAFE_INTEGER };

function keptNow({ within, atLeast }: HistoryQuestion, known: Kept | undefined, missed: boolean, now: number): Kept {
  const withinMs = nominalMs(within);
  // Of more than were asked for until now, the older ones were dropped.
  if (known === undefined || missed || atLeast > known.atLeast) return { since: now, withinMs, atLeast };
  const dropped = withinMs > known.withinMs ? now - known.withinMs : 0;
  return { since: Math.max(known.since, dropped), withinMs, atLeast };
}

function isSame(a: Kept | undefined, b: Kept): boolean {
  return a?.since === b.since && a.withinMs === b.withinMs && a.atLeast === b.atLeast;
}

async function bringsNews(store: Store, questions: CompiledWorkspace["rulebook"]["history"]): Promise<boolean> {
  const known = readKept(await readHouse(store, KEY));
  return [...questions.keys()].some((key) => !known.has(key));
}

/** Whether no contact is known yet. */
async function isBlank(store: Store): Promise<boolean> {
  const first = await everyContact(store).next();
  return first.done === true;
}

/** The document is written by this file alone. */
function readKept(body: unknown): ReadonlyMap<string, Kept> {
  const kept: unknown = typeof body === "object" && body !== null && "kept" in body ? body.kept : null;
  if (typeof kept !== "object" || kept === null) return new Map();
  return new Map(Object.entries(kept).filter((entry): entry is [string, Kept] => isKept(entry[1])));
}

function isKept(entry: unknown): entry is Kept {
  return typeof entry === "object" && entry !== null && "since" in entry && "withinMs" in entry && "atLeast" in entry;
}
