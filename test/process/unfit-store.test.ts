import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startHeed } from "../support/heed-process.ts";
import { cli } from "../support/built-cli.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const CHANGING: readonly (readonly string[])[] = [
  ["pause", "all"],
  ["resume", "all"],
  ["rollback"],
  ["dlq", "discard", "1", "--reason", "x"],
  ["contact", "cancel", "ana", "hello", "--reason", "x"],
];
const LOOKING: readonly (readonly string[])[] = [
  ["reconcile"],
  ["ledger", "verify"],
  ["export"],
  ["trace", "event-1"],
  ["contact", "show", "ana"],
];

async function given() {
  const scratch = scratchDirectory();
  const workspace = writeFiles(join(scratch, "rules"), helloWorkspace());
  const dataDirectory = join(scratch, "data");
  await (await startHeed({ workspace, dataDirectory })).stop();
  return { workspace, dataDirectory };
}

test("a damaged store is refused in words by every command, and left as it is", { timeout: 120_000 }, async () => {
  const { workspace, dataDirectory } = await given();
  const file = join(dataDirectory, "store.mdb");
  writeFileSync(file, readFileSync(file).fill(7, 0, 4_096));
  const before = readFileSync(file);
  for (const words of [...CHANGING, ...LOOKING]) {
    const said = await runCli([...words, "--data-dir", dataDirectory], { env: { HEED_RULES: workspace, PORT: "1" } });
    expect({ words, ...said }).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringContaining("a damaged one"),
    });
  }
  const doctor = await runCli(["doctor", "--offline", "--data-dir", dataDirectory], { env: { HEED_RULES: workspace } });
  expect(doctor).toMatchObject({ status: 3, stdout: expect.stringContaining("✗ store: ") });
  expect(readFileSync(file).equals(before)).toBe(true);
});

/** Root writes whatever the permissions say, unless it gives that right up: then it is refused as anyone is. */
const AS_ANYONE =
  process.getuid?.() === 0
    ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", process.execPath]
    : [process.execPath];

test(
  "a store that may only be read is read, and refused in words by what would write to it",
  { timeout: 120_000 },
  async () => {
    const { workspace, dataDirectory } = await given();
    for (const name of readdirSync(dataDirectory)) chmodSync(join(dataDirectory, name), 0o444);
    chmodSync(dataDirectory, 0o555);
    const asAnyone = (words: readonly string[]) => {
      const [command = "", ...rest] = AS_ANYONE;
      return spawnSync(command, [...rest, cli, ...words, "--data-dir", dataDirectory], {
        env: { PATH: process.env["PATH"], HEED_RULES: workspace, PORT: "1", HOME: "/tmp" },
        encoding: "utf8",
      });
    };
    for (const words of CHANGING) {
      const { status, stdout, stderr } = asAnyone(words);
      expect({ words, status, stdout, stderr }).toMatchObject({
        status: 3,
        stdout: "",
        stderr: expect.stringContaining("can only be read by this user"),
      });
    }
    for (const words of [["reconcile"], ["ledger", "verify"], ["export"]])
      expect({ words, ...asAnyone(words) }).toMatchObject({ status: 0 });
    chmodSync(dataDirectory, 0o755);
  },
);
