import type { RolldownOptions } from "rolldown";

/** The benchmark and the fake that it plays in another process, bundled in a second: checking types is another command. */
export default {
  input: { providers: "test/bench/providers.ts", "providers-fake": "test/bench/providers-fake.ts" },
  platform: "node",
  external: (id) => !/^[./]/.test(id),
  output: { dir: "dist-bench/providers", cleanDir: true, format: "esm", entryFileNames: "[name].js" },
} satisfies RolldownOptions;
