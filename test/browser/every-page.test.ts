import type { Browser } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { openBrowser } from "../support/chromium.ts";
import { type Acme, liveADay, startAcme } from "./acme.ts";
import { keyboardFaults, linksOf, logIn, lookAt, pictures, shapeOf, type Window } from "./console.ts";

// Each page is shown in two sizes and two colour schemes, each judged by axe, and walked with the keyboard: seconds a page.

let acme: Acme;
let browser: Browser;
let window: Window;

beforeAll(async () => {
  browser = await openBrowser();
  acme = await startAcme();
  await liveADay(acme);
  window = await logIn(browser, { url: acme.heed.url });
});

/** Of rules, contacts and the like, so many: they differ in what has happened to them. */
const MOST_ALIKE = 3;

/** Every page of the navigation, and what those link to. */
async function discover({ page, open }: Window): Promise<ReadonlyMap<string, readonly string[]>> {
  const inNavigation = await linksOf(page, "nav");
  const found = new Map(inNavigation.map((path) => [path, [path]]));
  // Rules are linked by name, and those that come first have nothing to tell yet.
  found.set("rules-one", ["/rules/sales-demo"]);
  for (const path of inNavigation) {
    await open(path);
    for (const linked of await linksOf(page, "main")) {
      if (inNavigation.includes(linked)) continue;
      const shape = shapeOf(linked);
      const alike = found.get(shape) ?? [];
      if (alike.length < MOST_ALIKE && !alike.includes(linked)) found.set(shape, [...alike, linked]);
    }
  }
  return found;
}

test("every page that the navigation leads to is whole, in both sizes and schemes", { timeout: 600_000 }, async () => {
  const { page, open, faults } = window;
  await open("/");
  const found = await discover(window);
  expect([...found.keys()]).toEqual(
    expect.arrayContaining([
      "/",
      "/rules",
      "/contacts",
      "/pending",
      "/dead-letters",
      "/pauses",
      "/outbox",
      "rules-one",
    ]),
  );
  const told: string[] = [];
  for (const [shape, paths] of found) {
    for (const [index, path] of paths.entries()) {
      await open(path);
      const name = `${shape === path ? shapeOf(path) : shape}${index === 0 ? "" : `-${index + 1}`}`;
      told.push(...(await lookAt(page, name)));
      told.push(...(await keyboardFaults(page)).map((fault) => `${name}: ${fault}`));
    }
  }
  process.stdout.write(`pictures of ${found.size} kinds of pages are in ${pictures}\n`);
  expect(told).toEqual([]);
  expect(faults).toEqual([]);
});
