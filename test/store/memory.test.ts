import { openMemoryStore } from "../../src/store/memory.ts";
import { createTestClock } from "./conformance/harness.ts";
import { describeStore } from "./conformance.ts";

describeStore("memory", {
  survivesReopening: false,
  manyConnections: false,
  slackMs: 500,
  place: async () => ({
    open: async (clock) => openMemoryStore({ clock: clock ?? createTestClock(), reofferMs: 400 }),
    remove: async () => undefined,
  }),
});
