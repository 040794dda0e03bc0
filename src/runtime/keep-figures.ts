import type { Clock } from "../core/model/clock.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { Draft } from "../ledger/adding-up.ts";
import { lineOf } from "../ledger/account-of.ts";
import { type Counted, FIGURES_KEY, keyOfRule, readHead, readRule } from "../ledger/figures-documents.ts";
import { addLine, type RuleFigures, ruleOfLine } from "../ledger/figures.ts";
import { addHouseLine, type HouseFigures } from "../ledger/house-figures.ts";
import type { Log } from "../observe/log.ts";
import { type AuditLine, type Doc, type Key, type Store, Unavailable } from "../store/store.ts";
import { againAndAgain } from "./again-and-again.ts";
import { encodeJson } from "./contact-codec.ts";

export interface FiguresKeeper {
  /** Adds up what came since: for those who want to read now. Rejects with `Unavailable`. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
}

export interface FiguresParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this process is the one that keeps them; asked before each look. */
  readonly isMine: () => boolean;
  /** The figures of rules that changed, when they are written down: they go on changing afterwards. */
  readonly onChange?: (changed: ReadonlyMap<string, RuleFigures>) => Promise<void>;
}

/** Between two looks at the account, when there was nothing new. */
const LOOK_MS = 1_000;
const PAGE = 500;
/** Lines between two writes: what is added up again after a crash. */
const MOST_UNWRITTEN = 5_000;

/**
 * Adds up the account, line by line in the order in which it was written, into one document for each rule and one for all.
 * Each says up to which place it counts, so that nothing counts twice after a crash, and whoever keeps them at the same
 * time is found out by the compare-and-set.
 */
export function keepFigures(parts: FiguresParts): FiguresKeeper {
  const { store, clock, log, isMine, onChange } = parts;
  let book: Book | null = null;
  let stopped = false;

  const addUp = async (): Promise<void> => {
    book ??= await openBook(store);
    for (;;) {
      const lines = await store.audit({ after: book.head.place, limit: PAGE });
      const entries = lines.map(readEntry);
      await openPages(store, book, entries);
      for (const entry of entries) add(book, entry);
      if (lines.length < PAGE || book.unwritten >= MOST_UNWRITTEN) {
        const changed = await write(store, book);
        if (changed.size > 0) await onChange?.(changed);
      }
      if (lines.length < PAGE || stopped) return;
    }
  };
  const catchUp = async (): Promise<void> => {
    try {
      await addUp();
    } catch (fault) {
      // What is in memory may be another's by now: it is read anew.
      book = null;
      throw fault;
    }
  };
  const loop = againAndAgain({
    clock,
    log,
    everyMs: LOOK_MS,
    whenFailing: "the account cannot be added up for now: figures are as they were",
    async look() {
      if (isMine()) await catchUp();
      else book = null;
    },
  });
  return {
    async catchUp() {
      await loop.settled();
      await catchUp();
    },
    async stop() {
      stopped = true;
      await loop.stop();
    },
  };
}

/**
 * What is added up in memory, with the revisions that it is based on. It is added to in place: in a document are the hours
 * of a month, and who copied them for each line took 0.2 ms for it.
 */
interface Book {
  readonly head: Draft<Counted<HouseFigures>>;
  headRev: string | null;
  readonly rules: Map<string, RulePage>;
  unwritten: number;
}

interface RulePage {
  readonly counted: Draft<Counted<RuleFigures>>;
  rev: string | null;
  isChanged: boolean;
}

async function openBook(store: Store): Promise<Book> {
  const doc = await store.load(FIGURES_KEY, "latest");
  return { head: readHead(doc), headRev: doc?.rev ?? null, rules: new Map(), unwritten: 0 };
}

/** A line of the account, and the rule whose figures it counts for. */
interface Entry {
  readonly place: number;
  /** Null for one that is none. */
  readonly line: LedgerRecord | null;
  readonly rule: string | null;
}

function readEntry({ place, body }: AuditLine): Entry {
  const line = lineOf(body);
  return { place, line, rule: line === null ? null : ruleOfLine(line) };
}

async function openPages(store: Store, { rules }: Book, entries: readonly Entry[]): Promise<void> {
  for (const { rule } of entries) {
    if (rule !== null && !rules.has(rule)) rules.set(rule, await openPage(store, rule));
  }
}

function add(book: Book, { place, line, rule }: Entry): void {
  const page = rule === null ? undefined : book.rules.get(rule);
  if (line !== null && rule !== null && page !== undefined && page.counted.place < place) {
    addLine(page.counted.figures, line, rule);
    page.counted.place = place;
    page.isChanged = true;
  }
  if (line !== null) addHouseLine(book.head.figures, line);
  book.head.place = place;
  book.unwritten += 1;
}

async function openPage(store: Store, rule: string): Promise<RulePage> {
  const doc: Doc | null = await store.load(keyOfRule(rule), "latest");
  return { counted: readRule(doc), rev: doc?.rev ?? null, isChanged: false };
}

/** The rules first: until the place of all is written, their lines are read again, and known by their own places. */
async function write(store: Store, book: Book): Promise<ReadonlyMap<string, RuleFigures>> {
  const changed = new Map<string, RuleFigures>();
  if (book.unwritten === 0) return changed;
  for (const [rule, page] of book.rules) {
    if (!page.isChanged) continue;
    page.rev = await put(store, keyOfRule(rule), page.rev, page.counted);
    page.isChanged = false;
    changed.set(rule, page.counted.figures);
  }
  book.headRev = await put(store, FIGURES_KEY, book.headRev, book.head);
  book.unwritten = 0;
  return changed;
}

async function put(store: Store, key: Key, rev: string | null, counted: Counted<object>): Promise<string> {
  const committed = await store.commit({ key, base: rev ?? "new", body: encodeJson(counted), wakeAt: null, emit: [] });
  if (committed.ok) return committed.rev;
  throw new Unavailable(`the figures under ${key} are kept by another process: ${committed.why}`);
}
