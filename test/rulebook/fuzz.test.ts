import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { compilePredicate } from "../../src/conditions/compile-predicate.ts";
import { evaluate } from "../../src/conditions/evaluate.ts";
import { lowerCondition } from "../../src/conditions/lower.ts";
import { parseCondition } from "../../src/conditions/parse-condition.ts";
import type { Facts } from "../../src/core/model/facts.ts";
import type { Json } from "../../src/core/model/json.ts";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { problemCodes } from "../../src/rulebook/codes.ts";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { fixWorkspace } from "../../src/rulebook/fix-workspace.ts";
import type { LoadedWorkspace } from "../../src/rulebook/load-workspace.ts";
import type { Problem } from "../../src/rulebook/problem.ts";
import { renderProblems, reportFormats } from "../../src/rulebook/report/render-problems.ts";
import { createSourceFile } from "../../src/rulebook/source-file.ts";
import { compileTemplate } from "../../src/templates/compile-template.ts";
import { literalsOf } from "../../src/templates/literals-of.ts";
import { measureTemplate } from "../../src/templates/measure-template.ts";
import { render } from "../../src/templates/render.ts";
import { templateReferences } from "../../src/templates/template-references.ts";
import { seed } from "../support/seed.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";
import { conditionOperators, conditionPaths, liquidPieces, liquidWords, oddKeys, scraps } from "./fuzz-words.ts";
import { jsonPathAttacks, mark } from "./jsonpath-attacks.ts";

/**
 * Whatever is written, reading it gives a value or problems that say what is wrong: nothing is thrown, nothing hangs,
 * nothing runs. The same seed draws the same inputs; `HEED_FUZZ=50` draws fifty times as many.
 */
const options = (runs: number) => ({ seed, numRuns: runs * Number(process.env["HEED_FUZZ"] ?? 1) });

/** Far beyond what any input takes, so that only a hang or an explosion is caught on a busy machine. */
const patienceMs = 2_500;

function inTime<T>(work: () => T): T {
  const started = performance.now();
  const result = work();
  expect(performance.now() - started).toBeLessThan(patienceMs);
  return result;
}

const folder = new URL("../../rules", import.meta.url).pathname;
const examples: ReadonlyMap<string, string> = new Map(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:yaml|liquid)$/.test(name))
    .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
);
const heed = examples.get("heed.yaml") ?? "";

/** The file, in a workspace that is otherwise as small as it can be: with heed.yaml, and a test with its rule. */
function workspaceWith(name: string, text: string): LoadedWorkspace {
  const files = new Map([["heed.yaml", heed]]);
  const rule = name.replace(/\.test\.yaml$/, ".yaml");
  files.set(rule, examples.get(rule) ?? "");
  files.set(name, text);
  return { files: [...files].map(([file, content]) => createSourceFile(file, content)), problems: [] };
}

beforeAll(() => {
  // Schemas are compiled when the first file of their kind is read, which is none of an input's doing.
  for (const [name, text] of examples) checkWorkspace(workspaceWith(name, text), null);
}, 60_000);

function expectSound(problems: readonly Problem[], loaded: LoadedWorkspace): void {
  expect(problems.length).toBeLessThanOrEqual(500);
  for (const { code, severity, message, help = "", file, range, fix } of problems) {
    expect(problemCodes).toHaveProperty(code);
    expect(["error", "warning"]).toContain(severity);
    expect(message.length).toBeGreaterThan(0);
    expect(message.length + help.length).toBeLessThan(3_000);
    const text = loaded.files.find(({ name }) => name === file)?.text;
    for (const { start, end } of [range, ...(fix?.edits ?? []).map((edit) => edit.range)]) {
      expect(start.offset).toBeGreaterThanOrEqual(0);
      expect(end.offset).toBeGreaterThanOrEqual(start.offset);
      if (text !== undefined) expect(end.offset).toBeLessThanOrEqual(text.length);
      expect(text === undefined || start.line === text.slice(0, start.offset).split("\n").length).toBe(true);
    }
  }
}

const scrap = fc.constantFrom(...scraps);

/** One change of a text: something put in, cut out, doubled, moved, or taken from elsewhere in it. */
interface Change {
  readonly kind: "put" | "cut" | "double" | "swap" | "line" | "indent" | "value";
  /** Places, as shares of the text. */
  readonly at: number;
  readonly to: number;
  readonly piece: string;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom<Change["kind"]>("put", "cut", "double", "swap", "line", "indent", "value"),
  at: share,
  to: share,
  piece: scrap,
});

function changed(text: string, { kind, at, to, piece }: Change): string {
  const place = Math.floor(at * text.length);
  const other = Math.floor(to * text.length);
  const lines = text.split("\n");
  const line = Math.floor(at * lines.length);
  const moved = lines[Math.floor(to * lines.length)] ?? "";
  switch (kind) {
    case "put":
      return text.slice(0, place) + piece + text.slice(place);
    case "cut":
      return (
        text.slice(0, Math.min(place, other)) +
        text.slice(Math.min(place, other) + Math.min(40, Math.abs(place - other)))
      );
    case "double":
      return text.slice(0, place) + text.slice(Math.max(0, place - 60), place) + text.slice(place);
    case "swap":
      return lines.with(Math.min(line, lines.length - 1), moved).join("\n");
    case "line":
      return lines.toSpliced(line, 1).join("\n");
    case "indent":
      return lines.with(Math.min(line, lines.length - 1), `  ${lines[line] ?? ""}`).join("\n");
    case "value":
      return lines
        .with(
          Math.min(line, lines.length - 1),
          (lines[line] ?? "").replace(/(: ).*$/, `$1${piece.replaceAll("$", "$$$$")}`),
        )
        .join("\n");
  }
}

const mutated = fc
  .tuple(fc.constantFrom(...examples.keys()), fc.array(change, { minLength: 1, maxLength: 5 }))
  .map(([name, changes]) => ({ name, text: changes.reduce(changed, examples.get(name) ?? "") }));

describe(`with HEED_SEED=${seed}`, () => {
  test("a mutated file of the example workspace is a workspace or has problems", () => {
    let sound = 0;
    let broken = 0;
    fc.assert(
      fc.property(mutated, ({ name, text }) => {
        const loaded = workspaceWith(name, text);
        const { problems, waived } = inTime(() => checkWorkspace(loaded, null, "2026-06-01"));
        expectSound(problems, loaded);
        for (const format of reportFormats) renderProblems(problems, { format, colours: true, waived });
        if (problems.some(({ severity }) => severity === "error")) broken += 1;
        else sound += 1;
      }),
      options(150),
    );
    // What is never broken, or never sound, proves little.
    expect(broken).toBeGreaterThan(30);
    expect(sound).toBeGreaterThan(3);
  });

  test("what has no error compiles, and what is mended stays readable", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async ({ name, text }) => {
        const loaded = workspaceWith(name, text);
        const { loaded: mended } = inTime(() => fixWorkspace(loaded));
        const compiled = await compileWorkspace(mended, {});
        if (!compiled.ok) expectSound(compiled.problems, mended);
      }),
      options(25),
    );
  });

  const word = fc.constantFrom(...liquidWords);
  const piece = fc.oneof(
    fc.array(word, { maxLength: 7 }).map((words) => `{{ ${words.join(" ")} }}`),
    fc.array(word, { maxLength: 6 }).map((words) => `{% ${words.join(" ")} %}`),
    fc.tuple(word, word, word).map(([a, b, c]) => `{{ ${a} | ${b}: ${c} | default: 'x' }}`),
    fc.constantFrom(...liquidPieces),
    fc.constantFrom(...liquidPieces),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  const liquid = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(""));
  const json = fc.jsonValue({ maxDepth: 3 });

  test("any text is a template that renders or fails, or has problems", () => {
    let rendered = 0;
    fc.assert(
      fc.property(liquid, fc.constantFrom("text", "html", "header"), json, (source, kind, value) => {
        const compiled = inTime(() => compileTemplate(source, kind));
        if (!compiled.ok) {
          expect(compiled.problems.length).toBeGreaterThan(0);
          for (const { message, start, end } of compiled.problems) {
            expect(message.length).toBeLessThan(1_000);
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeGreaterThanOrEqual(start);
            expect(end).toBeLessThanOrEqual(source.length);
          }
          expect(() => templateReferences(source, kind)).not.toThrow();
          return;
        }
        const facts = {
          contact: { name: value, tags: [value, value] },
          event: { data: { x: value } },
          now: 0,
        } as Facts;
        const result = inTime(() => render(compiled.template, facts));
        if ("text" in result) rendered += 1;
        else expect(result.failed.length).toBeLessThan(200);
        literalsOf(source, kind);
        const extent = inTime(() => measureTemplate(source, kind, { variable: () => null, literal: (text) => text }));
        expect(Number.isFinite(extent.longest.units)).toBe(true);
      }),
      options(800),
    );
    expect(rendered).toBeGreaterThan(20);
  });

  test("any text of any message is judged, whatever the check that reads it", () => {
    const messages = [
      "{ send: email, subject: S, text: T, html: T }",
      "{ send: sms, text: T }",
      "{ send: sales, text: T }",
    ];
    fc.assert(
      fc.property(liquid, fc.constantFrom(...messages), (source, message) => {
        const step = message
          .replaceAll("T", () => JSON.stringify(source))
          .replace("S,", () => `${JSON.stringify(source)},`);
        const rule = ruleYaml("a")
          .replace("transactional", "marketing")
          .replace("{ send: sms, text: Hello. }", () => step);
        const loaded = inMemory({ "heed.yaml": heedYaml, "a.yaml": rule });
        expectSound(inTime(() => checkWorkspace(loaded, null)).problems, loaded);
      }),
      options(200),
    );
  });

  const path = fc.constantFrom(...conditionPaths);
  const operand = fc.oneof(
    json.map((any): Json => any as Json),
    fc.constantFrom<Json>("pro", 5, true, "24h", "2026-01-01T00:00:00Z", ["pro", 5], null, "", "x".repeat(2_000)),
  );
  const operator = fc.constantFrom(...conditionOperators);
  const oddKey = fc.oneof(fc.constantFrom(...oddKeys), fc.string({ maxLength: 12 }));
  const map = (key: fc.Arbitrary<string>, inner: fc.Arbitrary<Json>, maxKeys = 2): fc.Arbitrary<Json> =>
    fc.dictionary(key, inner, { minKeys: 1, maxKeys });
  const { condition } = fc.letrec<{ condition: Json }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      { weight: 6, arbitrary: map(path, operand) },
      { weight: 6, arbitrary: map(path, map(operator, operand)) },
      { weight: 3, arbitrary: map(fc.constantFrom("all", "any"), fc.array(tie("condition"), { maxLength: 3 }), 1) },
      { weight: 3, arbitrary: map(fc.constant("not"), tie("condition")) },
      {
        weight: 2,
        arbitrary: map(
          fc.constantFrom("did", "did_not"),
          fc.record(
            {
              event: fc.constant("email.opened"),
              within: fc.constantFrom("2d", "x"),
              where: map(fc.constantFrom("event.data.a"), operand),
            },
            { requiredKeys: ["event"] },
          ),
        ),
      },
      {
        weight: 2,
        arbitrary: map(
          fc.constantFrom("was_sent", "was_not_sent"),
          fc.record(
            { rule: fc.constantFrom("this", "any", "x"), within: fc.constantFrom("2d", 5) },
            { requiredKeys: [] },
          ),
        ),
      },
      { weight: 1, arbitrary: map(oddKey, tie("condition")) },
      { weight: 1, arbitrary: operand },
    ),
  }));
  const value = json.map((any): Json => any as Json);
  const known = fc.record({
    contact: fc.record({ plan: value, tags: value }),
    event: fc.record({ data: fc.record({ amount: value, items: value }) }),
    now: fc.constant(1_000),
  });

  test("any JSON is a condition with one answer from both evaluators, or has problems", async () => {
    let parsed = 0;
    await fc.assert(
      fc.asyncProperty(
        condition,
        fc.constantFrom("event", "moment", "past"),
        known,
        async (written, setting, facts) => {
          const result = inTime(() => parseCondition(written, setting));
          if (!result.ok) {
            expect(result.problems.length).toBeGreaterThan(0);
            for (const { message } of result.problems) expect(message.length).toBeLessThan(1_000);
            return;
          }
          parsed += 1;
          const answer = compilePredicate(result.condition)(facts);
          expect(await evaluate(lowerCondition(result.condition), facts)).toBe(answer);
        },
      ),
      options(500),
    );
    expect(parsed).toBeGreaterThan(50);
  });
});

describe("a path that is code is refused where it stands, and never run", () => {
  const facts: Facts = { contact: { plan: "pro" }, event: { data: { a: 1 } }, now: 0 };

  test.each(jsonPathAttacks)("%s", async (attack) => {
    const result = parseCondition({ [attack]: 1 });
    // What is only an odd name finds nothing; all else is refused.
    if (result.ok) expect(compilePredicate(result.condition)(facts)).toBe(false);
    else expect(result.problems.map(({ kind }) => kind)).toEqual(["path"]);
    // Even a tree that no check has seen runs nothing.
    const tree = { all: [{ fact: "contact", path: attack, operator: "is", value: 1 }] };
    expect(await evaluate(tree, facts)).toBe(false);

    const quoted = JSON.stringify(attack);
    const base = examples.get("verification/verification-sms.yaml") ?? "";
    const places = [
      base.replace("same: message_id", `same: ${quoted}`),
      base.replace("event.data.template:", `${quoted}:`),
      base.replace("contact.status:", `${quoted}:`),
      base.replace("delay: 15m", `reentry: { policy: parallel, key: ${quoted} }`),
      base.replace("delay: 15m", `goal: { event: email.opened, within: 1d, value: ${quoted} }`),
      base.replace(/actions:[^]*/, `actions:\n  - branch: { on: ${quoted}, cases: { a: [{ stop: x }] } }\n`),
      base.replace(/actions:[^]*/, `actions:\n  - set: { ${quoted}: x }\n`),
      base.replace(/text: .*/, `text: ${JSON.stringify(`{{ ${attack} | default: 'x' }}`)}`),
    ];
    for (const text of places) {
      expect(text).not.toBe(base);
      const { problems } = checkWorkspace(workspaceWith("verification/verification-sms.yaml", text), null);
      expect(problems.filter(({ severity }) => severity === "error").length, text).toBeGreaterThan(0);
    }
    expect(Reflect.has(globalThis, mark)).toBe(false);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});
