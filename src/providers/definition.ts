import type { Clock } from "../core/model/clock.ts";
import type { Json } from "../core/model/json.ts";
import type { FakeVendor } from "./fake-vendor.ts";
import type { SignRequest } from "./signed-request.ts";
import type { Capabilities, Provider, SendOutcome } from "./provider.ts";

/**
 * What the registry knows about a vendor without loading its SDK: what it can do, and how to read its settings. The
 * SDK is loaded by `create`, so only by a workspace that configures this provider.
 */
export interface ProviderDefinition {
  readonly name: string;
  /** The vendor's name as people write it. */
  readonly title: string;
  /** Of sending. Without kinds, it only reports. */
  readonly capabilities: Capabilities;
  /** Where our message's id travels at the vendor, to come back in its reports. Absent when it can't. */
  readonly correlation?: string;
  /** Its webhooks. Absent when it has none that Heed reads. */
  readonly door?: Door;
  /** What its webhooks put under `data` of events. Absent when Heed names all of it. */
  readonly eventData?: EventData;
  /** Of a package: a JSON Schema (draft 7) of its settings, by which they are judged before `configure` sees them. */
  readonly settingsSchema?: object;
  /** Judges the settings under `providers.<name>` of heed.yaml, environment variables already substituted. Never throws. */
  configure(settings: Json): Configuration;
  /** What the vendor means by an answer that says no, as `send` judges it. Absent where nobody answers. */
  readonly outcomeOfRefusal?: (refusal: Refusal) => SendOutcome;
  /** Signs what its sender would post, to rehearse with. Absent where a fake posts by itself. */
  readonly sign?: SignRequest;
  /** The vendor played on this machine, loaded when somebody asks for it. Absent where there is nobody to play. */
  readonly fake?: () => Promise<FakeVendor>;
}

/** Every provider that a workspace may name, by its name in heed.yaml. */
export type ProviderRegistry = ReadonlyMap<string, ProviderDefinition>;

/** What a vendor's webhooks are, in words for people: the README's table is made of them. */
export interface Door {
  /** How a request proves that it is genuine: `HMAC-SHA256 over time and body`. */
  readonly proof: string;
  /** Why a recorded request can't be played again: its time is signed, or its events are known by their ids. */
  readonly replay: "signed time" | "event ids";
  /** The vendor can be asked for what came while the door was closed. */
  readonly backfill?: true;
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
  /** A phone number as people write it, in E.164: read with the workspace's country where it has no prefix. Null when it cannot be one. */
  readonly readPhone: (text: string) => string | null;
}

/** `path` starts below `providers.<name>`. The message never quotes a value: it may be a secret. */
export interface SettingsProblem {
  readonly path: readonly string[];
  readonly message: string;
}
