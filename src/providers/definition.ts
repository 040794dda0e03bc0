import type { Clock } from "../core/model/clock.ts";
import type { Json } from "../core/model/json.ts";
import type { Capabilities, Provider, SendOutcome } from "./provider.ts";

/**
 * What the registry knows about a vendor without loading its SDK: what it can do, and how to read its settings. The
 * SDK is loaded by `create`, so only by a workspace that configures this provider.
 */
export interface ProviderDefinition {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** What its webhooks put under `data` of events. Absent when Heed names all of it. */
  readonly eventData?: EventData;
  /** Judges the settings under `providers.<name>` of heed.yaml, environment variables already substituted. Never throws. */
  configure(settings: Json): Configuration;
  /** What the vendor means by an answer that says no, as `send` judges it. Absent where nobody answers. */
  readonly outcomeOfRefusal?: (refusal: Refusal) => SendOutcome;
}

/**
 * Fields that a vendor's webhooks put under `data`, beside those that Heed names for every vendor: by event type, where
 * `email.*` is all of a family, and `pool.name` a field of the map `pool`. Of several types it is one. So the checker knows what rules may read.
 */
export type EventData = Readonly<Record<string, Readonly<Record<string, FieldType | readonly FieldType[]>>>>;

export type FieldType = "string" | "number" | "integer" | "boolean" | "time" | "[string]";

/** An answer that says no, without what is the message's own. */
export interface Refusal {
  /** Of HTTP; null when only the vendor's code is known. */
  readonly status: number | null;
  /** The vendor's own code. */
  readonly code: string | null;
  readonly afterMs: number | null;
}

export type Configuration =
  | { readonly ok: true; create(context: ProviderContext): Promise<Provider> }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

export interface ProviderContext {
  readonly clock: Clock;
  /** Where a provider may keep files of its own. */
  readonly dataDirectory: string;
}

/** `path` starts below `providers.<name>`. The message never quotes a value: it may be a secret. */
export interface SettingsProblem {
  readonly path: readonly string[];
  readonly message: string;
}
