import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/model/json.ts";
import { isJsonObject } from "../../../src/core/model/parse-json.ts";
import { isList } from "../../../src/core/model/path.ts";
import { compareFiles } from "../../../src/plan/compare/compare-values.ts";
import { pathOfName } from "../../../src/plan/compare/path-of-name.ts";
import { ruleShape } from "../../../src/plan/compare/rule-shape.ts";
import type { Shape } from "../../../src/plan/compare/shape.ts";
import { workspaceShape } from "../../../src/plan/compare/workspace-shape.ts";
import type { AttributeChange } from "../../../src/plan/plan.ts";
import type { Path } from "../../../src/rulebook/problem.ts";
import { readYaml } from "../../../src/rulebook/read-yaml.ts";
import { createSourceFile, type SourceDocument } from "../../../src/rulebook/source-file.ts";

function documentOf(name: string, text: string): SourceDocument {
  const read = readYaml(createSourceFile(name, text));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.document;
}

/** JSON is YAML, too. */
function written(data: Json): SourceDocument {
  return documentOf("file.yaml", JSON.stringify(data, null, 2));
}

function changes(shape: Shape, before: Json, after: Json): readonly AttributeChange[] {
  return compareFiles(shape, { before: written(before), after: written(after), judge: () => null }).map(
    ({ change }) => change,
  );
}

function yamlFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".test.yaml") && !name.includes("fixtures/"))
    .map((name) => `${folder}/${name}`)
    .toSorted();
}

const files = ["rules", "test/golden/compiled/workspace", "test/golden/reports/workspace"].flatMap(yamlFiles);

function leaves(value: Json, path: Path = []): readonly Path[] {
  if (isList(value)) return value.flatMap((entry, index) => leaves(entry, [...path, index]));
  if (!isJsonObject(value)) return [path];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** With another value at a path. */
function replaced(value: Json, path: Path, change: (leaf: Json) => Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (isList(value)) return value.map((entry, index) => (index === step ? replaced(entry, rest, change) : entry));
  if (!isJsonObject(value)) throw new Error("no such path");
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === step ? replaced(inner, rest, change) : inner]),
  );
}

function other(leaf: Json): Json {
  if (typeof leaf === "number") return leaf + 1;
  if (typeof leaf === "boolean") return !leaf;
  const span = typeof leaf === "string" ? /^(\d+)([smhdw%]|\/[smh]| [A-Z]{3})$/.exec(leaf) : null;
  if (span !== null) return `${Number(span[1]) + 1}${span[2]}`;
  return typeof leaf === "string" ? `${leaf}x` : "other";
}

describe("nothing that an author writes can change unseen", () => {
  test.each(files)("in %s", (file) => {
    const { data } = documentOf(file, readFileSync(file, "utf8"));
    const shape = file.endsWith("heed.yaml") ? workspaceShape : ruleShape;
    expect(changes(shape, data, data)).toEqual([]);
    for (const path of leaves(data)) {
      const after = replaced(data, path, other);
      const found = changes(shape, data, after);
      const name = path.join(".");
      expect(found.length, name).toBeGreaterThan(0);
      // One that has another id is another step: both are named, each where it stands.
      for (const change of found) {
        const at = pathOfName(change.after === null ? data : after, change.path);
        expect(path.slice(0, at.length), `${name} is ${change.path}`).toEqual(at);
        expect(at.length, `${name} is ${change.path}`).toBeGreaterThan(0);
      }
    }
  });
});

/** The same with the keys of all maps in another order. */
function shuffled(value: Json, seed: number): Json {
  if (isList(value)) return value.map((entry) => shuffled(entry, seed + 1));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, seed * 7 + 1)] as const);
  const turn = entries.length === 0 ? 0 : seed % entries.length;
  return Object.fromEntries([...entries.slice(turn), ...entries.slice(0, turn)]);
}

const rules = files
  .filter((file) => !file.endsWith("heed.yaml"))
  .map((file) => documentOf(file, readFileSync(file, "utf8")).data);

describe("of all rules", () => {
  test("the order of keys is nothing", () => {
    fc.assert(
      fc.property(fc.constantFrom(...rules), fc.nat(1000), (data, seed) => {
        expect(changes(ruleShape, data, shuffled(data, seed))).toEqual([]);
      }),
    );
  });

  test("what changes one way changes back the other way", () => {
    const turned = (all: readonly AttributeChange[]) =>
      all.map(({ before, after, class: of }) => JSON.stringify([after, before, of])).toSorted();
    const straight = (all: readonly AttributeChange[]) =>
      all.map(({ before, after, class: of }) => JSON.stringify([before, after, of])).toSorted();
    fc.assert(
      fc.property(fc.constantFrom(...rules), fc.nat(1000), (data, which) => {
        const all = leaves(data);
        const after = replaced(data, all[which % all.length] ?? [], other);
        expect(turned(changes(ruleShape, after, data))).toEqual(straight(changes(ruleShape, data, after)));
      }),
    );
  });

  test("a step that is put in anywhere is one change", () => {
    fc.assert(
      fc.property(fc.constantFrom(...rules), fc.nat(20), (data, where) => {
        const actions = isJsonObject(data) && isList(data["actions"]) ? data["actions"] : [];
        const at = where % (actions.length + 1);
        const step = { tag: "a-new-one" };
        const after = replaced(data, ["actions"], () => [...actions.slice(0, at), step, ...actions.slice(at)]);
        expect(changes(ruleShape, data, after)).toMatchObject([
          { path: `actions[${at}]`, before: null, after: step, class: "state" },
        ]);
        expect(changes(ruleShape, after, data)).toMatchObject([{ path: `actions[${at}]`, before: step, after: null }]);
      }),
    );
  });
});
