import { beforeAll, describe, expect, test } from "vitest";
import { type Ground, prepareGround } from "./ground.ts";
import { CANARY } from "./people.ts";
import { addTo, newTally, play, summaryOf, tallyOf } from "./play.ts";
import { reasons } from "./reasons.ts";
import { replayCommand } from "./shrink.ts";
import { missing, NOT_YET } from "./sometimes.ts";

/** Of each share, and there are as many shares as files that play one: so that each has a core of its own. */
const SEEDS = 1_000;
/** Mostly few, so that there are many seeds; every fourth is a longer life, in which people are erased, merged and come back. */
const eventsOf = (seed: number): number => (seed % 4 === 0 ? 12 : 5);

/** Plays a share of the seeds, each twice, and says of the whole share what must be so. More of them by `npm run sim`. */
export function playManySeeds(share: number): void {
  const from = 1 + share * SEEDS;
  const tally = newTally();
  let ground: Ground;

  // Slow, because only many lives show what a rare coincidence does.
  beforeAll(async () => {
    const began = performance.now();
    ground = await prepareGround();
    for (let seed = from; seed < from + SEEDS; seed++) {
      addTo(tally, tallyOf(seed, await play(ground, { seed, events: eventsOf(seed) })));
    }
    process.stdout.write(`${summaryOf(tally, performance.now() - began)}\n`);
  }, 900_000);

  describe(`${SEEDS} seeds of the whole runtime, from ${from} on`, () => {
    test("keep every promise, and play the same twice", () => {
      const told = tally.failing.map(({ seed, invariant, text }) => {
        return `${invariant}: ${text}; ${replayCommand({ seed, events: eventsOf(seed) }, null)}`;
      });
      expect(told).toEqual([]);
    });

    test("see every fault, every reason, and a crash at every labelled step", () => {
      expect(missing(reasons, tally.reached)).toEqual([]);
      const reached = Object.keys(NOT_YET).filter((reason) => tally.reached.has(`reason ${reason}`));
      expect(reached, "take what is reached now from the list").toEqual([]);
    });

    test("leave no person's name or address in the metrics", async () => {
      expect(await ground.metrics.registry.metrics()).not.toMatch(CANARY);
    });
  });
}
