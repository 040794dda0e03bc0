import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "../support/built-cli.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const workspace = (word: string) => helloWorkspace(word, "reentry: parallel");

test("run refuses to start with every problem of every file, and exits with 2", () => {
  const scratch = scratchDirectory();
  const directory = writeFiles(join(scratch, "rules"), {
    ...workspace("hi"),
    "leads/broken.yaml":
      "rule: broken\nclass: transactional\ntrigger: { event: lead.created }\ndealy: 15m\nactions: []\n",
    "leads/worse.yaml": "rule: &anchor worse\n",
  });
  const run = spawnSync(process.execPath, [cli, "run", directory, "--data-dir", join(scratch, "data"), "--port", "0"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain("leads/broken.yaml:4:1");
  expect(run.stderr).toContain("did you mean `delay`?");
  expect(run.stderr).toContain("leads/worse.yaml:1:");
});

test("a reload with a broken file changes nothing; one without swaps the whole set", { timeout: 60_000 }, async () => {
  const scratch = scratchDirectory();
  const directory = writeFiles(join(scratch, "rules"), workspace("first"));
  const heed = await startHeed({ workspace: directory, dataDirectory: join(scratch, "data") });
  expect(await textFor(heed, "a")).toBe("first");

  writeFiles(directory, { ...workspace("second"), "leads/broken.yaml": "rule: broken\n" });
  heed.signal("SIGHUP");
  await expect.poll(() => heed.output(), { timeout: 10_000 }).toContain("the old ones stay live");
  expect(heed.output()).toContain("leads/broken.yaml");
  expect(await textFor(heed, "b")).toBe("first");
  const stale = await readiness(heed);
  expect(stale).toMatchObject({ status: "ready", problems: [expect.stringContaining("the old ones stay live")] });

  rmSync(join(directory, "leads/broken.yaml"));
  heed.signal("SIGHUP");
  await expect.poll(() => heed.output(), { timeout: 10_000 }).toContain("the rules were reloaded");
  expect(await textFor(heed, "c")).toBe("second");
  const fresh = await readiness(heed);
  expect(fresh).toMatchObject({ status: "ready", problems: [] });
  expect([stale.rulebook.length, fresh.rulebook === stale.rulebook]).toEqual([64, false]);
  expect(await heed.stop()).toBe(0);
});

test("with --watch, a saved file is live without a signal", { timeout: 60_000 }, async () => {
  const scratch = scratchDirectory();
  const directory = writeFiles(join(scratch, "rules"), workspace("first"));
  const heed = await startHeed({ workspace: directory, dataDirectory: join(scratch, "data"), flags: ["--watch"] });
  writeFileSync(join(directory, "leads/hello.yaml"), workspace("second")["leads/hello.yaml"]);
  await expect.poll(() => heed.output(), { timeout: 10_000 }).toContain("the rules were reloaded");
  expect(await textFor(heed, "a")).toBe("second");
  await heed.stop();
});

async function readiness({ url }: HeedProcess): Promise<{ readonly rulebook: string }> {
  return (await (await fetch(`${url}/readyz`)).json()) as { readonly rulebook: string };
}

interface OutboxPage {
  readonly messages: readonly { readonly contact_id: string; readonly content: { readonly text: string } }[];
}

/** What a new lead is told. */
async function textFor(heed: HeedProcess, contact: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  const event = { event_type: "lead.created", contact_id: contact, address: { phone: "+12025550143" } };
  const posted = await fetch(`${heed.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(posted.status).toBe(200);
  let text: unknown = null;
  await expect
    .poll(
      async () => {
        const page = (await (await fetch(`${heed.url}/api/outbox`, { headers })).json()) as OutboxPage;
        const mine = page.messages.find((message) => message.contact_id === contact);
        text = mine?.content.text;
        return text;
      },
      { timeout: 10_000 },
    )
    .toBeDefined();
  return text;
}
