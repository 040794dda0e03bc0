import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { changeHouse } from "../../src/runtime/house-documents.ts";
import { DamagedRelease, packRules, type RuleFiles } from "../../src/runtime/release-content.ts";
import { createReleases, type ReleaseDraft } from "../../src/runtime/releases.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { virtualClock } from "../support/virtual-clock.ts";

function desk() {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const publish = async (digest: string, files: RuleFiles) =>
    createReleases(store, clock).publish(await draftOf(digest, files));
  return { clock, store, releases: createReleases(store, clock), publish };
}

async function draftOf(digest: string, files: RuleFiles): Promise<ReleaseDraft> {
  const said = { by: "olga", revision: null, plan: null, note: "", base: null, forecast: null };
  return { digest, rules: files.rules, packed: await packRules(files), ...said };
}

const one = (text: string): RuleFiles => ({ files: [{ name: "r.yaml", text }], rules: { r: text } });

test("a workspace that no document could hold comes back as it was", async () => {
  const { store, releases, publish } = desk();
  // Of five hundred rules, in a text that nothing compresses.
  const files = Array.from({ length: 500 }, (_, index) => ({
    name: `rules/${index}.yaml`,
    text: randomBytes(1_024).toString("base64"),
  }));
  const rules = Object.fromEntries(files.map(({ name }) => [name, "x"]));
  expect(JSON.stringify(files).length).toBeGreaterThan(store.traits.maxBody);
  const released = await publish("a", { files, rules });
  expect(released).toMatchObject({ kind: "released", release: { number: 1, added: { count: 500 } } });
  expect(await releases.filesOf(1)).toEqual({ files, rules });
});

test("twenty are kept, and of those that go nothing stays but their place", async () => {
  const { store, releases, publish } = desk();
  for (let number = 1; number <= 25; number++) await publish(`digest-${number}`, one(`text ${number}`));
  const kept = await releases.list();
  expect(kept.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  expect(await releases.filesOf(6)).toEqual(one("text 6"));
  const docs = await store.scan({ limit: 100 });
  const contents = docs.filter(({ key }) => key.startsWith("heed:release:"));
  expect(contents).toHaveLength(25);
  expect(contents.filter(({ body }) => body.byteLength <= 2)).toHaveLength(5);
  // What was emptied is whole again when the same rules come back.
  await publish("digest-1", one("text 1"));
  expect(await releases.filesOf(26)).toEqual(one("text 1"));
});

test("of two who deploy at once, one learns of the other", async () => {
  const { clock, store, releases } = desk();
  const drafts = [await draftOf("a", one("a")), await draftOf("b", one("b"))];
  const both = await Promise.all(drafts.map((draft) => createReleases(store, clock).publish(draft)));
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(["refused", "released"]);
  expect(await releases.list()).toHaveLength(1);
});

test("what is damaged is said to be, and keeps nobody from deploying", async () => {
  const { store, releases, publish } = desk();
  await publish("a", one("a"));
  const content = (await store.scan({ limit: 10 })).find(({ key }) => key.startsWith("heed:release:"));
  const key = content?.key ?? "";
  await changeHouse(store, `heed:${key.slice("heed:".length)}`, () => ({ write: { part: "AAAA" }, result: null }));
  await expect(releases.filesOf(1)).rejects.toThrow(DamagedRelease);
  expect(await publish("b", one("b"))).toMatchObject({ kind: "released", release: { number: 2 } });
  expect(await releases.filesOf(2)).toEqual(one("b"));
});
