import { beforeAll, describe, expect, test } from "vitest";
import { findPlanted } from "./find-planted.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { planOf, type Restriction } from "./plan.ts";
import { planted } from "./planted.ts";
import { play } from "./play.ts";
import { REGRESSIONS } from "./regressions.ts";
import { replayCommand, shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
}, 60_000);

/** All of them are looked for by `npm run sim -- --planted`; these are found soon. */
const SOON: ReadonlySet<string> = new Set(["no-compare-and-set", "done-before-decided", "half-a-reload"]);

describe("a planted bug", () => {
  test.each(planted.filter(({ id }) => SOON.has(id)))("is found: $mistake", { timeout: 60_000 }, async (bug) => {
    expect(await findPlanted(ground, bug, { seeds: 40, base: 1, events: 12 })).not.toBeNull();
  });

  test("is shrunk to a command that still finds it", { timeout: 60_000 }, async () => {
    const bug = planted.find(({ id }) => id === "half-a-reload");
    if (bug === undefined) throw new Error("the bug is gone");
    const breaks = async (restriction: Restriction): Promise<boolean> => {
      const { violations } = await simulate(ground, planOf(restriction), { mutation: bug.mutation });
      return violations.some(({ invariant }) => bug.breaks.includes(invariant));
    };
    const found = await findPlanted(ground, bug, { seeds: 40, base: 1, events: 12 });
    const start = { seed: found?.seed ?? 0, events: 12 };
    const small = await shrink(start, breaks);
    expect(planOf(small).events.length).toBeLessThan(4);
    expect(await breaks(small)).toBe(true);
    expect(replayCommand(small, bug.id)).toMatch(
      /^npm run sim -- --seed \d+ --events 12 --only [\d,]+ .*--plant half-a-reload$/,
    );
  });
});

describe("a crash at every step", () => {
  // Slow, because the story is lived once for each of its steps.
  test("of one story leaves all promises kept", { timeout: 120_000 }, async () => {
    const story: Restriction = { seed: 5, events: 4, faults: new Set(), processes: 1, noPauses: true };
    const calm = await simulate(ground, planOf(story));
    expect(calm.crashes).toBe(0);
    const broken: string[] = [];
    for (let step = 1; step <= calm.labelledSteps; step++) {
      const restriction = { ...story, crashAtStep: step };
      const { violations, crashes } = await simulate(ground, planOf(restriction));
      if (crashes !== 1) broken.push(`nobody died at step ${step}`);
      for (const { invariant, text } of violations)
        broken.push(`${invariant}: ${text}; ${replayCommand(restriction, null)}`);
    }
    expect(calm.labelledSteps).toBeGreaterThan(100);
    expect(broken).toEqual([]);
  });
});

describe("what was broken once", () => {
  test.each(REGRESSIONS)("stays mended: $was", async ({ restriction }) => {
    expect((await play(ground, restriction)).violations).toEqual([]);
  });
});
