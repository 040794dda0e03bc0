import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

function check(more: string): {
  readonly codes: readonly string[];
  readonly ms: number;
  readonly said: readonly string[];
} {
  const loaded = inMemory({ "heed.yaml": heedYaml, "a.yaml": ruleYaml("a", more) });
  const started = performance.now();
  const { problems } = checkWorkspace(loaded, null);
  const ms = performance.now() - started;
  const mine = problems.filter(({ code }) => code.startsWith("HEED32"));
  return { codes: mine.map(({ code }) => code), ms, said: mine.map(({ message }) => message) };
}

test("of many demands only those that contradict are named", () => {
  const others = Array.from({ length: 60 }, (_, index) => `    - lookup.crm.f${index}: x`).join("\n");
  const guard = `guard:\n  all:\n    - contact.status: new\n${others}\n    - contact.first_name: Ana\n    - contact.status: lost`;
  const heed = `${heedYaml}lookups: { crm: { http: { url: "https://crm.example.com" } } }\n`;
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heed, "a.yaml": ruleYaml("a", guard) }), null);
  const problem = problems.find(({ code }) => code === "HEED321");
  expect(problem?.message).toBe("`contact.status: lost` never holds together with `contact.status: new`");
  expect(problem?.related).toHaveLength(1);
});

test("a branch of a hundred cases is judged whole", () => {
  const cases = Array.from({ length: 99 }, (_, index) => `        c${index}: [{ tag: x }]`).join("\n");
  const branch = (last: string): string =>
    `trigger:\n  event: lead.demo_requested\n  where: { event.data.company: { not: zebra } }\nactions:\n  - branch:\n      on: event.data.company\n      cases:\n${cases}\n        ${last}: [{ tag: y }]`;
  const rule = (last: string): string => ruleYaml("a").replace(/trigger:[\s\S]*/, branch(last));
  const said = (last: string): readonly string[] =>
    checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": rule(last) }), null)
      .problems.filter(({ code }) => code.startsWith("HEED32"))
      .map(({ message }) => message);
  expect(said("zebra")).toEqual([expect.stringContaining("never zebra here")]);
  expect(said("giraffe")).toEqual([]);
});

test.each([
  [
    "very many contradictions",
    Array.from({ length: 400 }, (_, n) => `    - contact.status: { is: a${n}, not: a${n} }`),
  ],
  [
    "very many alternatives",
    Array.from({ length: 300 }, (_, n) => `    - any: [{ contact.status: a${n} }, { contact.first_name: b${n} }]`),
  ],
  ["very many values of one field", Array.from({ length: 800 }, (_, n) => `    - contact.status: { not: a${n} }`)],
])("%s take no longer than a blink", (_, lines) => {
  const { ms, codes } = check(`guard:\n  all:\n${lines.join("\n")}`);
  expect(ms).toBeLessThan(3_000);
  expect(codes.length).toBeLessThanOrEqual(lines.length);
});
