import type { Scalar } from "../operand.ts";

/**
 * `text` to `time` are those that authors declare; `time` is RFC 3339, a date, or epoch numbers. `texts` is a list of
 * texts; of an object only the fields are of interest.
 */
export type ValueKind = "text" | "number" | "integer" | "boolean" | "time" | "texts" | "object" | "anything";

/** What the value of a path can be. */
export interface ValueType {
  /** It is one of these, when it is there. */
  readonly kinds: readonly ValueKind[];
  /** The only values it takes, or null when there is no end of them. */
  readonly values: readonly Scalar[] | null;
  /** Whether it can be missing. */
  readonly optional: boolean;
}

/** The type of every path of a condition. */
export type TypeOf = (path: readonly string[]) => ValueType;

export const anything: ValueType = { kinds: ["anything"], values: null, optional: true };
