import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./planted-tree.ts";

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly engines?: { readonly node?: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest: {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
const lock: { readonly packages: Readonly<Record<string, Package>> } = JSON.parse(lockText);
const installed = Object.entries(lock.packages).filter(([path]) => path.startsWith("node_modules/"));

/** Raise it in the commit that adds a dependency, and say there what it spares us. */
const budget = { direct: 28, shipped: 175 };

describe("the supply chain", () => {
  it("names exact versions", () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version) && version !== "file:src/conditions/no-jsonpath",
    );
    expect(ranges).toEqual([]);
  });

  it("locks every package by its hash, from no unencrypted place", () => {
    expect(
      installed.filter(([, entry]) => entry.integrity === undefined && entry.link !== true).map(([path]) => path),
    ).toEqual([]);
    expect(lockText.match(/"resolved": "(http:|git)[^"]*"/g) ?? []).toEqual([]);
  });

  // npm writes a lock file without the packages of other platforms when the registry does not answer for them, and then
  // `npm ci` refuses that very file.
  it("locks the binaries of every platform, so that npm ci accepts the lock file everywhere", () => {
    const wanted = installed.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    const locked = new Set(
      installed.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)),
    );
    expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
  });

  it("stays within its budget", () => {
    const direct = Object.keys(manifest.dependencies).length;
    const shipped = installed.filter(([, entry]) => entry.dev !== true && entry.optional !== true).length;
    process.stdout.write(
      `dependencies: ${direct} direct of ${budget.direct}, ${shipped} shipped of ${budget.shipped}, ${installed.length} locked in all\n`,
    );
    expect(direct).toBeLessThanOrEqual(budget.direct);
    expect(shipped).toBeLessThanOrEqual(budget.shipped);
  });

  // json-rules-engine imports jsonpath-plus, whose evaluator has had one code execution after the other
  // (CVE-2024-21534, CVE-2025-1302). Heed never resolves a path with it, so a stand-in that throws takes its place.
  it("has no jsonpath-plus but our own stand-in", () => {
    const copies = Object.entries(lock.packages).filter(([path]) => path.endsWith("node_modules/jsonpath-plus"));
    expect(copies.map(([path, entry]) => [path, entry.resolved, entry.link])).toEqual([
      ["node_modules/jsonpath-plus", "src/conditions/no-jsonpath", true],
    ]);
    expect(readdirSync(join(root, "node_modules/jsonpath-plus")).toSorted()).toEqual([
      "index.cjs",
      "index.js",
      "package.json",
    ]);
  });

  it("runs on the oldest Node that package.json promises", () => {
    const oldest = /^>=(\d+\.\d+\.\d+)$/.exec(manifest.engines.node)?.[1] ?? "";
    const tooNew = installed.filter(([, entry]) => !allows(entry.engines?.node ?? "*", oldest));
    expect(tooNew.map(([path, entry]) => `${path}: ${entry.engines?.node}`)).toEqual([]);
  });

  it("reads version ranges as npm does", () => {
    const accepted = [
      "*",
      ">= 16",
      "^18 || >=20",
      "^20.19.0 || >=22.12.0",
      "18 || 20 || >=22",
      ">=20.0.0 <21",
      "20.x",
      "~20.19.0",
    ];
    const refused = [
      ">=22",
      "^18.0.0 || >=20.20",
      ">20.19.0",
      "<20",
      "18 || 22",
      "^22.12.0",
      "~20.18.0",
      ">=16 <20",
      "lts/*",
    ];
    expect(accepted.filter((range) => !allows(range, "20.19.0"))).toEqual([]);
    expect(refused.filter((range) => allows(range, "20.19.0"))).toEqual([]);
  });
});

/** As much of npm's version ranges as `engines` uses; what it can't read it refuses. */
function allows(range: string, version: string): boolean {
  return range.split("||").some((alternative) => {
    const comparators = alternative
      .trim()
      .replaceAll(/([<>=^~])\s+/g, "$1")
      .split(/\s+/);
    return comparators.every((comparator) => meets(comparator, version));
  });
}

function meets(comparator: string, version: string): boolean {
  if (comparator === "*") return true;
  const parts = /^(>=|<=|>|<|\^|~|=)?v?(\d+)(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(?:-[\w.]+)?$/.exec(comparator);
  if (parts === null) return false;
  const [, sign, ...numbers] = parts;
  const wanted = numbers.map((part) => (isNumber(part) ? Number(part) : 0));
  const given = version.split(".").map(Number);
  const order = compare(given, wanted);
  if (sign === ">=") return order >= 0;
  if (sign === ">") return order > 0;
  if (sign === "<") return order < 0;
  if (sign === "<=") return order <= 0;
  if (sign === "^") return order >= 0 && given[0] === wanted[0];
  if (sign === "~") return order >= 0 && given[0] === wanted[0] && given[1] === wanted[1];
  return numbers.every((part, index) => !isNumber(part) || Number(part) === given[index]);
}

function isNumber(part: string | undefined): part is string {
  return part !== undefined && part !== "x" && part !== "*";
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((part, at) => part !== right[at]);
  return index === -1 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}
