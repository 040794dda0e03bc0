import type { LedgerRecord } from "../core/model/decision.ts";
import type { Key, Store } from "../store/store.ts";

/** What was written into the account under one key. */
export interface Account {
  /** Oldest first. */
  readonly lines: readonly LedgerRecord[];
  /** False when there are older ones. */
  readonly whole: boolean;
}

const PAGE = 500;

/**
 * Whether one of the newest lines of a document's account, up to `most`, fits. Lines without all of these words, as JSON
 * writes them, do not, and are not even parsed: who looks through every account reads few. Rejects with `Unavailable`.
 */
export async function hasLine(
  store: Pick<Store, "history">,
  key: Key,
  most: number,
  { words, fits }: { readonly words: readonly string[]; readonly fits: (line: LedgerRecord) => boolean },
): Promise<boolean> {
  for (let looked = 0, before: string | undefined; looked < most; looked += PAGE) {
    const page = await store.history(key, { limit: PAGE, ...(before !== undefined && { before }) });
    const likely = page.filter(({ body }) => hasWords(body, words));
    if (likely.flatMap(({ body }) => readLine(body)).some(fits)) return true;
    before = page.at(-1)?.id;
    if (page.length < PAGE) return false;
  }
  return false;
}

/** The newest lines of the account of one document, up to `most`. Rejects with `Unavailable`. */
export async function accountOf(store: Pick<Store, "history">, key: Key, most: number): Promise<Account> {
  const lines: LedgerRecord[] = [];
  let before: string | undefined;
  while (lines.length < most) {
    const limit = Math.min(PAGE, most - lines.length);
    const page = await store.history(key, { limit, ...(before !== undefined && { before }) });
    for (const { body } of page) lines.push(...readLine(body));
    before = page.at(-1)?.id;
    if (page.length < limit) return { lines: lines.toReversed(), whole: true };
  }
  return { lines: lines.toReversed(), whole: false };
}

/** Whether a document or line has all of these words somewhere: cheaper than to parse it. */
export function hasWords(body: Uint8Array, words: readonly string[]): boolean {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return words.every((word) => text.includes(word));
}

const decoder = new TextDecoder();

function readLine(body: Uint8Array): readonly LedgerRecord[] {
  const line = lineOf(body);
  return line === null ? [] : [line];
}

/** The runtime alone writes lines; one that is none is left out rather than kept from all others. */
export function lineOf(body: Uint8Array): LedgerRecord | null {
  const line: unknown = JSON.parse(decoder.decode(body));
  return isRecord(line) ? line : null;
}

function isRecord(line: unknown): line is LedgerRecord {
  return typeof line === "object" && line !== null && "at" in line && "kind" in line && "rulebook" in line;
}
