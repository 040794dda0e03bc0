import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyTree } from "./planted-tree.ts";
import type { PlantedTree } from "./planted-tree.ts";

/**
 * A fence that never fires is no fence. Here every law is broken on purpose in a copy of the sources, and the tool that
 * holds it must name it; whatever is not planted must be clean.
 */

/** Which rooms a room may import whole: the map of src/README.md, written down a second time, on purpose. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  conditions: ["core"],
  templates: ["core"],
  rulebook: ["core", "conditions", "templates"],
  outgoing: ["core"],
  providers: ["core", "outgoing"],
  lookups: ["core", "outgoing"],
  store: ["core"],
  ledger: ["core"],
  ingest: ["core", "observe"],
  runtime: ["core", "conditions", "templates", "rulebook", "lookups", "ledger", "observe"],
  simulate: ["core", "conditions", "templates", "rulebook"],
  plan: ["core", "conditions", "templates", "rulebook", "simulate"],
  console: ["core", "ledger", "observe"],
  observe: ["core"],
};
const rooms = [...Object.keys(arrows), "cli"];

/** Single files of another room that may be imported: its port. */
const ports: readonly (readonly [room: string, port: string])[] = [
  ["ledger", "store/store.ts"],
  ["ingest", "store/store.ts"],
  ["runtime", "store/store.ts"],
  ["console", "store/store.ts"],
  ["rulebook", "providers/provider.ts"],
  ["rulebook", "providers/registry.ts"],
  ["rulebook", "providers/plugins.ts"],
  ["ingest", "providers/provider.ts"],
  ["runtime", "providers/provider.ts"],
  ["simulate", "providers/provider.ts"],
  ["simulate", "providers/registry.ts"],
  ["plan", "providers/registry.ts"],
];

/** Breaches of the laws that are not about rooms: law, file, what it says. */
const breaches: readonly (readonly [law: string, file: string, source: string])[] = [
  ["core-needs-no-libraries", "src/core/planted-node.ts", 'import "node:fs";'],
  ["core-needs-no-libraries", "src/core/planted-package.ts", 'import "ajv";'],
  ["vendors-stand-alone", "src/providers/planted/send.ts", 'import "../planted-other/send.ts";'],
  ["vendors-behind-the-registry", "src/providers/planted-shortcut.ts", 'import "./planted/send.ts";'],
  ["vendors-behind-the-registry", "src/ingest/planted-shortcut.ts", 'import "../providers/planted/send.ts";'],
  ["vendors-behind-the-registry-for-cli", "src/cli/planted-shortcut.ts", 'import "../providers/planted/send.ts";'],
  ["fakes-are-for-tests", "src/providers/planted-uses-fake.ts", 'import "./planted/fake.ts";'],
  ["src-knows-no-tests", "src/runtime/planted-test.ts", 'import "../../test/planted.ts";'],
  [
    "no-cycles",
    "src/runtime/planted-egg.ts",
    'import { hen } from "./planted-hen.ts"; export const egg: unknown = hen;',
  ],
  [
    "no-cycles",
    "src/runtime/planted-type-egg.ts",
    'import type { Hen } from "./planted-type-hen.ts"; export type Egg = Hen[];',
  ],
  ["no-dead-files", "src/observe/planted-dead.ts", "export const dead = 1;"],
  ["no-other-programs", "src/cli/planted-spawn.ts", 'import "node:child_process";'],
  ["no-other-programs", "src/templates/planted-vm.ts", 'import "node:vm";'],
  ["resolvable", "src/runtime/planted-nowhere.ts", 'import "./planted-not-there.ts";'],
  ["declared-dependencies", "src/runtime/planted-transitive.ts", 'import "acorn";'],
  ["shipped-dependencies", "src/runtime/planted-development.ts", 'import "fast-check";'],
  ["twilio-in-one-place", "src/runtime/planted-twilio.ts", 'import "twilio";'],
  ["twilio-in-one-place", "src/providers/sendgrid/planted-twilio.ts", 'import "twilio";'],
  ["sendgrid-in-one-place", "src/ingest/planted-sendgrid.ts", 'import "@sendgrid/mail";'],
  ["nats-in-one-place", "src/store/planted-nats.ts", 'import "nats";'],
  ["lmdb-in-one-place", "src/cli/planted-lmdb.ts", 'import "lmdb";'],
  ["express-and-types-express-in-one-place", "src/runtime/planted-express.ts", 'import "express";'],
  [
    "express-and-types-express-in-one-place",
    "src/store/planted-express.ts",
    'import type { Request } from "express"; export type R = Request;',
  ],
  ["pg-and-redis-in-one-place", "src/store/planted-pg.ts", 'import "pg";'],
  ["undici-in-one-place", "src/runtime/planted-undici.ts", 'import "undici";'],
  ["json-rules-engine-in-one-place", "src/runtime/planted-engine.ts", 'import "json-rules-engine";'],
  ["liquidjs-in-one-place", "src/rulebook/planted-liquid.ts", 'import "liquidjs";'],
  ["pino-and-prom-client-in-one-place", "src/console/planted-metrics.ts", 'import "prom-client";'],
];

/** What the breaches need to be breaches. */
const props: Readonly<Record<string, string>> = {
  "src/providers/planted-other/send.ts": "export const send = 1;",
  "src/providers/planted/fake.ts": "export const fake = 1;",
  "src/runtime/planted-hen.ts": 'import { egg } from "./planted-egg.ts"; export const hen: unknown = egg;',
  "src/runtime/planted-type-hen.ts": 'import type { Egg } from "./planted-type-egg.ts"; export type Hen = Egg[];',
  "test/planted.ts": "export const helper = 1;",
};

/** What the linter and the compiler hold: who says it, file, statement. */
const misdeeds: readonly (readonly [rule: string, file: string, statement: string])[] = [
  ["eslint(no-restricted-properties)", "src/runtime/planted-now.ts", "export const x = Date.now();"],
  ["eslint(no-restricted-properties)", "src/runtime/planted-random.ts", "export const x = Math.random();"],
  ["eslint(no-restricted-properties)", "src/runtime/planted-uuid.ts", "export const x = crypto.randomUUID();"],
  [
    "eslint(no-restricted-properties)",
    "src/core/planted-temporal.ts",
    'import { Temporal } from "temporal-polyfill";\nexport const x = Temporal.Now.instant();',
  ],
  ["eslint(no-restricted-properties)", "src/runtime/planted-abort.ts", "export const x = AbortSignal.timeout(1);"],
  ["eslint(no-restricted-properties)", "src/runtime/planted-global.ts", "globalThis.setTimeout(() => {}, 1);"],
  ["eslint(no-restricted-globals)", "src/runtime/planted-timeout.ts", "setTimeout(() => {}, 1);"],
  ["eslint(no-restricted-globals)", "src/runtime/planted-interval.ts", "setInterval(() => {}, 1);"],
  ["eslint(no-restricted-globals)", "src/runtime/planted-performance.ts", "export const x = performance.now();"],
  ["eslint(no-restricted-globals)", "src/core/planted-date.ts", "export const x = new Date(0);"],
  [
    "eslint(no-restricted-imports)",
    "src/store/planted-timers.ts",
    'export { setTimeout } from "node:timers/promises";',
  ],
  ["eslint(no-restricted-imports)", "src/store/planted-uuid.ts", 'export { randomUUID } from "node:crypto";'],
  ["eslint(no-eval)", "src/conditions/planted-eval.ts", 'export const x: unknown = eval("1");'],
  ["eslint(no-new-func)", "src/conditions/planted-function.ts", 'export const x: unknown = new Function("return 1");'],
  ["eslint(no-console)", "src/runtime/planted-console.ts", 'console.log("here");'],
  ["import(no-default-export)", "src/runtime/planted-default.ts", "const x = 1;\nexport default x;"],
  ["eslint(max-lines)", "src/runtime/planted-long-file.ts", "export const x = [\n" + "  1,\n".repeat(400) + "];"],
  [
    "eslint(max-lines-per-function)",
    "src/runtime/planted-long-function.ts",
    "export function f(): number[] {\n  return [\n" + "    1,\n".repeat(120) + "  ];\n}",
  ],
  [
    "eslint(max-params)",
    "src/runtime/planted-params.ts",
    "export function f(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1): unknown {\n  return [a, b, c, d, e, f];\n}",
  ],
  ["unicorn(filename-case)", "src/runtime/plantedCamelCase.ts", "export const x = 1;"],
  ["typescript(no-explicit-any)", "src/runtime/planted-any.ts", "export function f(x: any): void {\n  void x;\n}"],
  [
    "typescript(no-floating-promises)",
    "src/runtime/planted-floating.ts",
    "export function f(): void {\n  Promise.resolve(1);\n}",
  ],
  [
    "typescript(no-misused-promises)",
    "src/runtime/planted-misused.ts",
    "export function f(x: Promise<boolean>): number {\n  return x ? 1 : 2;\n}",
  ],
  [
    "typescript(await-thenable)",
    "src/runtime/planted-await.ts",
    "export async function f(): Promise<number> {\n  return await 1;\n}",
  ],
  [
    "typescript(switch-exhaustiveness-check)",
    "src/runtime/planted-switch.ts",
    'export function f(x: "a" | "b"): number {\n  switch (x) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}',
  ],
  [
    "typescript(no-unnecessary-condition)",
    "src/runtime/planted-condition.ts",
    "export function f(x: string): number {\n  return x === undefined ? 1 : 2;\n}",
  ],
  [
    "typescript(no-non-null-assertion)",
    "src/runtime/planted-bang.ts",
    "export function f(x: string | null): string {\n  return x!;\n}",
  ],
  [
    "typescript(consistent-type-imports)",
    "src/runtime/planted-type.ts",
    'import { Store } from "../store/store.ts";\nexport type X = Store;',
  ],
];

const notInCore = [
  "process.cwd();",
  "setTimeout(() => {}, 1);",
  'console.log("here");',
  "Buffer.from([]);",
  'import { readFileSync } from "node:fs";\nreadFileSync("x");',
];

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

let tree: PlantedTree;
let violations: readonly Violation[];

beforeAll(async () => {
  tree = copyTree();
  tree.plant(props);
  tree.plant(Object.fromEntries(breaches.map(([, file, source]) => [file, source])));
  for (const from of rooms) {
    tree.plant({ [`src/${from}/planted-door.ts`]: "export const door = 1;" });
    for (const to of rooms) {
      if (to !== from) tree.plant({ [`src/${from}/planted-to-${to}.ts`]: `import "../${to}/planted-door.ts";` });
    }
  }
  for (const [room, port] of ports) tree.plant({ [portPlant(room, port)]: `import "../${port}";` });
  const output = await tree.run("dependency-cruiser/bin/dependency-cruise.mjs", [
    "--config",
    "test/config/dependency-cruiser.cjs",
    "--output-type",
    "json",
    "src",
  ]);
  const report: { readonly summary: { readonly violations: readonly Violation[] } } = JSON.parse(output);
  violations = report.summary.violations;
}, 60_000);

afterAll(() => tree.remove());

function portPlant(room: string, port: string): string {
  return `src/${room}/planted-port-${port.replaceAll(/[/.]/g, "-")}.ts`;
}

function lawsBrokenBy(file: string): readonly string[] {
  return violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name);
}

describe("the arrows between rooms", () => {
  it.each(Object.keys(arrows))("%s imports the rooms its arrows reach, and no other", (from) => {
    const refused = rooms.filter((to) =>
      lawsBrokenBy(`src/${from}/planted-to-${to}.ts`).includes(`${from}-stays-in-its-arrows`),
    );
    expect(refused).toEqual(rooms.filter((to) => to !== from && !arrows[from]?.includes(to)));
  });

  it("nobody imports the command line", () => {
    const importers = violations.filter(
      ({ rule, to }) => rule.name === "only-cli-composes" && to === "src/cli/planted-door.ts",
    );
    expect(importers.map(({ from }) => from).toSorted()).toEqual(
      Object.keys(arrows)
        .map((from) => `src/${from}/planted-to-cli.ts`)
        .toSorted(),
    );
  });

  it.each(ports)("%s reaches %s, which is a port", (room, port) => {
    expect(lawsBrokenBy(portPlant(room, port)).filter((law) => law.endsWith("-stays-in-its-arrows"))).toEqual([]);
  });
});

describe("every other law of the architecture", () => {
  it.each(breaches)("%s fires at %s", (law, file) => {
    expect(lawsBrokenBy(file)).toContain(law);
  });

  it("has a breach here", () => {
    const { forbidden }: { forbidden: readonly { readonly name: string }[] } = createRequire(import.meta.url)(
      "../config/dependency-cruiser.cjs",
    );
    const fired = new Set(violations.map(({ rule }) => rule.name));
    expect(forbidden.map(({ name }) => name).filter((name) => !fired.has(name))).toEqual([]);
  });

  it("is kept by everything that was not planted", () => {
    const strangers = violations.filter(({ from }) => !from.includes("planted") && !from.startsWith("test/"));
    expect(strangers.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  });
});

describe("the linter", () => {
  let found: readonly { readonly code: string; readonly filename: string }[];

  beforeAll(async () => {
    tree.plant(Object.fromEntries(misdeeds.map(([, file, statement]) => [file, `${statement}\n`])));
    const output = await tree.run("oxlint/bin/oxlint", ["--format", "json", ...misdeeds.map(([, file]) => file)]);
    const report: { readonly diagnostics: typeof found } = JSON.parse(output);
    found = report.diagnostics;
  }, 60_000);

  it.each(misdeeds)("%s fires at %s", (rule, file) => {
    expect(found.filter(({ filename }) => filename === file).map(({ code }) => code)).toContain(rule);
  });
});

describe("the compiler", () => {
  it("knows nothing of Node in the core", async () => {
    tree.plant(
      Object.fromEntries(
        notInCore.map((statement, index) => [`src/core/planted-world-${index}.ts`, `${statement}\nexport {};\n`]),
      ),
    );
    const output = await tree.run("typescript/bin/tsc", ["-p", "src/core/tsconfig.json", "--pretty", "false"]);
    const caught = notInCore.filter((_, index) => output.includes(`planted-world-${index}.ts`));
    expect(caught).toEqual(notInCore);
  }, 60_000);
});
