import type { Clock } from "../core/model/clock.ts";
import type { Store } from "../store/store.ts";
import { createPauses, type Pauses, type PauseTarget, type StandingPause } from "./pauses.ts";
import { createSharedLimits, type SharedLimits } from "./shared-limits.ts";

/** Who works the switch, and why; an empty note gives no reason. */
export interface SwitchedBy {
  readonly actor: string;
  readonly note: string;
}

/** A rule that paused itself had a reason to: so has whoever lets it go on. */
export class ReasonNeeded extends Error {
  override readonly name = "ReasonNeeded";
}

/** What people do with pauses. Holds within a second for every message that has not begun, in all processes of a store. */
export interface KillSwitch {
  /** `until` is in epoch milliseconds; null is until somebody resumes it. A pause of what is paused takes its place. */
  pause(target: PauseTarget, note: string, until: number | null, actor?: string): Promise<void>;
  /**
   * False when nothing was paused there. A rule that had paused itself is trusted from now on: without a note, that
   * rejects with `ReasonNeeded`.
   */
  resume(target: PauseTarget, by?: Partial<SwitchedBy>): Promise<boolean>;
  pauses(): Promise<readonly StandingPause[]>;
}

interface KillSwitchParts {
  readonly clock: Clock;
  readonly pauses: Pauses;
  readonly sharedLimits: Pick<SharedLimits, "endFirstDay">;
  /** The id under which a rule began. */
  readonly originOf: (rule: string) => string;
}

export function createKillSwitch({ clock, pauses, sharedLimits, originOf }: KillSwitchParts): KillSwitch {
  return {
    pause: (target, note, until, actor) =>
      pauses.pause({
        target,
        reason: "paused",
        since: clock.now(),
        until,
        note,
        ...(actor !== undefined && { actor }),
      }),
    async resume(target, { actor, note = "" } = {}) {
      const standing = (await pauses.list()).find((pause) => pause.target === target);
      if (standing?.reason === "self_paused" && note.trim() === "") {
        const why = standing.note === "" ? "" : ` (${standing.note})`;
        throw new ReasonNeeded(`${target} paused itself${why}: say why it may go on, with a reason`);
      }
      const rule = /^rule:(.*)$/.exec(target)?.[1];
      if (rule !== undefined) await sharedLimits.endFirstDay(originOf(rule));
      return pauses.resume(target, actor, note);
    },
    pauses: () => pauses.list(),
  };
}

/** The switch of a store in which no engine of this process runs. */
export function killSwitchOf(store: Store, clock: Clock, originOf: (rule: string) => string): KillSwitch {
  const sharedLimits = createSharedLimits(store, clock);
  return createKillSwitch({ clock, pauses: createPauses(store, clock), sharedLimits, originOf });
}
