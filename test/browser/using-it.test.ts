import type { Browser, Page } from "playwright-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { openBrowser } from "../support/chromium.ts";
import { API_TOKEN } from "../support/heed-process.ts";
import { type Acme, hostile, liveADay, startAcme, VIEWER_TOKEN } from "./acme.ts";
import { linksOf, logIn, type Window } from "./console.ts";

// A real browser, and a day of Acme to look at: starting both takes most of the time.

let acme: Acme;
let browser: Browser;
let operator: Window;

beforeAll(async () => {
  browser = await openBrowser();
  acme = await startAcme();
  await liveADay(acme);
  operator = await logIn(browser, { url: acme.heed.url });
});

beforeEach(() => operator.faults.splice(0));

async function tile(page: Page, name: string): Promise<number> {
  const text = await page.locator(".tiles > div", { hasText: name }).locator("dd").textContent();
  return Number((text ?? "").replace(/\D/g, ""));
}

function demoRequest(contact: string) {
  return {
    event_type: "lead.demo_requested",
    contact_id: contact,
    address: { email: `${contact}@example.com` },
    data: { first_name: contact },
  };
}

async function toldTeam(contact: string): Promise<boolean> {
  return JSON.stringify(await acme.api("/api/outbox")).includes(`"contact_id":"${contact}"`);
}

test("the overview follows what happens, without being loaded again", async () => {
  const { page, open, faults } = operator;
  await open("/");
  const before = await tile(page, "Events this hour");
  await page.evaluate("window.isTheSame = true");
  await acme.post({ event_type: "Pricing Page Viewed", contact_id: "watcher", data: { plan_name: "Pro" } });
  await expect.poll(() => tile(page, "Events this hour"), { timeout: 15_000 }).toBeGreaterThan(before);
  expect(await page.evaluate("window.isTheSame")).toBe(true);
  expect(faults).toEqual([]);
});

test("the first key leads past the navigation", async () => {
  const { page, open } = operator;
  await open("/rules");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  expect(await page.evaluate("document.activeElement.textContent")).toBe(await skip.textContent());
  expect((await skip.boundingBox())?.x).toBeGreaterThanOrEqual(0);
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.id")).toBe("main");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.closest('main') !== null")).toBe(true);
});

test("a pause made here holds, says why, and ends with a reason", async () => {
  const { page, open, faults } = operator;
  await open("/pauses");
  await page.locator("select[name=target]").selectOption("rule:sales-demo");
  const form = page.locator("form[action='/pauses/pause']");
  await form.getByLabel("Why").fill("wrong booking link");
  await form.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("status").getByText("Paused: rule:sales-demo").waitFor();
  await page.getByRole("cell", { name: "wrong booking link" }).waitFor();

  await acme.post(demoRequest("paula"));
  await open("/");
  await page.getByRole("link", { name: /^rule:sales-demo is paused/ }).waitFor();
  await page.getByRole("rowheader", { name: "paused", exact: true }).waitFor();
  expect(await toldTeam("paula")).toBe(false);

  await open("/pauses");
  await page
    .getByRole("row", { name: /sales-demo/ })
    .getByLabel("Why")
    .fill("the link is right now");
  const asked: string[] = [];
  page.once("dialog", (dialog) => {
    asked.push(dialog.message());
    void dialog.accept();
  });
  await page.getByRole("button", { name: "Resume rule:sales-demo" }).click();
  await page.getByRole("status").getByText("Resumed: rule:sales-demo").waitFor();
  expect(asked).toEqual(["Resume rule:sales-demo? What waits is sent."]);
  await expect.poll(() => toldTeam("paula"), { timeout: 60_000 }).toBe(true);
  expect(faults).toEqual([]);
});

test("without a script every page can be read, and a form does what it says", async () => {
  const { page, open, faults, context } = await logIn(browser, { url: acme.heed.url, hasScript: false });
  for (const path of await linksOf(operator.page, "nav")) {
    await open(path);
    expect(await page.getByRole("heading", { level: 1 }).count(), path).toBe(1);
  }
  await open("/pauses");
  await page.locator("select[name=target]").selectOption("channel:desk");
  await page.locator("form[action='/pauses/pause']").getByLabel("Why").fill("the desk is at lunch");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("status").getByText("Paused: channel:desk").waitFor();
  await page.getByRole("row", { name: /desk/ }).getByLabel("Why").fill("lunch is over");
  await page.getByRole("button", { name: "Resume channel:desk" }).click();
  await page.getByRole("status").getByText("Resumed: channel:desk").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a viewer is shown everything and offered nothing, and is refused all the same", async () => {
  const { page, open, faults, context } = await logIn(browser, { url: acme.heed.url, token: VIEWER_TOKEN });
  const navigation = await linksOf(page, "nav");
  const changing: string[] = [];
  const seen = new Set<string>();
  for (const path of navigation) {
    await open(path);
    const below = (await linksOf(page, "main")).filter((link) => !navigation.includes(link)).slice(0, 2);
    for (const each of [path, ...below]) {
      if (seen.has(each)) continue;
      seen.add(each);
      await open(each);
      const forms: unknown = await page.evaluate(
        "[...document.querySelectorAll('main form[method=post]')].map((form) => form.getAttribute('action'))",
      );
      if (Array.isArray(forms)) changing.push(...forms.map((action) => `${each}: ${String(action)}`));
    }
  }
  // A search only looks.
  expect(changing.filter((form) => !form.endsWith(": /contacts/find"))).toEqual([]);
  expect(seen.size).toBeGreaterThan(navigation.length);
  expect(faults).toEqual([]);

  const csrf = await page.locator("input[name=csrf]").first().inputValue();
  for (const path of ["/pauses/pause", "/pauses/resume"]) {
    const fields = JSON.stringify({ csrf, target: "all", minutes: "0", note: "a viewer's" });
    const status: unknown = await page.evaluate(
      `fetch("${path}", { method: "POST", body: new URLSearchParams(${fields}) }).then((answer) => answer.status)`,
    );
    expect(status, path).toBe(403);
  }
  expect(await acme.api("/api/pauses")).toMatchObject({ pauses: [] });
  await context.close();
});

test("markup in names and texts is shown and never runs", async () => {
  const { page, open, faults } = operator;
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await open("/contacts");
  await page.locator("input[name=who]").fill(hostile);
  await page.locator("input[name=who]").press("Enter");
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  const contact = new URL(page.url()).pathname;
  await open("/dead-letters");
  const letters = (await linksOf(page, "main")).filter((path) => path.startsWith("/dead-letters/"));
  expect(letters.length).toBeGreaterThanOrEqual(2);
  for (const path of [contact, "/rules/impatient", ...letters, "/dead-letters", "/outbox", "/pending", "/"]) {
    await open(path);
    for (const summary of await page.locator("summary").all()) await summary.click();
    const planted = await page.locator("[onerror], [onload], script:not([src]), img[src=x]").count();
    expect(planted, `${path}: markup of an attacker became a part of the page`).toBe(0);
    expect(await page.evaluate("window.hacked ?? null"), path).toBe(null);
  }
  for (const path of [contact, "/rules/impatient", "/outbox"]) {
    await open(path);
    // It was there, or it would prove nothing.
    expect(await page.locator("main").textContent(), path).toContain(`<script>window.hacked=1</script>`);
  }
  expect(dialogs).toEqual([]);
  expect(faults).toEqual([]);
});

test("logging out ends it, for a copy of its cookie as well, and logging in goes on where one was", async () => {
  const { page, open, context } = await logIn(browser, { url: acme.heed.url, name: "Olga" });
  await open("/rules");
  await page.getByText("Olga, operator").waitFor();
  const copy = await context.storageState();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  expect((await context.cookies()).map(({ name }) => name)).not.toContain("heed_session");
  await page.goto("/rules");
  expect(new URL(page.url()).pathname).toBe("/log-in");
  await page.goBack();
  expect(await page.locator("main").textContent()).not.toContain("sales-demo");
  const thief = await (await browser.newContext({ baseURL: acme.heed.url, storageState: copy })).newPage();
  await thief.goto("/rules/sales-demo");
  expect(new URL(thief.url()).pathname).toBe("/log-in");
  await thief.getByLabel("Token").fill(API_TOKEN);
  await thief.getByRole("button", { name: "Log in" }).click();
  await thief.getByRole("heading", { level: 1, name: "sales-demo" }).waitFor();
  await thief.context().close();
  await context.close();
});
