import { join } from "node:path";
import { expect, test } from "vitest";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli, type Said } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const PEOPLE = 12;

function newPlace() {
  const scratch = scratchDirectory();
  const { "heed.yaml": heed, ...rules } = helloWorkspace();
  const kept = { ...rules, "heed.yaml": `${heed}retention: { events: 90d, ledger: 400d }\n` };
  return { workspace: writeFiles(join(scratch, "rules"), kept), dataDirectory: join(scratch, "data") };
}

async function post({ url }: HeedProcess): Promise<void> {
  const events = Array.from({ length: PEOPLE }, (_, index) => ({
    event_id: `lead-${index}`,
    event_type: "lead.created",
    contact_id: `person-${index}`,
    address: { phone: `+120255501${String(index).padStart(2, "0")}` },
  }));
  const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
  const posted = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(events) });
  expect(posted.status).toBe(200);
}

/** What a person on call does, while it runs and after it was stopped. */
async function walk(place: ReturnType<typeof newPlace>, store: string | null): Promise<void> {
  const flags = ["--data-dir", place.dataDirectory, ...(store === null ? [] : ["--store", store])];
  const heed = (...words: readonly string[]): Promise<Said> =>
    runCli([...words, ...flags], { env: { HEED_RULES: place.workspace } });
  const running = await startHeed({ ...place, ...(store !== null && { store }) });
  await post(running);
  await expect
    .poll(() => heed("reconcile"), { timeout: 30_000, interval: 500 })
    .toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`messages  ${PEOPLE} were meant = ${PEOPLE} have ended + 0 in flight`),
    });
  expect((await heed("reconcile")).stdout).toContain(`events    ${PEOPLE} came in = ${PEOPLE} decided + 0 pending`);

  const traced = await heed("trace", "lead-3");
  expect(traced).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("lead.created lead-3 from api: accepted"),
  });
  expect(traced.stdout).toContain("lies in the outbox of this machine");
  expect(await heed("trace", "lead-99")).toMatchObject({ status: 1, stdout: expect.stringContaining("never arrived") });

  const there = ["--port", new URL(running.url).port];
  expect(await heed("pause", "rule:hello", "--reason", "wrong text", ...there)).toMatchObject({ status: 0 });
  expect(await heed("resume", "rule:hello", "--reason", "was right", ...there)).toMatchObject({ status: 0 });
  const messages = await heed("export", "--what", "messages", "--format", "csv");
  expect(messages.stdout.trim().split("\r\n")).toHaveLength(PEOPLE + 1);

  expect(await running.stop()).toBe(0);
  const lines = (await heed("export")).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const deeds = lines.filter(({ contact }) => contact === "heed:house").map(({ detail }) => detail);
  expect(deeds).toMatchObject([
    { command: "deployed", actor: "heed" },
    { command: "pause", target: "rule:hello", note: "wrong text" },
    { command: "resume", target: "rule:hello" },
  ]);
  const verified = await heed("ledger", "verify");
  expect(verified.stdout).toContain(`${lines.length} lines are as they were when they were sealed`);
  expect(verified).toMatchObject({ status: 0, stdout: expect.stringContaining("nothing was changed") });
}

test("the account proves and tells what a system did, while it runs and after", { timeout: 120_000 }, async () => {
  await walk(newPlace(), null);
});

test("and so it does on NATS", { timeout: 120_000 }, async () => {
  const nats = await startNatsServer();
  try {
    await walk(newPlace(), nats.url);
  } finally {
    await nats.stop();
  }
});
