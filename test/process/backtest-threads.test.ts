import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, expect, test } from "vitest";
import type { Backtest } from "../../src/plan/plan.ts";

/** As deep in the repository as a build, so that what is read beside it is found. */
mkdirSync("dist-bench", { recursive: true });
const folder = mkdtempSync(join("dist-bench", "threads-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("players in threads of their own come to the same numbers as one", async () => {
  const bundle = await rolldown({
    input: { child: "test/plan/backtest/threads-child.ts", "player-worker": "src/plan/backtest/player-worker.ts" },
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  });
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name].js" });
  const told = execFileSync(process.execPath, [join(folder, "child.js")], { encoding: "utf8", maxBuffer: 1 << 26 });
  const { threads, results } = JSON.parse(told) as { threads: boolean; results: readonly Backtest[] };
  expect(threads).toBe(true);
  const [inThreads, inTurns] = results;
  expect(inThreads).toEqual(inTurns);
  const differences = inTurns?.rules.find(({ rule }) => rule === "hello")?.differences;
  expect(differences?.retimed).toBeGreaterThan(50);
  expect(inTurns?.examples.length).toBeGreaterThan(5);
}, 120_000);
