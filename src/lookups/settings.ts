import type { Json } from "../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../core/model/parse-json.ts";
import type { Texts } from "./source.ts";

/** A look-up of heed.yaml with the environment's values in it, as `schemas/workspace.schema.json` describes it. Not to be printed. */
export type LookupSettings = SourceSettings & {
  readonly timeout?: string;
  readonly cache?: string;
};

export type SourceSettings =
  | { readonly http: HttpSettings }
  | { readonly postgres: PostgresSettings }
  | { readonly redis: RedisSettings }
  | { readonly hubspot: HubSpotSettings }
  | { readonly salesforce: SalesforceSettings };

export interface HttpSettings {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?:
    | { readonly bearer: string }
    | { readonly basic: { readonly user: string; readonly password: string } };
  readonly body?: Json;
  readonly path?: string;
  readonly allow_hosts?: readonly string[];
}

export interface PostgresSettings {
  readonly url: string;
  readonly query: string;
  readonly params?: readonly string[];
}

export interface RedisSettings {
  readonly url: string;
  readonly get?: string;
  readonly hgetall?: string;
}

export interface HubSpotSettings {
  readonly access_token: string;
  readonly by?: "email" | "id";
  readonly properties?: readonly string[];
  readonly base_url?: string;
}

export interface SalesforceSettings {
  readonly instance_url: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token?: string;
  readonly query: string;
  readonly api_version?: string;
}

/** Settings with the texts that were made from the contact, each at its place. */
export function filled<T extends Json>(settings: T, place: string, texts: Texts): T;
export function filled(settings: Json, place: string, texts: Texts): Json {
  if (typeof settings === "string") return Object.hasOwn(texts, place) ? (texts[place] ?? "") : settings;
  if (isJsonArray(settings)) return settings.map((entry, index) => filled(entry, `${place}.${index}`, texts));
  if (!isJsonObject(settings)) return settings;
  return Object.fromEntries(
    Object.entries(settings).map(([key, inner]) => [key, filled(inner, `${place}.${key}`, texts)]),
  );
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Of a text like `2s`. */
export function milliseconds(text: string): number {
  const [, count = "", unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? 0);
}
