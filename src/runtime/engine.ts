import { originOf } from "../core/versions.ts";
import { startDecider } from "./decider.ts";
import { createDecodedContacts } from "./decoded-contacts.ts";
import { startDispatcher } from "./dispatcher.ts";
import type { Deployed, Parts } from "./parts.ts";
import { createPauses, type PauseTarget, type StandingPause } from "./pauses.ts";
import { withFormerVersions } from "./rule-versions.ts";
import { createSharedLimits } from "./shared-limits.ts";

/** The running deciders and dispatchers of this process. */
export interface Engine {
  /** From the next decision on, judges by these rules. */
  deploy(next: Deployed): Promise<void>;
  /** The kill switch: holds within a second for every message that has not begun, in this process and all others. */
  pause(target: PauseTarget, note: string, until: number | null): Promise<void>;
  /** False when nothing was paused there. A rule that had paused itself is trusted from now on. */
  resume(target: PauseTarget): Promise<boolean>;
  pauses(): Promise<readonly StandingPause[]>;
  /** Lets what is under way end, then rests. What was not finished comes again at the next start. */
  stop(drainMs: number): Promise<void>;
}

/** What the engine is given; the rest of its parts it makes. */
export type EngineParts = Pick<Parts, "store" | "clock" | "log" | "metrics" | "witness">;

export async function startEngine(parts: EngineParts, first: Deployed): Promise<Engine> {
  const { store, clock } = parts;
  const complete = async (next: Deployed): Promise<Deployed> => {
    return { ...next, workspace: await withFormerVersions(store, next.workspace) };
  };
  let deployed = await complete(first);
  const pauses = createPauses(store, clock);
  const sharedLimits = createSharedLimits(store, clock);
  const decoded = createDecodedContacts();
  const all: Parts = { ...parts, decoded, pauses, sharedLimits, deployed: () => deployed };
  const deciders = await startDecider(all);
  const dispatcher = await startDispatcher(all);
  return {
    async deploy(next) {
      deployed = await complete(next);
      await dispatcher.refresh();
    },
    pause: (target, note, until) => pauses.pause({ target, reason: "paused", since: clock.now(), until, note }),
    async resume(target) {
      const rule = /^rule:(.*)$/.exec(target)?.[1];
      const origin = rule === undefined ? undefined : deployed.workspace.rulebook.rules.get(rule);
      if (origin !== undefined) await sharedLimits.endFirstDay(originOf(origin));
      return pauses.resume(target);
    },
    pauses: () => pauses.list(),
    async stop(drainMs) {
      await Promise.all([...deciders.map((consumer) => consumer.stop(drainMs)), dispatcher.stop(drainMs)]);
    },
  };
}
