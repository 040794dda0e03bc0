import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { createTestClock } from "./conformance/harness.ts";
import { describeStore } from "./conformance.ts";

describeStore("embedded", {
  survivesReopening: true,
  manyConnections: false,
  slackMs: 500,
  async place() {
    const directory = mkdtempSync(join(tmpdir(), "heed-store-"));
    return {
      open: (clock) => openEmbeddedStore({ directory, clock: clock ?? createTestClock(), reofferMs: 400 }),
      remove: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
});
