import { toDeadLetter } from "./dead-letters.ts";
import { after, decodeDocument, decodeEntry, fromSortable, prefixed, sortable } from "./embedded-codec.ts";
import type { EmbeddedDatabase } from "./embedded-database.ts";
import type { DeadLetter, DeadPage } from "./store.ts";

const LANE = prefixed("dead");

/** Oldest first. Of an erased key nothing is shown, also while its letters are still being removed. */
export function readDeadLetters(
  { ready, delayed, documents }: Pick<EmbeddedDatabase["tables"], "ready" | "delayed" | "documents">,
  page: DeadPage,
): readonly DeadLetter[] {
  const last = page.after ?? 0;
  const found: DeadLetter[] = [];
  const add = ({ key, value }: { readonly key: Buffer; readonly value: Buffer }): void => {
    const entry = decodeEntry(fromSortable(key, key.length - 8), value);
    const document = documents.getBinary(Buffer.from(entry.key, "utf8"));
    const owner = document === undefined ? null : decodeDocument(document);
    if (entry.seq > last && !(owner?.erased === true && entry.seq <= owner.rev)) found.push(toDeadLetter(entry));
  };
  // Nobody consumes the dead lane as a rule, so hardly anything ever waits there for another moment.
  for (const item of delayed.getRange({ start: LANE, end: after(LANE) })) add(item);
  const waiting = found.length;
  for (const item of ready.getRange({ start: Buffer.concat([LANE, sortable(last + 1)]), end: after(LANE) })) {
    if (found.length - waiting >= page.limit) break;
    add(item);
  }
  return found.toSorted((a, b) => a.place - b.place).slice(0, page.limit);
}
