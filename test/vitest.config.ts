import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./support/summary-reporter.ts";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    reporters: ["default", new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: ["test/**/*.test.ts"],
          exclude: ["test/process/**", "test/browser/**", "test/simulation/**"],
          globalSetup: [
            "test/support/ensure-nats-server.ts",
            "test/support/ensure-database-servers.ts",
            "test/support/ensure-promtool.ts",
          ],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          // The same promises on a newer server, whose package is fetched; `npm run test:matrix` runs them on a cluster, too.
          name: "newer-nats",
          include: ["test/store/jetstream.test.ts"],
          globalSetup: ["test/support/fetch-newer-nats-server.ts"],
          env: { HEED_TEST_NATS: "newer" },
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          // Real processes of the compiled command, after everything else and one file at a time: they measure
          // patience, and a busy machine would have none.
          name: "process",
          include: ["test/process/**/*.test.ts"],
          globalSetup: [
            "test/support/ensure-nats-server.ts",
            "test/support/fetch-newer-nats-server.ts",
            "test/support/built-cli.ts",
          ],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // A real browser looks at the compiled command, one file at a time: few tests, and slow ones.
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/ensure-chromium.ts", "test/support/built-cli.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // Last, because it takes all cores there are for as long as it takes.
          name: "simulation",
          include: ["test/simulation/**/*.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
