import { beforeAll, describe, expect, test } from "vitest";
import { CRASH_LABELS, type CrashLabel, type Fault } from "./faults.ts";
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

/** Lives in which vendors are all that goes wrong, for somebody to die in at every step. */
function livesToDieIn(seed: number): Restriction {
  const faults = new Set<Fault>(["vendor.hangs_after_accepting", "vendor.busy", "vendor.down"]);
  return { seed, events: 3, faults, processes: 1, noPauses: true, oneVersion: true };
}

describe("a crash at every step", () => {
  // Slow, because a life is lived once for each of its steps.
  test("leaves all promises kept", { timeout: 300_000 }, async () => {
    const died = new Set<CrashLabel>();
    const broken: string[] = [];
    let lives = 0;
    for (let seed = 1; seed <= 400 && died.size < CRASH_LABELS.length; seed++) {
      const life = livesToDieIn(seed);
      const { labelledSteps, crashes } = await simulate(ground, planOf(life), { blind: true });
      expect(crashes).toBe(0);
      // Of the first life every step, of the others those that are new.
      const steps = labelledSteps.flatMap((label, index) => (died.has(label) ? [] : [{ label, step: index + 1 }]));
      for (const { label, step } of steps) {
        const restriction = { ...life, crashAtStep: step };
        const { violations, reached } = await simulate(ground, planOf(restriction));
        lives += 1;
        if (!reached.has(`crash ${label}`)) broken.push(`nobody died at ${label}; ${replayCommand(restriction, null)}`);
        died.add(label);
        for (const { invariant, text } of violations) {
          broken.push(`${invariant}: ${text}; ${replayCommand(restriction, null)}`);
        }
      }
    }
    process.stdout.write(`simulation: one crash in each of ${lives} lives\n`);
    expect(broken).toEqual([]);
    expect(CRASH_LABELS.filter((label) => !died.has(label))).toEqual([]);
  });

  // Whoever takes a label away takes away crashes that nobody will miss.
  test("is a crash at every one of these", () => {
    expect(CRASH_LABELS.join("\n")).toMatchInlineSnapshot(`
      "door.opened
      append.asked
      append.done
      delivery.taken
      load.asked
      load.done
      commit.event.asked
      commit.event.done
      commit.link.asked
      commit.link.done
      commit.handover.asked
      commit.handover.done
      commit.unlink.asked
      commit.unlink.done
      commit.merge.asked
      commit.merge.done
      commit.erase.asked
      commit.erase.done
      commit.release.asked
      commit.release.done
      commit.cancel.asked
      commit.cancel.done
      commit.replay.asked
      commit.replay.done
      forget.asked
      forget.done
      commit.wake.asked
      commit.wake.done
      commit.ticket.asked
      commit.ticket.done
      call.asked
      call.done
      commit.result.asked
      commit.result.done
      lookup.asked
      lookup.done
      commit.reconciled.asked
      commit.reconciled.done
      commit.control.asked
      commit.control.done
      commit.letter.asked
      commit.letter.done
      settle.asked
      settle.done
      crm.asked
      crm.done
      verdict.given"
    `);
  });
});

describe("what was broken once", () => {
  test.each(REGRESSIONS)("stays mended: $was", async ({ restriction }) => {
    expect((await play(ground, restriction)).violations).toEqual([]);
  });
});
