import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openBrowser } from "../support/chromium.ts";
import { startAcme } from "./acme.ts";
import { logIn } from "./console.ts";

// A night on call, in a browser alone: people leave in numbers, and the rule that drives them away stops itself.

const PATIENCE = 120_000;
/** A rule is judged by its last day from fifty messages on. */
const LEAVING = 55;

function request(contact: string, mailbox: string) {
  const address = { email: `${contact}+${mailbox}@example.com` };
  return { event_type: "lead.demo_requested", contact_id: contact, address, data: { first_name: contact } };
}

async function timelineOf(page: Page, contact: string): Promise<string> {
  await page.goto("/contacts");
  await page.getByLabel(/^Id, email address/).fill(contact);
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("heading", { name: "In short" }).waitFor();
  return (await page.locator("main").textContent()) ?? "";
}

/** The overview renews itself; nobody loads it again. */
async function news(page: Page, text: RegExp): Promise<void> {
  await page.getByRole("link", { name: text }).waitFor({ timeout: PATIENCE });
}

test("a rule that people flee is found, explained, and goes on with a reason", { timeout: 400_000 }, async () => {
  const browser = await openBrowser();
  const acme = await startAcme();
  const { page, open, faults, context } = await logIn(browser, { url: acme.heed.url, name: "Olga" });

  await open("/");
  for (let lead = 0; lead < LEAVING; lead += 1) await acme.post(request(`lead-${lead}`, "unsubscribes"));
  await news(page, /^rule:sales-demo paused itself$/);
  // A pause holds within one second.
  await sleep(1_000);
  await acme.post(request("late", "delivered"));

  await page.getByRole("link", { name: /paused itself/ }).click();
  const standing = page.getByRole("row", { name: /rule:sales-demo/ });
  expect(await standing.textContent()).toMatch(/itself.*opted out: more than self_protection\.opt_out_rate allows/);
  await open("/rules/sales-demo");
  expect(await page.locator("main").textContent()).toMatch(/paused/);

  expect(await timelineOf(page, "lead-3")).toMatch(/got `sales-demo` through email[^]*event email\.unsubscribed/);
  await expect
    .poll(() => timelineOf(page, "late"), { timeout: PATIENCE })
    .toMatch(/has not got `sales-demo` yet[^]*opted out: more than/);

  await open("/pauses");
  await page.getByRole("button", { name: "Resume rule:sales-demo" }).click();
  // A browser asks for the reason by itself, so nothing was sent and nothing resumed.
  expect(await standing.count()).toBe(1);
  await standing.getByLabel("Why").fill("the text says now why they get it");
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Resume rule:sales-demo" }).click();
  await page.getByRole("status").getByText("Resumed: rule:sales-demo").waitFor();
  await expect
    .poll(() => timelineOf(page, "late"), { timeout: PATIENCE })
    .toContain("late got `sales-demo` through email");
  await open("/");
  await page.getByText("Nothing is wrong.").waitFor({ timeout: PATIENCE });
  expect(faults).toEqual([]);
  await context.close();
});
