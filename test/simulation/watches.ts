import type { Ground } from "./ground.ts";
import { acceptedOnce } from "./invariants/accepted-once.ts";
import { account } from "./invariants/account.ts";
import { askedFirst } from "./invariants/asked-first.ts";
import { arms } from "./invariants/arms.ts";
import { caps } from "./invariants/caps.ts";
import { decidedOnce } from "./invariants/decided-once.ts";
import { discretion } from "./invariants/discretion.ts";
import { fence } from "./invariants/fence.ts";
import { identity } from "./invariants/identity.ts";
import { hours } from "./invariants/hours.ts";
import { letters } from "./invariants/letters.ts";
import { moments } from "./invariants/moments.ts";
import { oneVersion } from "./invariants/one-version.ts";
import { orderDoesNotMatter } from "./invariants/order-does-not-matter.ts";
import { pauses } from "./invariants/pauses.ts";
import { replay } from "./invariants/replay.ts";
import { rest } from "./invariants/rest.ts";
import { sharedLimits } from "./invariants/shared-limits.ts";
import { silence } from "./invariants/silence.ts";
import { unitedCaps } from "./invariants/united-caps.ts";
import type { SharedStore } from "./shared-store.ts";
import type { Sighting, Violate, Watch } from "./sightings.ts";

export interface Watched {
  readonly ground: Ground;
  readonly shared: SharedStore;
  readonly violate: (invariant: string, text: string) => void;
}

export interface Watches {
  see(sighting: Sighting, now: number): void;
  atRest(): Promise<void>;
}

/** Every invariant that is watched while a simulation runs. I14, that a seed always plays the same, needs two runs. */
export function watchAll({ ground, shared, violate }: Watched): Watches {
  // Versions differ in texts, in what is enabled and in channels, never in what the invariants are about.
  const rulebook = ground.versions.get(1)?.rulebook;
  if (rulebook === undefined) throw new Error("there is no version 1");
  const named =
    (invariant: string): Violate =>
    (text) =>
      violate(invariant, text);
  const repeatsBlindly = (rule: string, step: string): boolean => {
    const found = rulebook.rules.get(rule)?.steps.get(step);
    return found?.verb === "send" && found.onAmbiguous === "retry";
  };
  const all: readonly Watch[] = [
    decidedOnce(named("I1")),
    acceptedOnce(named("I2"), repeatsBlindly),
    silence(named("I3"), rulebook),
    pauses(named("I3")),
    caps(named("I4"), rulebook),
    unitedCaps(named("I4"), rulebook),
    sharedLimits(named("I4"), rulebook),
    moments(named("I5"), rulebook),
    hours(named("I5")),
    identity(named("I15"), shared.server),
    arms(named("I6"), rulebook),
    orderDoesNotMatter(named("I7")),
    account(named("I8"), shared.server, shared.keys),
    rest(named("I9"), shared.server, shared.wakes),
    fence(named("I10")),
    oneVersion(named("I11")),
    discretion(named("I12")),
    replay(named("I13")),
    askedFirst(named("I16")),
    letters(named("I17"), shared.server),
  ];
  return {
    see(sighting, now) {
      for (const watch of all) watch.see(sighting, now);
    },
    async atRest() {
      for (const watch of all) await watch.atRest?.();
    },
  };
}
