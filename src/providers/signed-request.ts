import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonArray } from "../core/model/parse-json.ts";

/** What is posted to the door, with its query string: `/webhooks/twilio?heed_intent=…`. */
export interface SignedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Signs a body with the settings of heed.yaml, as whoever posts to this door does at `now` (epoch milliseconds): for
 * rehearsals and tests. Null when they have no secret to sign with.
 */
export type SignRequest = (settings: JsonObject, body: string, now: number) => SignedRequest | null;

/** The secret under a key; of several, as while they are rotated, the last, which is the newest. */
export function newestSecret(settings: JsonObject, key: string): string | null {
  const value: Json = settings[key] ?? null;
  const secret = isJsonArray(value) ? value.at(-1) : value;
  return typeof secret === "string" && secret !== "" ? secret : null;
}
