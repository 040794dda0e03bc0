import { expect, test } from "vitest";
import { everyDocument } from "../../src/ledger/every-document.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { committed, createTestClock } from "../store/conformance/harness.ts";

test("a walk over all documents meets each once, page after page, from behind a key on", async () => {
  const store = openMemoryStore({ clock: createTestClock() });
  for (let index = 0; index < 1_101; index += 1) await committed(store, { key: `id:${index}` });
  const met: string[] = [];
  for await (const page of everyDocument(store)) met.push(...page.map(({ key }) => key));
  expect([met.length, new Set(met).size]).toEqual([1_101, 1_101]);
  const rest: string[] = [];
  for await (const page of everyDocument(store, met[599])) rest.push(...page.map(({ key }) => key));
  expect(rest).toEqual(met.slice(600));
});
