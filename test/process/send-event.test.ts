import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "nats";
import { expect, test } from "vitest";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli, type Said } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const root = new URL("../..", import.meta.url).pathname;
const scratch = scratchDirectory();
const workspace = writeFiles(join(scratch, "rules"), helloWorkspace());

const heed = (words: readonly string[], env: Readonly<Record<string, string>>, stdin = ""): Promise<Said> =>
  runCli(words, { env: { HEED_RULES: workspace, ...env }, stdin });

async function texted({ url }: HeedProcess): Promise<readonly string[]> {
  const answer = await fetch(`${url}/api/outbox`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  const page = (await answer.json()) as { readonly messages: readonly { readonly contact_id: string }[] };
  return page.messages.map((message) => message.contact_id).toSorted();
}

/** Events that came out of the inbox. */
async function counted({ url }: HeedProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/heed_ingest_events_total\{provider="nats"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

/** Runs the README's example as it stands, but for the server's address and login. */
async function publishAsTheReadmeSays(port: number): Promise<void> {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, example = ""] = /```js\n([\s\S]*?heed\.events\.in[\s\S]*?)```/.exec(readme) ?? [];
  const server = '"nats://127.0.0.1:4222"';
  expect(example).toContain(server);
  const source = example.replace(server, `"127.0.0.1:${port}", user: "heed", pass: "s3cret"`);
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { cwd: root, stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(0);
}

const lead = (contact: string) => ["--type", "lead.created", "--contact", contact, "--phone", "+12025550143"];

test("events go through the door of a running system, each of a file too, and become messages", async () => {
  const running = await startHeed({ workspace, dataDirectory: join(scratch, "embedded") });
  const env = { PORT: new URL(running.url).port };
  const one = await heed(["send-event", ...lead("ana"), "--id", "e1"], env);
  expect(one).toMatchObject({ status: 0, stdout: "accepted: lead.created e1\n" });
  const lines = ["bob", "cleo", ""].map((contact_id) =>
    JSON.stringify({ event_type: "lead.created", contact_id, address: { phone: "(202) 555-0143" } }),
  );
  const many = await heed(["send-event", "-"], env, lines.join("\n"));
  expect(many).toMatchObject({ status: 1, stdout: "2 accepted, 0 known already, 1 refused\n" });
  expect(many.stderr).toContain('line 3: /contact_id: must NOT have fewer than 1 characters, found ""');
  await expect.poll(() => texted(running), { timeout: 60_000 }).toEqual(["ana", "bob", "cleo"]);
  const stranger = await heed(["send-event", ...lead("dan")], { ...env, HEED_API_TOKEN: "a-token-of-somebody-else" });
  expect(stranger.status).toBe(3);
  expect(stranger.stderr).toContain("does not take this token: set HEED_API_TOKEN to the one of the running system");
  expect(await running.stop()).toBe(0);
});

test("on NATS events wait in the store for the system to start again, beside those that others publish, with a login too", async () => {
  const nats = await startNatsServer({ config: 'authorization { user: "heed", password: "s3cret" }' });
  const env = { HEED_STORE: nats.url, HEED_NATS_USER: "heed", HEED_NATS_PASSWORD: "s3cret" };
  const early = await heed(["send-event", ...lead("ana"), "--id", "e1"], env);
  expect(early.status).toBe(3);
  expect(early.stderr).toContain("no Heed has run in the namespace heed on this server; it has none at all");
  const place = { workspace, dataDirectory: join(scratch, "nats"), env };
  expect(await (await startHeed(place)).stop()).toBe(0);
  const sent = await heed(["send-event", ...lead("ana"), "--id", "e1"], env);
  expect(sent).toMatchObject({ status: 0, stdout: "accepted: lead.created e1\n" });
  const publisher = await connect({ servers: nats.url, user: "heed", pass: "s3cret" });
  const event = { event_type: "lead.created", contact_id: "bob", address: { phone: "+12025550143" } };
  await publisher.jetstream().publish("heed.events.in.crm", JSON.stringify(event));
  await publisher.close();
  await publishAsTheReadmeSays(nats.port);
  const running = await startHeed(place);
  await expect.poll(() => texted(running), { timeout: 60_000 }).toEqual(["ana", "bob"]);
  // The rule answers to another event: it is enough that the README's came in.
  await expect.poll(() => counted(running), { timeout: 60_000 }).toBe(2);
  expect(await running.stop()).toBe(0);
  const refused = await heed(["pause", "all"], { ...env, HEED_NATS_PASSWORD: "s3crets" });
  expect(refused.status).toBe(3);
  expect(refused.stderr).toContain('refuses the user "heed" with this password: correct HEED_NATS_USER');
  expect(refused.stderr).not.toContain("s3cret");
  await nats.stop();
});
