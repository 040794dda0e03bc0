import type { Clock } from "../../src/core/model/clock.ts";
import { createDesk, type Desk } from "../../src/lookups/desk.ts";
import type { Lookups } from "../../src/lookups/lookups.ts";
import { type Fetched, failed, type LookupSource } from "../../src/lookups/source.ts";
import type { Process, Step, World } from "./world.ts";

const SECOND = 1_000;
const TIMEOUT_MS = 2 * SECOND;

/** The look-ups of the simulation's rules. Answers of `app` are kept for a while. */
const GOOD_FOR_MS: Readonly<Record<string, number>> = { crm: 0, app: 30 * SECOND };

/**
 * Sources of truth outside, as one process asks them: through the real desk, on the process's clock. What is so changes
 * all the time, so what was found a moment ago is found again only by keeping it.
 */
export function crmOf(world: World, step: Step, process: Process, clock: Clock): Pick<Lookups, "ask"> {
  const watch = {
    lookupEnded: (name: string, outcome: string) => world.reach(`look-up ${name} ${outcome}`),
    lookupCached: () => world.reach("look-up cached"),
    lookupsInFlight: () => undefined,
    lookupBreaker: (_: string, state: string) => world.reach(`look-up breaker ${state}`),
  };
  const desks = new Map<string, Desk>(
    Object.entries(GOOD_FOR_MS).map(([name, goodForMs]) => {
      const source = sourceOf(name, world, step, process);
      return [name, createDesk({ name, clock, source, watch, timeoutMs: TIMEOUT_MS, goodForMs, fields: null })];
    }),
  );
  return { ask: (name, texts) => desks.get(name)?.ask(texts) ?? { kind: "failed" } };
}

function sourceOf(name: string, world: World, step: Step, process: Process): LookupSource {
  const { scheduler } = world;
  return {
    repeatable: true,
    atOnce: 2,
    async fetch(texts) {
      const about = `${name} ${Object.values(texts).join(" ")}`;
      await step(process, "crm.asked", about);
      const luck = world.luck(about);
      const takes = world.strikes("crm.slow", about) ? luck.between(SECOND, 2 * TIMEOUT_MS) : luck.between(0, 50);
      await new Promise<void>((resolve) => void scheduler.at(scheduler.now() + takes, resolve, process));
      // The question is given up on its own side.
      if (world.strikes("crm.hangs", about)) await new Promise(() => undefined);
      await step(process, "crm.done", about);
      return answerOf(world, about, luck);
    },
    probe: async () => "",
    close: async () => undefined,
  };
}

function answerOf(world: World, about: string, luck: { pick<T>(from: readonly T[]): T }): Fetched {
  if (world.strikes("crm.down", about)) return failed("http_503", true);
  if (world.strikes("crm.wrong_shape", about)) return { kind: "value", value: { status: ["lead"], plan: 7 } };
  const known = { status: luck.pick(["lead", "lead", "customer"]), plan: luck.pick(["free", "pro"]) };
  return luck.pick<Fetched>([{ kind: "value", value: known }, { kind: "value", value: known }, { kind: "nothing" }]);
}
