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

const decoder = new TextDecoder();

/** The runtime alone writes lines; one that is none is left out rather than kept from all others. */
function readLine(body: Uint8Array): readonly LedgerRecord[] {
  const line: unknown = JSON.parse(decoder.decode(body));
  return isRecord(line) ? [line] : [];
}

function isRecord(line: unknown): line is LedgerRecord {
  return typeof line === "object" && line !== null && "at" in line && "kind" in line && "rulebook" in line;
}
