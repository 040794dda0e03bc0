import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { createReleases } from "../../src/runtime/releases.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { helloWorkspace } from "../support/hello-workspace.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli, type Said } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const headers = { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" };
const PATIENCE = { timeout: 20_000 };

interface Place {
  readonly workspace: string;
  readonly dataDirectory: string;
}

function newPlace(): Place {
  const scratch = scratchDirectory();
  return { workspace: writeFiles(join(scratch, "rules"), helloWorkspace()), dataDirectory: join(scratch, "data") };
}

/** As `heed run --rules store`. */
function startWorker({ dataDirectory }: Place, env: Readonly<Record<string, string>> = {}, store?: string) {
  const at = store === undefined ? {} : { store };
  return startHeed({ workspace: "--rules=store", dataDirectory, env, ...at });
}

const heed = ({ workspace, dataDirectory }: Place, ...words: readonly string[]): Promise<Said> =>
  runCli([...words, "--data-dir", dataDirectory], { env: { HEED_RULES: workspace } });

async function rulebookOf({ url }: HeedProcess): Promise<{ readonly rulebook: string; readonly problems: string[] }> {
  return (await (await fetch(`${url}/readyz`)).json()) as { rulebook: string; problems: string[] };
}

async function tell({ url }: HeedProcess, contact: string): Promise<void> {
  const event = { event_type: "lead.created", contact_id: contact, address: { phone: "+12025550143" } };
  const posted = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
  expect(posted.status).toBe(200);
}

async function texts({ url }: HeedProcess): Promise<readonly string[]> {
  const page = (await (await fetch(`${url}/api/outbox`, { headers })).json()) as {
    readonly messages: readonly { readonly content: { readonly text: string } }[];
  };
  return page.messages.map(({ content }) => content.text);
}

interface Listed {
  readonly releases: readonly { readonly number: number; readonly digest: string; readonly restores: number | null }[];
}

async function listed(place: Place, ...flags: readonly string[]): Promise<Listed["releases"]> {
  const { stdout } = await heed(place, "deploy", "--list", "--format", "json", ...flags);
  return (JSON.parse(stdout) as Listed).releases;
}

test(
  "a worker takes what is deployed, keeps it when the next cannot run here, and goes back",
  {
    timeout: 180_000,
  },
  async () => {
    const place = newPlace();
    const nothing = await runCli(["run", "--rules", "store", "--data-dir", place.dataDirectory, "--port", "0"]);
    expect(nothing).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("nothing was deployed to this store yet"),
    });

    const first = await heed(
      place,
      "deploy",
      "--port",
      "1",
      "--reason",
      "first light",
      "--plan-digest",
      "abcdef0123456789",
    );
    expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining("+hello") });
    expect(first.stdout).toMatch(/^release 1 .* plan abcdef012345 .*first light\n/);
    // The folder is not needed any more.
    const folder = place.workspace;
    rmSync(folder, { recursive: true });
    const worker = await startWorker(place);
    const port = ["--port", new URL(worker.url).port];
    const before = await rulebookOf(worker);
    await tell(worker, "ana");
    await expect.poll(() => texts(worker), PATIENCE).toEqual(["Hello."]);
    // Who asks why needs no folder either.
    const why = await heed(place, "explain", "--contact", "ana", "--rules", "store");
    expect(why).toMatchObject({ status: 0, stdout: expect.stringContaining("ana got `hello` through sms") });
    expect(why.stdout).toContain("which is that of the files");

    writeFiles(folder, helloWorkspace("Good day."));
    const second = await heed(place, "deploy", ...port);
    expect(second.stdout).toMatch(/^release 2 .* ~hello\n/);
    await expect.poll(async () => (await rulebookOf(worker)).rulebook, PATIENCE).not.toBe(before.rulebook);
    const now = await rulebookOf(worker);
    expect((await listed(place, ...port))[0]?.digest).toBe(now.rulebook);
    await tell(worker, "ben");
    await expect.poll(() => texts(worker), PATIENCE).toContain("Good day.");
    expect((await heed(place, "deploy", ...port)).stdout).toContain("unchanged: release 2 has these rules");

    // Sound, and yet not for this worker: it lacks a variable.
    const needs = helloWorkspace("Secretly.");
    writeFiles(folder, { ...needs, "heed.yaml": needs["heed.yaml"].replace('"+12025550100"', '"${OUR_NUMBER}"') });
    expect(await heed(place, "deploy", ...port)).toMatchObject({ status: 0 });
    await expect
      .poll(async () => (await rulebookOf(worker)).problems, PATIENCE)
      .toEqual([expect.stringContaining("the newest deployed rules cannot be run here")]);
    expect((await rulebookOf(worker)).rulebook).toBe(now.rulebook);
    expect(worker.output()).toContain("OUR_NUMBER");
    expect(worker.output()).toContain("the rules were not reloaded");

    const back = await heed(place, "rollback", "--reason", "no number", ...port);
    expect(back).toMatchObject({ status: 0, stdout: expect.stringContaining("back to 2") });
    await expect.poll(async () => (await rulebookOf(worker)).problems, PATIENCE).toEqual([]);
    // Once more is farther back, not to where it came from.
    expect(await heed(place, "rollback", ...port)).toMatchObject({ stdout: expect.stringContaining("back to 1") });
    await expect.poll(async () => (await rulebookOf(worker)).rulebook, PATIENCE).toBe(before.rulebook);
    expect(await heed(place, "rollback", ...port)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no other release before this one"),
    });
    expect(await heed(place, "rollback", "--to", now.rulebook.slice(0, 8), ...port)).toMatchObject({ status: 0 });
    await expect.poll(async () => (await rulebookOf(worker)).rulebook, PATIENCE).toBe(now.rulebook);
    expect((await listed(place, ...port)).map(({ number, restores }) => [number, restores])).toEqual([
      [6, 2],
      [5, 1],
      [4, 2],
      [3, null],
      [2, null],
      [1, null],
    ]);
    await worker.stop();
  },
);

test(
  "over a shared store all workers swap, each with its own environment, and no secret is in the store",
  {
    timeout: 180_000,
  },
  async () => {
    const server = await startNatsServer();
    const place = newPlace();
    const needs = helloWorkspace();
    const heedYaml = needs["heed.yaml"].replace('"+12025550100"', '"${OUR_NUMBER}"');
    writeFiles(place.workspace, { ...needs, "heed.yaml": heedYaml });
    const git = (...words: string[]) => spawnSync("git", words, { cwd: place.workspace, encoding: "utf8" });
    git("init", "--quiet");
    git("config", "user.name", "Olga Ops");
    git("config", "user.email", "olga@example.com");
    git("add", ".");
    git("commit", "--quiet", "-m", "rules");
    const revision = git("rev-parse", "--short=12", "HEAD").stdout.trim();

    // Nothing has ever run there: workers come second.
    const first = await heed(place, "deploy", "--store", server.url);
    expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining(`git ${revision}  `) });

    const one = await startWorker(place, { OUR_NUMBER: "+12025550101" }, server.url);
    const two = await startWorker(newPlace(), { OUR_NUMBER: "+12025550102" }, server.url);
    const before = await rulebookOf(one);
    expect(await rulebookOf(two)).toMatchObject({ rulebook: before.rulebook });

    writeFiles(place.workspace, { "leads/hello.yaml": helloWorkspace("Good day.")["leads/hello.yaml"] });
    const second = await heed(place, "deploy", "--store", server.url);
    expect(second.stdout).toContain(`git ${revision}+changes`);
    const [newest] = await listed(place, "--store", server.url);
    expect(newest?.digest).not.toBe(before.rulebook);
    for (const worker of [one, two])
      await expect.poll(async () => (await rulebookOf(worker)).rulebook, PATIENCE).toBe(newest?.digest);
    await one.stop();
    await two.stop();
    const store = await openJetStreamStore({ url: server.url, namespace: "heed", clock: systemClock, mustExist: true });
    const { files } = await createReleases(store, systemClock).filesOf(newest?.number ?? 0);
    await store.close();
    const text = JSON.stringify(files);
    expect(text).toContain("${OUR_NUMBER}");
    expect(text).not.toContain("+1202555010");
    await server.stop();
  },
);

test(
  "what heed check refuses is not deployed, and a store that is not there is said plainly",
  {
    timeout: 120_000,
  },
  async () => {
    const place = newPlace();
    writeFiles(place.workspace, {
      "leads/hello.yaml": helloWorkspace("Hello {{ contact.nobody }}.")["leads/hello.yaml"],
    });
    const refused = await heed(place, "deploy", "--port", "1");
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("nothing was deployed") });
    expect(refused.stderr).toContain("leads/hello.yaml");
    expect(await heed(place, "deploy", "--list", "--port", "1")).toMatchObject({
      status: 3,
      stderr: expect.stringContaining(`there is no embedded store in ${place.dataDirectory}`),
    });
    const sound = writeFiles(join(scratchDirectory(), "rules"), helloWorkspace());
    await (await startHeed({ workspace: sound, dataDirectory: place.dataDirectory })).stop();
    expect(await heed(place, "deploy", "--list", "--port", "1")).toMatchObject({
      stdout: "nothing was deployed to this store yet\n",
    });
    expect(await heed(place, "rollback", "--port", "1")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("nothing was deployed to this store yet"),
    });
    const stopped = await heed(place, "deploy", "--list", "--store", "nats://127.0.0.1:1");
    expect(stopped).toMatchObject({ status: 3, stderr: expect.stringContaining("heed: ") });
  },
);
