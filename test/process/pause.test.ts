import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli, type Said } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };

interface Place {
  readonly workspace: string;
  readonly dataDirectory: string;
}

function newPlace(): Place {
  const scratch = scratchDirectory();
  return { workspace: writeFiles(join(scratch, "rules"), helloWorkspace()), dataDirectory: join(scratch, "data") };
}

const heed = ({ workspace, dataDirectory }: Place, ...words: readonly string[]): Promise<Said> =>
  runCli([...words, "--data-dir", dataDirectory], { env: { HEED_RULES: workspace } });

async function newLead({ url }: HeedProcess, contact: string): Promise<void> {
  const event = { event_type: "lead.created", contact_id: contact, address: { phone: "+12025550143" } };
  const posted = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(posted.status).toBe(200);
}

async function told({ url }: HeedProcess): Promise<readonly string[]> {
  const page = (await (await fetch(`${url}/api/outbox`, { headers })).json()) as {
    readonly messages: readonly { readonly contact_id: string }[];
  };
  return page.messages.map((message) => message.contact_id);
}

/** Whether a message was decided to wait for the end of a pause: the metric that counts reasons says so. */
async function waits({ url }: HeedProcess): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

async function pausedBySlip(place: Place, ...flags: readonly string[]): Promise<void> {
  const slip = await heed(place, "pause", "rule:helo", ...flags);
  expect(slip).toMatchObject({ status: 1, stdout: expect.stringContaining("paused the rule helo") });
  expect(slip.stderr).toContain("have no rule helo, did you mean `hello`? The pause stands all the same");
  const fax = await heed(place, "pause", "channel:fax", ...flags);
  expect(fax).toMatchObject({ status: 1, stderr: expect.stringContaining("have no channel fax. The pause stands") });
  expect(await heed(place, "resume", "rule:helo", ...flags)).toMatchObject({ status: 0 });
  expect(await heed(place, "resume", "channel:fax", ...flags)).toMatchObject({ status: 0 });
}

async function pausedThenResumed(place: Place, running: HeedProcess, ...flags: readonly string[]): Promise<void> {
  const paused = await heed(place, "pause", "rule:hello", "--reason", "wrong text", ...flags);
  expect(paused).toMatchObject({ status: 0, stdout: expect.stringContaining("paused the rule hello") });
  expect((await heed(place, "pause", "--list", ...flags)).stdout).toMatch(
    /^rule:hello {2}paused by .+ since .*: wrong text\n$/,
  );

  await newLead(running, "ana");
  await expect.poll(() => waits(running), { timeout: 15_000 }).toMatch(/reason="paused"/);
  expect(await told(running)).toEqual([]);

  const resumed = await heed(place, "resume", "rule:hello", ...flags);
  expect(resumed).toMatchObject({
    status: 0,
    stdout: "resumed the rule hello: what waits is judged anew within 30 seconds\n",
  });
  expect(await heed(place, "resume", "rule:hello", ...flags)).toMatchObject({ status: 1 });
  expect((await heed(place, "pause", "--list", ...flags)).stdout).toBe("nothing is paused\n");
  await newLead(running, "ben");
  await expect.poll(() => told(running), { timeout: 15_000 }).toContain("ben");
}

test(
  "through the running system: nothing is sent while it is paused, and once when it is resumed",
  { timeout: 120_000 },
  async () => {
    const place = newPlace();
    const running = await startHeed(place);
    await pausedBySlip(place, "--port", new URL(running.url).port);
    await pausedThenResumed(place, running, "--port", new URL(running.url).port);
    await expect.poll(() => told(running), { timeout: 60_000 }).toEqual(["ana", "ben"]);

    const lost = await heed(place, "pause", "all", "--port", "1");
    expect(lost).toMatchObject({ status: 3, stderr: expect.stringContaining("name its --host and --port") });
    await running.stop();
  },
);

test(
  "without a running system, in its store: what is paused then is paused when it starts",
  { timeout: 60_000 },
  async () => {
    const place = newPlace();
    // Where nothing has ever run, a switch would look as if it had worked.
    const nowhere = await heed(place, "pause", "all", "--port", "1");
    expect(nowhere).toMatchObject({ status: 3, stdout: "" });
    expect(nowhere.stderr).toContain(
      `there is no embedded store in ${place.dataDirectory}: name its --host and --port`,
    );
    expect(existsSync(place.dataDirectory)).toBe(false);
    await (await startHeed(place)).stop();

    const paused = await heed(place, "pause", "all", "--for", "2h", "--port", "1");
    expect(paused.stdout).toMatch(/^paused everything until 20/);
    expect(paused.stderr).toContain("no running system answers at http://127.0.0.1:1");
    const running = await startHeed(place);
    const page: unknown = await (await fetch(`${running.url}/api/pauses`, { headers })).json();
    expect(page).toMatchObject({ pauses: [{ target: "all", reason: "paused", note: "" }] });
    await running.stop();
  },
);

test("on NATS, in the store that all processes share", { timeout: 120_000 }, async () => {
  const server = await startNatsServer();
  const place = newPlace();
  const running = await startHeed({ ...place, store: server.url });
  await pausedThenResumed(place, running, "--store", server.url);
  await running.stop();
  await server.stop();
});

test("a target or a length that is none says what to write", async () => {
  const place = newPlace();
  expect(await heed(place, "pause", "hello")).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("expected all, rule:<id> or channel:<name>"),
  });
  expect(await heed(place, "pause", "all", "--for", "soon")).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("30m, 2h or 3d"),
  });
  expect(await heed(place, "resume")).toMatchObject({ status: 3 });
});

test("the API asks for a token and says what it expects", { timeout: 60_000 }, async () => {
  const running = await startHeed(newPlace());
  const put = async (target: string, body: string, asked: Record<string, string> = headers): Promise<number> => {
    const url = `${running.url}/api/pauses/${encodeURIComponent(target)}`;
    return (await fetch(url, { method: "PUT", headers: asked, body })).status;
  };
  expect(await put("all", "{}", { "content-type": "application/json" })).toBe(401);
  expect(await put("rules", "{}")).toBe(400);
  expect(await put("all", `{ "until": "soon" }`)).toBe(400);
  expect(await put("all", `{ "until": "5" }`)).toBe(400);
  expect(await put("all", `{ "note": 1 }`)).toBe(400);
  expect(await put("all", "{")).toBe(400);
  expect(await put("channel:sms", `{ "until": "2999-01-01T00:00:00Z" }`)).toBe(200);
  await running.stop();
});
