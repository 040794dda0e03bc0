import type { Json, JsonObject } from "./json.ts";

/**
 * One test of a condition and what it saw, as it is written into the account: bounded, and plain JSON. A test within a
 * `not` is told as the author wrote it, with its `not`: `did_not` holds when `did` does not.
 */
export type SeenTest = {
  /** Root first, with dots. */
  readonly path: string;
  readonly operator: string;
  readonly operand: Json;
  /** Absent when nothing is there. Of a question about history, how many are known, and when the last one was. */
  readonly actual?: Json;
  /** Null when nobody asked, because others had decided already. */
  readonly holds: boolean | null;
  readonly negated?: true;
  /** It had no say in the verdict: of an `any` that held, one that did not. */
  readonly aside?: true;
  /** The types of events that a question about history asks for. */
  readonly events?: readonly string[];
  /** What it asks about these events besides, as a line of text; absent when it asks nothing more. */
  readonly where?: string;
};

/** What one gate saw, as it is written into the account; it let the message pass unless there is a `verdict`. */
export type GateLine = JsonObject & { readonly gate: string; readonly verdict?: "refuse" | "defer" };

/** What a message's gates saw and said, in order. Gates that had nothing to look at are not in it. */
export type Trail = readonly GateLine[];
