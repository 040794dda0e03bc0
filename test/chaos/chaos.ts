/**
 * Real processes on a real nats-server, and everything that can happen to them: `npm run chaos -- --seconds 300` draws a
 * seed and prints it, `--seed 42` draws the same again, `--kills 100` kills one process so many times in a row instead.
 * Exits with 1 when a promise was broken.
 */
import { parseArgs } from "node:util";
import { ensureNewerNatsServer } from "../support/newer-nats-server.ts";
import { replayCommand, runChaos } from "./run-chaos.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, seconds: { type: "string" }, kills: { type: "string" } },
});
const kills = values.kills === undefined ? undefined : Number(values.kills);
const seed = Number(values.seed ?? Date.now() % 100_000);
const seconds = Number(values.seconds ?? 30);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const options = { seed, seconds, ...(kills !== undefined && { kills }), binary: ensureNewerNatsServer(), tell: print };
const { violations, counts, faults, output } = await runChaos(options);
for (const [name, count] of Object.entries({ ...faults, ...counts })) print(`${String(count).padStart(6)} ${name}`);
if (violations.length > 0) {
  print(output.slice(-20_000));
  for (const violation of violations) print(`broken: ${violation}`);
  print(`${violations.length} promises broken. The same again: ${replayCommand(options)}`);
  process.exitCode = 1;
} else print("every promise was kept");
