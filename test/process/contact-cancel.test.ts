import { join } from "node:path";
import { expect, test } from "vitest";
import { API_TOKEN, startHeed } from "../support/heed-process.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };

const FILES = {
  "heed.yaml": `
workspace: cancelling
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
events: { lead.created: {}, cart.left: {} }
`,
  "leads/hello.yaml": `
rule: hello
description: Say hello to a new lead the next day.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
delay: 24h
actions:
  - send: sms
    text: Hello.
`,
  "leads/cart.yaml": `
rule: cart
description: Remind of a cart.
owner: growth-ops
class: transactional
trigger: { event: cart.left }
delay: 24h
actions:
  - send: sms
    text: Your cart waits.
`,
};

test("a person ends a run, in a running system and in a store that nobody has open", { timeout: 120_000 }, async () => {
  const scratch = scratchDirectory();
  const workspace = writeFiles(join(scratch, "rules"), FILES);
  const dataDirectory = join(scratch, "data");
  const running = await startHeed({ workspace, dataDirectory });
  const port = ["--port", new URL(running.url).port];
  const heed = (...words: readonly string[]) =>
    runCli([...words, "--data-dir", dataDirectory], { env: { HEED_RULES: workspace, HEED_API_TOKEN: API_TOKEN } });
  const cancel = (...words: readonly string[]) => heed("contact", "cancel", ...words);
  const runs = async (): Promise<readonly string[]> => {
    const shown = await heed("contact", "show", "ana", ...port);
    const read = shown.status === 0 ? (JSON.parse(shown.stdout) as { runs: { rule: string }[] }) : { runs: [] };
    return read.runs.map(({ rule }) => rule).toSorted();
  };
  for (const event_type of ["lead.created", "cart.left"]) {
    const event = { event_type, contact_id: "ana", address: { phone: "+12025550143" } };
    const posted = await fetch(`${running.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
    expect(posted.status).toBe(200);
  }
  await expect.poll(runs, { timeout: 20_000 }).toEqual(["cart", "hello"]);

  expect(await cancel("ana", "hello", ...port)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("--reason"),
  });
  const why = ["--reason", "asked by phone", "--actor", "Kim"];
  expect(await cancel("nobody", "hello", ...why, ...port)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("nobody is known as nobody"),
  });
  expect(await cancel("ana", "helo", ...why, ...port)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/no run of helo is under way; these are: .*hello \(/),
  });
  expect(await cancel("+12025550143", "hello", ...why, ...port)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^cancelled: hello \(/),
  });
  await expect.poll(runs, { timeout: 20_000 }).toEqual(["cart"]);
  const told = await heed("explain", "--contact", "ana", "--rule", "hello");
  expect(told.stdout).toContain("(cancelled): Kim: asked by phone");

  const wish = { contact: "ana", run: "cart", reason: "asked by phone" };
  const post = (body: object, authorization = headers.authorization) =>
    fetch(`${running.url}/api/contacts/cancel`, {
      method: "POST",
      headers: { ...headers, authorization },
      body: JSON.stringify(body),
    });
  expect((await post(wish, "Bearer wrong")).status).toBe(401);
  for (const bad of [{ ...wish, reason: "" }, { ...wish, run: 7 }, { ...wish, contact: "" }, []])
    expect((await post(bad)).status).toBe(400);
  for (const contact of ["email:", "__proto__", "anon:\u0000", "x".repeat(300)])
    expect(await (await post({ ...wish, contact })).json()).toEqual({ kind: "nobody" });
  await running.stop();

  expect(await cancel("ana", "cart", ...why, "--port", "1")).toMatchObject({ status: 0 });
  const again = await startHeed({ workspace, dataDirectory });
  port[1] = new URL(again.url).port;
  await expect.poll(runs, { timeout: 20_000 }).toEqual([]);
  await again.stop();
});
