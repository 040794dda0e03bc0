import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { changeHouse, readHouse } from "../../src/runtime/house-documents.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import type { Store } from "../../src/store/store.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const COMMANDS: readonly (readonly string[])[] = [
  ["run", "--port", "0"],
  ["pause", "all"],
  ["resume", "all"],
  ["deploy"],
  ["deploy", "--list"],
  ["rollback"],
  ["dlq", "list"],
  ["explain", "--contact", "ana"],
  ["send-event", "--type", "lead.created", "--contact", "ana"],
];

/** Everything is refused alike, and what the newer one has written stays. */
async function refused(at: readonly string[], open: () => Promise<Store>): Promise<void> {
  const workspace = writeFiles(join(scratchDirectory(), "rules"), helloWorkspace());
  const heed = (...words: readonly string[]) =>
    runCli([...words, ...at], { env: { HEED_RULES: workspace, PORT: "1" } });
  expect(await heed("deploy")).toMatchObject({ status: 0 });
  expect(await heed("deploy", "--list")).toMatchObject({ status: 0, stdout: expect.stringContaining("+hello") });
  const newer = { format: 2, by: "9.9.9" };
  const before = await open();
  await changeHouse(before, "heed:format", () => ({ write: newer, result: null }));
  await before.close();
  for (const words of COMMANDS) {
    const said = await heed(...words);
    expect({ words, ...said }).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringContaining("heed: this store was written by a newer Heed, 9.9.9: it has format 2"),
    });
    expect(said.stderr).not.toContain("    at ");
  }
  const doctor = await heed("doctor", "--offline");
  expect(doctor).toMatchObject({
    status: 3,
    stdout: expect.stringContaining("✗ store: this store was written by a newer Heed, 9.9.9"),
  });
  const after = await open();
  expect(await readHouse(after, "heed:format")).toEqual(newer);
  await after.close();
}

test(
  "an embedded store of a newer Heed is refused by every command, and left as it is",
  { timeout: 120_000 },
  async () => {
    const directory = join(scratchDirectory(), "data");
    await refused(["--data-dir", directory], () => openEmbeddedStore({ directory, clock: systemClock }));
  },
);

test("a store of a newer Heed on NATS likewise", { timeout: 120_000 }, async () => {
  const server = await startNatsServer();
  const open = () => openJetStreamStore({ url: server.url, namespace: "heed", clock: systemClock });
  await refused(["--store", server.url], open);
  await server.stop();
});
