import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import type { Plugin, RolldownOptions } from "rolldown";
import { fileKinds, readSchema, validatorOptions } from "./rulebook/create-validator.ts";

/** Puts the compiled schemas of files in the place of the module that compiles them. */
const compiledSchemas: Plugin = {
  name: "compiled-schemas",
  load: {
    filter: { id: /\/rulebook\/create-validator\.ts$/ },
    handler() {
      const ajv = new Ajv({ ...validatorOptions, code: { ...validatorOptions.code, esm: true, source: true } });
      for (const kind of fileKinds) ajv.addSchema(readSchema(kind), kind);
      const validators = standaloneCode.default(ajv, Object.fromEntries(fileKinds.map((kind) => [kind, kind])));
      return `${validators}\nexport const createValidator = (kind) => ({ ${fileKinds.join(", ")} })[kind];`;
    },
  },
};

/** What every check loads, all of it plain JavaScript; `test/process/built-check.test.ts` finds what is missing here. */
const bundled = [
  "ajv/dist/runtime",
  "commander",
  "fast-deep-equal",
  "libphonenumber-js",
  "liquidjs",
  "picocolors",
  "re2js",
  "temporal-polyfill",
  "temporal-utils",
  "yaml",
];

/** The one that doesn't ask the environment at every word whether to print it. */
const yaml = fileURLToPath(new URL("browser/index.js", import.meta.resolve("yaml/package.json")));

/**
 * Puts the rooms together into a few files, with the packages that a check needs, because finding and opening hundreds is
 * most of what a short command costs. All other packages stay where npm has put them.
 */
export default {
  // Threads are started by their files, which nothing imports.
  input: {
    main: "src/cli/main.ts",
    "player-worker": "src/plan/backtest/player-worker.ts",
    "stretch-worker": "src/cli/recordings/stretch-worker.ts",
  },
  platform: "node",
  resolve: { alias: { yaml } },
  external: (id) => !/^[./]/.test(id) && !bundled.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [compiledSchemas],
  output: {
    dir: "dist",
    cleanDir: true,
    format: "esm",
    entryFileNames: "cli/[name].js",
    chunkFileNames: "cli/[name].js",
    sourcemap: true,
  },
} satisfies RolldownOptions;
