import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../core/model/clock.ts";
import type { LookedUp } from "../core/model/decision.ts";
import type { Json } from "../core/model/json.ts";
import type { GuardOptions } from "../outgoing/guarded-agent.ts";
import { createDesk, type Desk, type LookupWatch } from "./desk.ts";
import { httpSource } from "./http.ts";
import { hubspotSource } from "./hubspot.ts";
import { postgresSource } from "./postgres.ts";
import { redisSource } from "./redis.ts";
import { salesforceSource } from "./salesforce.ts";
import { type LookupSettings, milliseconds } from "./settings.ts";
import { failed, type LookupSource, type Texts, Unreachable } from "./source.ts";

/** The look-ups of one set of rules, open. */
export interface Lookups {
  /** What the look-up of this name finds about whom the texts say. A plain value where the answer is at hand. */
  ask(name: string, texts: Texts): LookedUp | Promise<LookedUp>;
  /** Ends what is under way without an answer. Of desks that a newer set took over nothing is closed. */
  close(): Promise<void>;
}

/** A look-up of heed.yaml: its settings with the environment's values in them, and the fields that rules may read. */
export interface ConfiguredLookup {
  readonly settings: Json;
  readonly fields: ReadonlySet<string> | null;
}

export interface LookupContext {
  readonly clock: Clock;
  readonly watch: LookupWatch;
  /** How names are resolved, for tests. */
  readonly guard?: Partial<GuardOptions>;
}

const DEFAULT_TIMEOUT = "2s";

export interface OpenLookups extends Lookups {
  readonly desks: ReadonlyMap<string, { readonly configured: ConfiguredLookup; readonly desk: Desk }>;
}

/** Those that are configured as before are kept, with their connections, answers and breakers; the second is what is left of `before`. */
export function openLookups(
  configured: ReadonlyMap<string, ConfiguredLookup>,
  context: LookupContext,
  before: OpenLookups | null = null,
): { readonly lookups: OpenLookups; readonly retired: Pick<Lookups, "close"> } {
  const desks = new Map(
    [...configured].map(([name, one]) => {
      const known = before?.desks.get(name);
      const kept = known !== undefined && isDeepStrictEqual(known.configured, one);
      return [name, { configured: one, desk: kept ? known.desk : openDesk(name, one, context) }] as const;
    }),
  );
  const left = [...(before?.desks ?? [])].flatMap(([name, { desk }]) => (desks.get(name)?.desk === desk ? [] : [desk]));
  return {
    lookups: {
      desks,
      ask(name, texts) {
        // A version of a rule that was replaced may ask for what is no longer there.
        return desks.get(name)?.desk.ask(texts) ?? { kind: "failed" };
      },
      close: () => closeAll([...desks.values()].map(({ desk }) => desk)),
    },
    retired: { close: () => closeAll(left) },
  };
}

async function closeAll(desks: readonly Desk[]): Promise<void> {
  await Promise.all(desks.map((desk) => desk.close()));
}

function openDesk(name: string, { settings, fields }: ConfiguredLookup, { clock, watch, guard }: LookupContext): Desk {
  const source = openSource(settings, guard);
  const { timeout = DEFAULT_TIMEOUT, cache = "0s" } = readLookupSettings(settings);
  const [timeoutMs, goodForMs] = [milliseconds(timeout), milliseconds(cache)];
  return createDesk({ name, clock, source, watch, timeoutMs, goodForMs, fields });
}

/**
 * Connects nowhere yet: each does when it is asked for the first time. An address from the environment that cannot be read
 * makes a look-up without answers, not a system that does not start.
 */
export function openSource(raw: Json, guard: Partial<GuardOptions> = {}): LookupSource {
  try {
    return sourceOf(readLookupSettings(raw), guard);
  } catch {
    return unusableSource;
  }
}

const unusableSource: LookupSource = {
  repeatable: false,
  atOnce: 1,
  fetch: async () => failed("settings_unusable", false),
  probe: () => Promise.reject(new Unreachable("its address cannot be read: look at heed.yaml and at the environment")),
  close: async () => undefined,
};

function sourceOf(settings: LookupSettings, guard: Partial<GuardOptions>): LookupSource {
  if ("http" in settings) return httpSource(settings.http, guard);
  if ("hubspot" in settings) return hubspotSource(settings.hubspot, guard);
  if ("salesforce" in settings) return salesforceSource(settings.salesforce, guard);
  if ("redis" in settings) return redisSource(settings.redis);
  return postgresSource(settings.postgres, milliseconds(settings.timeout ?? DEFAULT_TIMEOUT));
}

/** The rulebook has judged it against the schema, which says more than this type does. */
function readLookupSettings(raw: Json): LookupSettings {
  return raw as unknown as LookupSettings;
}
