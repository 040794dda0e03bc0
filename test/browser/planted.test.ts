import { expect, test } from "vitest";
import { openBrowser } from "../support/chromium.ts";
import { keyboardFaults, lookAt } from "./console.ts";

/** A page with one fault of each kind: what was never seen finding anything is not trusted. */
const planted = `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>Planted</title>
<style>.pale { color: #ccc; background: #fff } :focus-visible { outline: 3px solid } .hidden-focus:focus-visible { outline: none }</style></head>
<body><main><h1>Planted</h1>
<p class="pale">Hard to read</p>
<img src="data:," >
<p style="width: 900px">Wider than a phone</p>
<button tabindex="-1">Only for mice</button>
<button class="hidden-focus">Shows no focus</button>
<a href="/fine">Fine</a>
</main></body></html>`;

test("what the other tests look for is found where it is planted", async () => {
  const page = await (await openBrowser()).newPage({ viewport: { width: 1280, height: 900 } });
  await page.setContent(planted);
  const seen = (await lookAt(page, "planted")).join("\n");
  expect(seen).toContain("color-contrast");
  expect(seen).toContain("image-alt");
  expect(seen).toMatch(/on a phone it is 9\d\d wide/);
  expect(await keyboardFaults(page)).toEqual([
    expect.stringMatching(/^does not show its focus: .*hidden-focus/),
    expect.stringMatching(/^Tab does not reach: .*Only for mice/),
  ]);
});
