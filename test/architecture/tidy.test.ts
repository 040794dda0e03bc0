import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { root } from "./planted-tree.ts";

/** What no linter can say about this repository, said as tests over its text. */

const here = "test/architecture/tidy.test.ts";
const fixed = ["README.md", "docker-compose.yml", "package.json", "tsconfig.json", "LICENSE", "package-lock.json"];
const rooms = ["rules", "schemas", "src", "test"];
const texts = [...fixed.filter((name) => name !== "package-lock.json"), ...rooms.flatMap(filesUnder)].filter(
  (name) => /\.(ts|cjs|mjs|js|json|md|yaml|yml|html|css)$/.test(name) && existsSync(join(root, name)),
);
const sources = texts.filter((name) => name.startsWith("src/") && name.endsWith(".ts"));

function filesUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

function read(name: string): string {
  return readFileSync(join(root, name), "utf8");
}

/** Places in the form `file:line: text`, for the message of a failed test. */
function places(names: readonly string[], pattern: RegExp): readonly string[] {
  return names.flatMap((name) =>
    read(name)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${name}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe("the words", () => {
  const others = texts.filter((name) => name !== here);

  it.each([
    ["unfinished work is finished or an issue, not a remark", /\b(TODO|FIXME|XXX|HACK)\b/],
    ["paths are relative to the repository", /(^|[\s"'`(=])\/(work|home|root|Users)\//],
    [
      "the text stands on its own, whoever wrote it",
      /\b(AI|coding|language[- ]model) (assistant|agent)\b|\b(this|an earlier|a previous) session\b/i,
    ],
    ["nothing is left of a merge", /^(<{7} |={7}$|>{7} )/],
    ["placeholders of a draft are filled in", /\b[A-Z]+_GOES_HERE\b/],
    ["no private key is committed", /-----BEGIN (RSA |EC )?PRIVATE KEY-----/],
  ])("%s", (_why, pattern) => {
    expect(places(others, pattern)).toEqual([]);
  });

  it("names documents that exist", () => {
    const dangling = [...sources, ...texts.filter((name) => name.endsWith(".md"))].flatMap((name) =>
      [...read(name).matchAll(/(?<![\w./:@-])[\w./-]+\.md\b/g)]
        .map(([document]) => document)
        .filter(
          (document) =>
            ![join(dirname(name), document), document].some((path) => existsSync(join(root, normalize(path)))),
        )
        .map((document) => `${name}: ${document}`),
    );
    expect(dangling).toEqual([]);
  });
});

describe("the sources", () => {
  it("read the clock in one place only", () => {
    const readers = sources
      .filter((name) => name !== "src/cli/system-clock.ts")
      .flatMap((name) => clockReadings(name, read(name)));
    expect(readers, "take a Clock (src/core/model/clock.ts) or a `now` argument instead").toEqual([]);
    expect(clockReadings("sample.ts", "new Date();\nnew Date;\nDate();\nnew Date(0);\n")).toEqual([
      "sample.ts:1",
      "sample.ts:2",
      "sample.ts:3",
    ]);
  });

  it("have functions of at most 70 lines, not counting the functions inside them", () => {
    const long = sources.flatMap((name) => ownLines(name, read(name)).filter(({ lines }) => lines > 70));
    expect(long.map(({ place, lines }) => `${place}: ${lines} lines`)).toEqual([]);
    const sample =
      "export function f(): unknown {\n  // Not code.\n\n  const g = () => {\n    return 1;\n  };\n  return g;\n}\n";
    expect(ownLines("sample.ts", sample)).toEqual([
      { place: "sample.ts:1", lines: 3 },
      { place: "sample.ts:4", lines: 3 },
    ]);
  });

  it("say why whenever they silence a tool", () => {
    const silences = places(sources, /(\/\/|\/\*)\s*((ox|es)lint-disable|@ts-expect-error|v8 ignore)/);
    expect(silences.filter((place) => !/ -- \S+ \S+|@ts-expect-error \S+ \S+/.test(place))).toEqual([]);
    expect(places(sources, /(\/\/|\/\*)\s*(@ts-(ignore|nocheck)|(ox|es)lint-disable(?!-next-line|-line))/)).toEqual([]);
  });

  it("have no barrels and no rooms without an idea", () => {
    expect(sources.filter((name) => /(^|\/)(index|utils?|helpers?|manager|common|misc)(\.ts|\/)/.test(name))).toEqual(
      [],
    );
  });
});

/** `new Date()` and `Date()`, which lint rules can't tell from `new Date(0)`. */
function clockReadings(name: string, source: string): readonly string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const readsClock = ts.isCallExpression(node) || (ts.isNewExpression(node) && (node.arguments ?? []).length === 0);
    if (readsClock && ts.isIdentifier(node.expression) && node.expression.text === "Date") {
      found.push(`${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/**
 * Lines of code of each function without those of the functions it defines. A function that makes an object out of
 * closures is as long as a class would be; what must stay short is each thing that runs.
 */
function ownLines(name: string, source: string): readonly { readonly place: string; readonly lines: number }[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.ES2023, true);
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line;
  const text = source.split("\n");
  const isCode = (line: number): boolean => !/^\s*($|\/\/|\/?\*)/.test(text[line] ?? "");
  const found: { place: string; lines: number; taken: Set<number> }[] = [];
  const visit = (node: ts.Node, outer: { taken: Set<number> } | null): void => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) {
      ts.forEachChild(node, (child) => visit(child, outer));
      return;
    }
    const [first, last] = [lineOf(node.getStart()), lineOf(node.getEnd())];
    const self = { place: `${name}:${first + 1}`, lines: 0, taken: new Set<number>() };
    found.push(self);
    ts.forEachChild(node, (child) => visit(child, self));
    for (let line = first; line <= last; line += 1) {
      if (isCode(line) && !self.taken.has(line)) self.lines += 1;
      // A callback on one line is part of its statement.
      if (last > first) outer?.taken.add(line);
    }
  };
  visit(file, null);
  return found.map(({ place, lines }) => ({ place, lines }));
}

describe("the map", () => {
  it("src/README.md has a row for every room, and no room for a row", () => {
    const rows = [...read("src/README.md").matchAll(/^\| `([a-z]+)\/` \|/gm)].map(([, room]) => room ?? "");
    const present = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rows.toSorted()).toEqual(present.map((entry) => entry.name).toSorted());
  });

  it("src/README.md calls planned only what is not there", () => {
    const planned = /^Planned and not here yet: (.*)$/m.exec(read("src/README.md"))?.[1] ?? "";
    const names = [...planned.matchAll(/`([a-z]+)\/`/g)].map(([, room]) => `src/${room}`);
    expect(names.filter((name) => existsSync(join(root, name)))).toEqual([]);
  });

  it("the top level stays as it is", () => {
    const ignored = read(".gitignore")
      .split("\n")
      .map((line) => line.replace(/\/$/, ""));
    const strangers = readdirSync(root).filter(
      (name) => !name.startsWith(".") && ![...fixed, ...rooms, ...ignored].includes(name),
    );
    expect(strangers.filter((name) => extname(name) !== ".log")).toEqual([]);
  });
});
