import type { Clock } from "../core/model/clock.ts";
import { faultFields, type Log } from "../observe/log.ts";
import { type LoadedWorkspace, loadWorkspace } from "../rulebook/load-workspace.ts";
import { createReleases, publishedIn, type Releases } from "../runtime/releases.ts";
import type { Store } from "../store/store.ts";
import { readStore } from "./read-store.ts";
import { asLoaded } from "./releases-port.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";
import { watchWorkspace } from "./watch-workspace.ts";

/** `failed`: nobody knows yet whether the new rules are sound, because they could not be read. */
export type Reloaded = "reloaded" | "unchanged" | "refused" | "failed";

/** Where a running system has its rules from. */
export interface RulesSource {
  /** A folder, or what was read. Throws `BadSetting` when there are no rules yet. */
  load(): Promise<string | LoadedWorkspace>;
  /** Calls `changed` whenever there may be others. Returns how to stop. */
  watch(changed: () => Promise<Reloaded>): () => void;
  /** What `/readyz` says while new ones were refused. */
  readonly refused: string;
}

export function rulesOfFolder({ workspace, watch }: RunSettings, clock: Clock): RulesSource {
  return {
    load: async () => workspace,
    watch(changed) {
      if (!watch) return () => undefined;
      const unwatch = watchWorkspace(workspace, clock, () => void changed());
      // What changed between the first reading and the watch.
      void changed();
      return unwatch;
    },
    refused: "the rules in the files have problems: the old ones stay live",
  };
}

const NOTHING_DEPLOYED =
  "--rules store: nothing was deployed to this store yet. heed deploy <folder> publishes rules to it; or leave --rules out to run those of a folder";

/** The newest release. Throws `BadSetting` when there is none. */
async function newestIn(releases: Pick<Releases, "list" | "filesOf">) {
  const [newest] = await releases.list();
  if (newest === undefined) throw new BadSetting(NOTHING_DEPLOYED);
  return { number: newest.number, loaded: asLoaded(await releases.filesOf(newest.number)) };
}

/**
 * The rules that a command beside the system reads, as `heed run` would with the same settings. Throws `BadSetting`, and
 * what a store throws that cannot be read.
 */
export async function rulesMeant(settings: RunSettings, clock: Clock): Promise<LoadedWorkspace> {
  if (settings.rulesFrom === "folder") return loadWorkspace(settings.workspace);
  const store = await readStore(settings, clock);
  try {
    return (await newestIn(publishedIn(store))).loaded;
  } finally {
    await store.close();
  }
}

/** How often a worker asks for a newer release: it is to be live within two seconds. */
const ASK_MS = 1_000;

export function rulesOfStore(store: Store, clock: Clock, log: Log): RulesSource {
  const releases = createReleases(store, clock);
  let loaded = 0;
  return {
    async load() {
      const newest = await newestIn(releases);
      loaded = newest.number;
      return newest.loaded;
    },
    watch(changed) {
      let known = loaded;
      let stopped = false;
      let unreachable = false;
      const look = async (): Promise<void> => {
        try {
          const newest = (await releases.list())[0]?.number ?? known;
          unreachable = false;
          // What could not be read is tried again; what was refused stays refused, until there is something else.
          if (newest !== known && (await changed()) !== "failed") known = newest;
        } catch (fault) {
          if (!unreachable) log.warn("newer rules cannot be asked for now", faultFields(fault));
          unreachable = true;
        }
        if (!stopped) cancel = clock.after(ASK_MS, () => void look());
      };
      let cancel = clock.after(ASK_MS, () => void look());
      return () => {
        stopped = true;
        cancel();
      };
    },
    refused: "the newest deployed rules cannot be run here: the ones before stay live; the log says why",
  };
}
