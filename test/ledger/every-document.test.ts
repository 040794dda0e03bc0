import { expect, test } from "vitest";
import { everyContact, everyDocument } from "../../src/ledger/every-document.ts";
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

test("a walk over contacts leaves out what is the house's own, however much of it lies between", async () => {
  const store = openMemoryStore({ clock: createTestClock() });
  for (let index = 0; index < 1_101; index += 1) await committed(store, { key: `heed:x:${index}` });
  for (const key of ["email:a@example.com", "id:z"]) await committed(store, { key });
  const met: string[] = [];
  for await (const page of everyContact(store)) met.push(...page.map(({ key }) => key));
  expect(met.toSorted()).toEqual(["email:a@example.com", "id:z"]);
});
