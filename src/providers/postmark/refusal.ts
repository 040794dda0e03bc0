import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning, type OwnStatuses, type RefusalMeaning } from "../refusal-meaning.ts";

const own: OwnStatuses = { 500: "retryable", 503: "retryable" };

const codesByMeaning: readonly (readonly [RefusalMeaning, readonly string[]])[] = [
  // The address bounced, complained or was taken from the list; Postmark sends nothing to it.
  ["opted_out", ["406"]],
  // 100 is maintenance.
  ["retryable", ["100", "429"]],
  // The server, the sender or the account: every message would fail the same way.
  ["misconfigured", ["10", "400", "401", "405", "412", "413", "1235", "1236"]],
];
const meanings = new Map(
  codesByMeaning.flatMap(([meaning, codes]) => codes.map((code): [string, RefusalMeaning] => [code, meaning])),
);

/** What becomes of a message that Postmark refused. Its codes come with status 422; without one the status decides. */
export function outcomeOfRefusal({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 422;
  const code = named ?? `http_${status}`;
  const known = named === null ? undefined : meanings.get(named);
  if (known !== undefined) return outcomeOfMeaning(known, code, afterMs);
  const bare = meaningOfStatus(status, own);
  // 411 is an attachment of a kind that is not allowed.
  return outcomeOfMeaning(bare === "other" && named === "411" ? "content" : bare, code, afterMs);
}

/** Code 300 names the field: `Error parsing 'To': Illegal email address 'nobody'.` */
export function rejectionClass(message: string): "invalid_address" | "content" | "other" {
  if (/'To'/.test(message)) return "invalid_address";
  return /'(?:TextBody|HtmlBody|Subject)'|TextBody|HtmlBody/.test(message) ? "content" : "other";
}
