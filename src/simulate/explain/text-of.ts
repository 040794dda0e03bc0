import type { Json } from "../../core/model/json.ts";

/** A word or number of the account as it is read; empty for everything else, as lines of other versions may have it. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
