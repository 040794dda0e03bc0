import type { LedgerRecord, Question } from "../core/model/decision.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import { CLOCKS_DIFFER_MS } from "../core/model/seen.ts";
import type { AuditEntry, Store } from "../store/store.ts";
import { decodeJson } from "./contact-codec.ts";

/** The id of a line of the account: a function of what was decided, so that a decision made twice is told once. */
export function lineId(input: string, index: number): string {
  return `${input}#${index}`;
}

type Asked = Omit<Extract<Question, { kind: "decided" }>, "kind" | "id">;

/** Whether the account knows that something was decided, which its document may have forgotten. Rejects with `Unavailable`. */
export async function isInAccount(
  store: Pick<Store, "historySince">,
  { key, input, event, since }: Asked,
): Promise<boolean> {
  const first = lineId(input, 0);
  for await (const line of store.historySince(key, since - CLOCKS_DIFFER_MS)) {
    if (line.id === first || (event !== null && tellsOf(line, event))) return true;
  }
  return false;
}

/** By whatever delivery it came: somebody may have brought it again out of the dead letters. */
function tellsOf({ body }: AuditEntry, { event_id: id, provider }: CanonicalEvent): boolean {
  const record = decodeJson(body);
  return isEventLine(record) && record.event === id && record.detail?.["provider"] === provider;
}

function isEventLine(record: unknown): record is LedgerRecord {
  return typeof record === "object" && record !== null && "kind" in record && record.kind === "event";
}
