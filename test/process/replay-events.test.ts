import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { newContact } from "../../src/core/model/contact.ts";
import { decodeContact, encodeContact } from "../../src/runtime/contact-codec.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { runCli } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
const PATIENCE = { timeout: 20_000 };

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

async function told({ url }: HeedProcess): Promise<readonly string[]> {
  const page = (await (await fetch(`${url}/api/outbox`, { headers })).json()) as {
    readonly messages: readonly { readonly contact_id: string }[];
  };
  return page.messages.map((message) => message.contact_id).toSorted();
}

async function lead({ url }: HeedProcess, contact: string, phone: string): Promise<void> {
  const event = { event_id: `lead-${contact}`, event_type: "lead.created", contact_id: contact, address: { phone } };
  const posted = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(posted.status).toBe(200);
}

/** Whether somebody's document knows an event. */
async function isKnown(key: string): Promise<boolean> {
  const store = await openJetStreamStore({ url: server.url, namespace: "heed", clock: systemClock, mustExist: true });
  const doc = await store.load(key, "latest");
  await store.close();
  return doc !== null && Object.keys(decodeContact(doc).seen).length > 0;
}

/** As a backup would bring it back that is older than all its events. */
async function restoreEmpty(key: string): Promise<void> {
  const store = await openJetStreamStore({ url: server.url, namespace: "heed", clock: systemClock, mustExist: true });
  const doc = await store.load(key, "latest");
  const body = encodeContact(newContact(key));
  expect(await store.commit({ key, base: doc?.rev ?? "new", body, wakeAt: null, emit: [] })).toMatchObject({
    ok: true,
  });
  await store.close();
}

test(
  "decides again what a restored contact has forgotten, and nothing of what is known",
  { timeout: 120_000 },
  async () => {
    const scratch = scratchDirectory();
    const workspace = writeFiles(join(scratch, "rules"), helloWorkspace());
    const start = () => startHeed({ workspace, dataDirectory: join(scratch, "data"), store: server.url });
    const replay = (...flags: string[]) => runCli(["replay", "--events", "--store", server.url, ...flags]);

    const first = await start();
    await lead(first, "ana", "+12025550143");
    await lead(first, "ben", "+12025550144");
    await expect.poll(() => told(first), PATIENCE).toEqual(["ana", "ben"]);
    expect((await replay("--since", "1h")).stdout).toBe(
      "2 came in: 0 will be decided, 2 are known to their contacts already\n",
    );
    await first.stop();
    await restoreEmpty("id:ana");

    expect(await replay("--since", "1h", "--dry-run")).toMatchObject({
      status: 0,
      stdout: "2 came in: 1 would be decided, 1 are known to their contacts already\n",
    });
    expect((await replay("--since", "1h", "--contact", "ben")).stdout).toContain("1 came in: 0 will be decided");
    expect((await replay("--since", "1h", "--type", "lead.lost")).stdout).toContain("0 came in");
    expect((await replay("--since", "1h")).stdout).toContain("1 will be decided");
    // Once more, before anybody has decided it: the document takes it once.
    expect((await replay("--since", "1h")).stdout).toContain("2 came in: 1 will be decided");
    const second = await start();
    // Ana's run is back; its message is the same as before, which its provider has.
    await expect.poll(() => isKnown("id:ana"), PATIENCE).toBe(true);
    await lead(second, "cleo", "+12025550145");
    await expect.poll(() => told(second), PATIENCE).toEqual(["ana", "ben", "cleo"]);
    expect((await replay("--since", "1h")).stdout).toContain("3 came in: 0 will be decided");
    await second.stop();
  },
);

test("leaves alone what the account knows of a contact that had too many events to remember them", async () => {
  const store = await openJetStreamStore({ url: server.url, namespace: "heed", clock: systemClock });
  const [key, at] = ["id:dan", new Date().toISOString()];
  const times = { occurred_at: at, received_at: at };
  const event = {
    schema_version: 1,
    event_type: "lead.created",
    ...times,
    provider: "api",
    contact_id: "dan",
    data: {},
  };
  const bodyOf = (event_id: string): Uint8Array => Buffer.from(JSON.stringify({ ...event, event_id }));
  await store.append(["one", "two"].map((id) => ({ id: `api:${id}`, key, body: bodyOf(id) })));
  const thisHour = Math.floor(systemClock.now() / 3_600_000);
  const committed = await store.commit({
    key,
    base: "new",
    body: encodeContact({ ...newContact(key), seen: { [`-${thisHour}`]: "" } }),
    wakeAt: null,
    emit: [{ lane: "audit", key, id: "api:one#0", body: Buffer.from("{}") }],
  });
  expect(committed).toMatchObject({ ok: true });
  await store.close();
  const replay = await runCli([
    "replay",
    "--events",
    "--store",
    server.url,
    "--since",
    "1h",
    "--contact",
    "dan",
    "--dry-run",
  ]);
  expect(replay.stdout).toBe("2 came in: 1 would be decided, 1 are known to their contacts already\n");
});

test("says what it cannot do: too long ago, no beginning, ids", async () => {
  const replay = (...flags: string[]) => runCli(["replay", "--events", ...flags]);
  expect(await replay("--since", "4d", "--store", server.url)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("at most 70 hours ago"),
  });
  expect(await replay()).toMatchObject({ status: 3, stderr: expect.stringContaining("--since") });
  expect(await replay("7", "--since", "1h")).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("takes no ids"),
  });
});
