import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { API_TOKEN } from "../support/heed-process.ts";

/** Where the pictures of pages go: kept with the output of a run, and never committed. */
export const pictures = join(
  process.env["HEED_TEST_RESULTS"] ?? new URL("../../test-results", import.meta.url).pathname,
  "console",
);

const sizes = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 375, height: 740 },
} as const;
const schemes = ["light", "dark"] as const;

/** A browser's window in which somebody is logged in, and all that went wrong in it. */
export interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors and warnings of the console, with them breaches of the policy, and requests that failed. */
  readonly faults: string[];
  open(path: string): Promise<void>;
}

interface WindowOptions {
  readonly url: string;
  readonly token?: string;
  readonly hasScript?: boolean;
  /** Who logs in, in their own words. */
  readonly name?: string;
}

export async function logIn(browser: Browser, options: WindowOptions): Promise<Window> {
  const { url, token = API_TOKEN, hasScript = true, name = "" } = options;
  // Smooth scrolling would still be on its way when a test looks.
  const context = await browser.newContext({
    baseURL: url,
    javaScriptEnabled: hasScript,
    viewport: sizes.desktop,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  watch(page, faults);
  await page.goto("/");
  expect(new URL(page.url()).pathname).toBe("/log-in");
  await page.getByLabel("Token").fill(token);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  return {
    context,
    page,
    faults,
    async open(path) {
      const answer = await page.goto(path, { waitUntil: "load" });
      expect(answer?.status(), path).toBe(200);
    },
  };
}

function watch(page: Page, faults: string[]): void {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      faults.push(`${page.url()}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${page.url()}: script: ${error.message}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // Whoever leaves a page ends what it listens to.
    if (why === "net::ERR_ABORTED" && ["eventsource", "fetch"].includes(request.resourceType())) return;
    faults.push(`${page.url()}: request: ${request.url()}: ${why}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${page.url()}: answer: ${response.url()}: ${response.status()}`);
  });
}

/** The paths that the page links to, within `scope`, each once. */
export async function linksOf(page: Page, scope: string): Promise<readonly string[]> {
  const found: unknown = await page.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(`${scope} a[href^="/"]`)})].map((link) => link.getAttribute("href"))`,
  );
  return [...new Set(stringsOf(found))];
}

function stringsOf(found: unknown): readonly string[] {
  return Array.isArray(found) ? found.map(String) : [];
}

/** Looks at the page as it is: each size and scheme, what axe says of it, and whether a phone shows it without scrolling aside. */
export async function lookAt(page: Page, name: string): Promise<readonly string[]> {
  const faults: string[] = [];
  mkdirSync(pictures, { recursive: true });
  await page.evaluate(axe.source);
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    if (size === "phone") faults.push(...(await sticksOut(page)));
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${size}, ${colorScheme}: ${fault}`));
      await page.screenshot({ path: join(pictures, `${name}.${size}.${colorScheme}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(sizes.desktop);
  return faults.map((fault) => `${name}: ${fault}`);
}

/** Violations of every impact, and of axe's own advice as well as of standards. */
async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  const found: unknown = await page.evaluate(`axe.run(document).then(({ violations }) =>
    violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target, failureSummary }) => [impact, id, target.join(" "), failureSummary].join(" | "))))`);
  return stringsOf(found);
}

async function sticksOut(page: Page): Promise<readonly string[]> {
  const wide: unknown = await page.evaluate(
    "document.documentElement.scrollWidth > innerWidth ? document.documentElement.scrollWidth : null",
  );
  return wide === null ? [] : [`on a phone it is ${JSON.stringify(wide)} wide`];
}

/** Goes through the page with the Tab key alone: what it does not reach, and what does not show that it has been. */
export async function keyboardFaults(page: Page): Promise<readonly string[]> {
  const all = stringsOf(await page.evaluate(MARK));
  const reached = new Set<string>();
  const faults: string[] = [];
  await page.evaluate("document.activeElement?.blur?.(); getSelection()?.removeAllRanges(); scrollTo(0, 0)");
  for (let presses = 0; presses < all.length + 60 && reached.size < all.length; presses += 1) {
    await page.keyboard.press("Tab");
    const [mark = "", isSeen = ""] = stringsOf(await page.evaluate(FOCUSED));
    if (mark === "" || reached.has(mark)) continue;
    reached.add(mark);
    if (isSeen !== "true") faults.push(`does not show its focus: ${mark}`);
  }
  return [...faults, ...all.filter((mark) => !reached.has(mark)).map((mark) => `Tab does not reach: ${mark}`)];
}

const MARK = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled)
  .map((each, index) => (each.dataset.mark = index + " " + each.outerHTML.slice(0, 100)))`;
const FOCUSED = `(() => {
  const each = document.activeElement;
  const style = getComputedStyle(each);
  const box = each.getBoundingClientRect();
  const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const isInView = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return [each.dataset.mark ?? "", isOutlined && isInView];
})()`;

/** A name for a page's pictures: its path without what only says whom it is about. */
export function shapeOf(path: string): string {
  const [first = "", second] = new URL(path, "http://localhost").pathname.split("/").filter((part) => part !== "");
  if (first === "") return "overview";
  return second === undefined ? first : `${first}-one`;
}
