import type { Clock } from "../core/model/clock.ts";
import type { LookupWatch } from "../lookups/desk.ts";
import { type ConfiguredLookup, type OpenLookups, openLookups } from "../lookups/lookups.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";

/** The look-ups of the rules that are deployed, of which the newest set is open. */
export interface OpenedLookups {
  /** Those of these rules. What is configured as before is kept; the rest of what was open closes after `drainMs`. */
  of(workspace: CompiledWorkspace, drainMs: number): OpenLookups;
  close(): Promise<void>;
}

export function createOpenedLookups(clock: Clock, metrics: Metrics, log: Log): OpenedLookups {
  const watch = watchOf(metrics, log);
  let open: OpenLookups | null = null;
  return {
    of(workspace, drainMs) {
      const { lookups, retired } = openLookups(configuredLookups(workspace), { clock, watch }, open);
      open = lookups;
      clock.after(drainMs, () => void retired.close());
      return lookups;
    },
    close: async () => open?.close(),
  };
}

export function configuredLookups({
  rulebook,
  lookupSettings,
}: CompiledWorkspace): ReadonlyMap<string, ConfiguredLookup> {
  const configured = [...lookupSettings].map(([name, settings]): [string, ConfiguredLookup] => {
    const fields = rulebook.workspace.lookups.get(name)?.fields ?? null;
    return [name, { settings, fields: fields === null ? null : new Set(fields.keys()) }];
  });
  return new Map(configured);
}

function watchOf(metrics: Metrics, log: Log): LookupWatch {
  return {
    lookupEnded: (lookup, outcome, ms) => metrics.lookupEnded(lookup, outcome, ms),
    lookupCached: (lookup) => metrics.lookupCached(lookup),
    lookupsInFlight: (lookup, count) => metrics.lookupsInFlight(lookup, count),
    lookupBreaker(lookup, state, code) {
      metrics.lookupBreaker(lookup, state);
      if (state === "open")
        log.warn("a look-up has no answers: its source is left alone for a while", { lookup, code });
      if (state === "closed") log.info("a look-up has answers again", { lookup });
    },
  };
}
