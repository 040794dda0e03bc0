import { afterEach, expect, it } from "vitest";
import { releasesPort } from "../../src/cli/releases-port.ts";
import { releasesPage, rollbackDeed } from "../../src/console/releases-page.ts";
import { packRules } from "../../src/runtime/release-content.ts";
import { createReleases } from "../../src/runtime/releases.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { harmless, hostile, openConsole, operator, viewer } from "./open-console.ts";
import { saidIn } from "./people-console.ts";
import { expectWellFormed } from "./well-formed.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function given() {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const releases = createReleases(store, clock);
  const parts = { releases: releasesPort(store, clock), zone: () => "America/New_York" };
  const console = await openConsole({ clock, pages: [releasesPage(parts)], deeds: [rollbackDeed(parts)] });
  closers.push(() => console.close());
  const sessions = {
    operator: await console.logIn(operator, "/releases", "Olga"),
    viewer: await console.logIn(viewer, "/releases"),
  };
  return {
    releases,
    async publish(digest: string, note: string): Promise<void> {
      const files = { files: [{ name: "r.yaml", text: digest }], rules: { "sales-demo": digest } };
      const said = { by: hostile, revision: "abc123", plan: null, note, base: null, forecast: null };
      await releases.publish({ digest, rules: files.rules, packed: await packRules(files), ...said });
    },
    page: async (as: keyof typeof sessions = "operator") =>
      (await console.get("/releases", sessions[as].cookie)).text(),
    async rollBack(fields: Record<string, string>, as: keyof typeof sessions = "operator") {
      const { cookie, csrf } = sessions[as];
      const answer = await console.post("/releases/rollback", { csrf, ...fields }, { cookie });
      return answer.status === 303 ? saidIn(answer) : String(answer.status);
    },
  };
}

it("tells who deployed what and why, as text, and offers a way back to operators alone", async () => {
  const { publish, page } = await given();
  expect(await page()).toContain("the rules come from a folder");
  await publish("aaaaaaaa", "the first");
  expect(await page()).not.toContain("Roll back");
  await publish("bbbbbbbb", hostile);
  const shown = await page();
  expectWellFormed(shown);
  expect(shown).toContain(harmless);
  expect(shown).toContain("changed: sales-demo");
  expect(shown).toContain('action="/releases/rollback"');
  const viewed = await page("viewer");
  expectWellFormed(viewed);
  expect(viewed).not.toContain("/releases/rollback");
});

it("brings back earlier rules for a reason, unless somebody deployed meanwhile", async () => {
  const { publish, rollBack, releases, page } = await given();
  await publish("aaaaaaaa", "the first");
  await publish("bbbbbbbb", "new prices");
  const wish = { to: "", on_change: "migrate", note: "wrong price", newest: "2" };
  expect(await rollBack(wish, "viewer")).toBe("403");
  expect(await rollBack({ ...wish, note: " " })).toContain("say why");
  expect(await rollBack({ ...wish, on_change: "x" })).toContain("choose what becomes of runs");
  expect(await rollBack({ ...wish, to: hostile })).toContain("choose to what");
  expect(await rollBack({ ...wish, to: "cccc" })).toContain("no release that is kept has the digest cccc");
  expect(await rollBack({ ...wish, newest: "1" })).toContain("somebody deployed meanwhile");
  expect(await releases.list()).toHaveLength(2);
  expect(await rollBack(wish)).toBe("Rolled back: release 3 brings back the rules of release 1.");
  expect((await releases.list())[0]).toMatchObject({
    digest: "aaaaaaaa",
    by: "Olga",
    note: "wrong price",
    restores: 1,
  });
  expect(await page()).toContain("3, back to 1");
  expect(await rollBack({ ...wish, to: "bbbbbbbb", newest: "3" })).toContain("release 4 brings back");
});
