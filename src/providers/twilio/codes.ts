import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/**
 * Twilio's error codes by what they mean for a message and its recipient (https://www.twilio.com/docs/api/errors). A
 * code that is not here is judged by its HTTP status.
 */
export type CodeMeaning =
  /** Surely not sent; another attempt makes sense. */
  | "retryable"
  /** The recipient said stop, to us or to the carrier. */
  | "opted_out"
  /** No text will ever reach this number. */
  | "invalid_address"
  /** The text itself is refused, or filtered by a carrier. */
  | "content"
  /** This message cannot be sent, for a reason that says nothing about number or account. */
  | "other"
  /** Account, credentials or the sender's registration: every message would fail the same way. */
  | "misconfigured"
  /** Twilio does not know itself. */
  | "ambiguous";

const codesByMeaning: readonly (readonly [CodeMeaning, readonly number[]])[] = [
  // 10004 is the limit of calls at once. 20429 is documented as never processed, 21611 is a full sender queue, the 30xxx are queue and rate limits.
  ["retryable", [10004, 14107, 20429, 20503, 21611, 30001, 30017, 30020, 30021, 30022, 30410]],
  // 30004 includes the carriers' own STOP of toll-free numbers; 63014 is a block by the user of a channel.
  ["opted_out", [21610, 30004, 63014]],
  // 21635 is a landline, 30005 an unknown and 30006 an unreachable handset.
  ["invalid_address", [21211, 21214, 21217, 21614, 21635, 30005, 30006, 63003, 63024]],
  ["content", [21602, 21617, 21618, 21620, 21623, 30007, 30019]],
  // A pair of numbers or a country that cannot be served, and a trial account that may not write to or call this number.
  ["other", [21215, 21216, 21219, 21408, 21604, 21608, 21612, 30011]],
  ["misconfigured", [20003, 20005, 20008, 21210, 21212, 21603, 21606, 21657, 21701, 21702, 21703, 21704, 21705]],
  // Registration of senders in the United States: toll-free verification, 10DLC campaigns, suspected pumping.
  ["misconfigured", [30002, 30018, 30024, 30032, 30033, 30034, 30035, 30450]],
  ["ambiguous", [20500]],
];

const meanings: ReadonlyMap<number, CodeMeaning> = new Map(
  codesByMeaning.flatMap(([meaning, codes]) => codes.map((code): [number, CodeMeaning] => [code, meaning])),
);

export function codeMeaning(code: number): CodeMeaning | null {
  return meanings.get(code) ?? null;
}

/** What becomes of a message that Twilio refused. */
export function outcomeOfRefusal({ status, code, afterMs }: Refusal): SendOutcome {
  const named = code ?? `http_${status ?? 0}`;
  const meaning = (code === null ? null : codeMeaning(Number(code))) ?? statusMeaning(status ?? 400);
  if (meaning === "retryable") return { kind: "retryable", code: named, afterMs };
  if (meaning === "misconfigured" || meaning === "ambiguous") return { kind: meaning, code: named };
  return { kind: "rejected", code: named, class: meaning };
}

/**
 * For answers whose code says nothing: 429 is refused before anything happens, 401 and 403 are about us, and so is 404,
 * since the only thing a create names in its path is the account. A 5xx may come from behind the point of no return.
 */
function statusMeaning(status: number): "retryable" | "misconfigured" | "ambiguous" | "other" {
  if (status === 429) return "retryable";
  if (status >= 500 || status === 408) return "ambiguous";
  if (status < 400 || status === 401 || status === 403 || status === 404 || status === 407) return "misconfigured";
  return "other";
}
