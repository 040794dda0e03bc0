import type { Clock } from "../../src/core/model/clock.ts";
import type { Log } from "../../src/observe/log.ts";
import type { Outbound } from "../../src/providers/provider.ts";
import type { CompiledWorkspace } from "../../src/rulebook/compile-workspace.ts";
import type { Store } from "../../src/store/store.ts";
import type { Version } from "./rule-texts.ts";
import type { Process, World } from "./world.ts";

export interface Surroundings {
  readonly world: World;
  readonly process: Process;
  /** The store past the network. */
  readonly server: Store;
}

/** A place where the production code meets what is outside of it: where a bug can be planted without touching the code. */
export interface Mutation {
  clock(clock: Clock, process: Process): Clock;
  /** As the engine sees it. */
  store(store: Store, around: Surroundings): Store;
  /** As the door sees it. */
  door(store: Store, around: Surroundings): Pick<Store, "append">;
  outbound(outbound: Outbound): Outbound;
  workspace(
    workspace: CompiledWorkspace,
    around: {
      readonly world: World;
      readonly process: Process;
      readonly versions: ReadonlyMap<Version, CompiledWorkspace>;
    },
  ): CompiledWorkspace;
  log(log: Log): Log;
}

/** The code as it is. */
export const unchanged: Mutation = {
  clock: (clock) => clock,
  store: (store) => store,
  door: (store) => store,
  outbound: (outbound) => outbound,
  workspace: (workspace) => workspace,
  log: (log) => log,
};
