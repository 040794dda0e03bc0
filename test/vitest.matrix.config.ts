import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./support/summary-reporter.ts";

const THOROUGH = { HEED_TEST_THOROUGH: "yes" };

/** What the store promises on every kind of server there is, as often as its invariants ask for. By hand, and before a release. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    reporters: ["default", new SummaryReporter()],
    // One server, or cluster, at a time: the invariants have moments in them.
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    projects: ["on the PATH", "newer", "cluster"].map((nats, order) => ({
      extends: true as const,
      test: {
        name: nats,
        include: ["test/store/jetstream.test.ts", "test/matrix/*.test.ts"],
        globalSetup: ["test/support/ensure-nats-server.ts", "test/support/fetch-newer-nats-server.ts"],
        // Three nodes that elect leaders for dozens of consumers of every test leave no time for many at once.
        maxConcurrency: nats === "cluster" ? 2 : 5,
        env: { ...THOROUGH, HEED_TEST_NATS: nats },
        sequence: { groupOrder: order },
      },
    })),
  },
});
