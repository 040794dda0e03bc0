import type { JsonObject } from "../core/model/json.ts";

/** The texts that say about whom is asked, made from the contact, by their place in the look-up's settings. */
export type Texts = Readonly<Record<string, string>>;

/**
 * What one question came to. `nothing`: the source answered that it knows nobody like that. `invalid`: it answered, and
 * what it said is not what was agreed. `failed`: it did not answer; `code` is for logs and metrics and quotes nothing,
 * `again` tells that another try may help, after `afterMs` if the source said so.
 */
export type Fetched =
  | { readonly kind: "value"; readonly value: JsonObject }
  | { readonly kind: "nothing" }
  | { readonly kind: "invalid"; readonly code: string }
  | Failure;

export interface Failure {
  readonly kind: "failed";
  readonly code: string;
  readonly again: boolean;
  readonly afterMs: number | null;
}

/** One source of truth: the only thing that differs between look-ups. Whether, when and how often it is asked is `desk.ts`. */
export interface LookupSource {
  /** Asking twice changes nothing there, so that a question without an answer may be asked again. */
  readonly repeatable: boolean;
  /** Questions that it is asked at once, at the most. */
  readonly atOnce: number;
  /** Never rejects. The signal ends it, also in the midst of an answer. */
  fetch(texts: Texts, signal: AbortSignal): Promise<Fetched>;
  /** One call that changes nothing: what was found, in words for an operator. Rejects with `Unreachable` when nobody is there. */
  probe(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** What a probe found wrong, in words that quote no secret. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export const NOTHING: Fetched = { kind: "nothing" };

export function failed(code: string, again: boolean, afterMs: number | null = null): Failure {
  return { kind: "failed", code, again, afterMs };
}

/** The errno, name or SQL state of a failure; never its message, which may quote an address with a password in it. */
export function codeOf(failure: unknown): string {
  const code: unknown = typeof failure === "object" && failure !== null ? Reflect.get(failure, "code") : undefined;
  if (typeof code === "string" && /^[A-Za-z0-9_]{2,60}$/.test(code)) return code;
  return failure instanceof Error && failure.name === "AbortError" ? "timeout" : "unexpected_failure";
}
