import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cli } from "../support/built-cli.ts";
import { thorough } from "../support/chosen-nats.ts";
import { API_TOKEN, type HeedProcess, startHeed } from "../support/heed-process.ts";
import { startNatsServer } from "../support/nats-server.ts";
import { runCli, type Said } from "../support/run-cli.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const execute = promisify(execFile);
const heedFile = `
workspace: hello
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
contacts:
  fields:
    first_name: { type: string }
    plan: { type: string, enum: [free, pro] }
    seats: { type: integer }
events: { lead.created: {} }
`;
const rule = `
rule: hello
description: Say hello to a new lead who pays.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
guard: { contact.seats: { gte: 10 } }
actions:
  - send: sms
    text: Hello.
`;

interface Ground {
  readonly scratch: string;
  readonly workspace: string;
  readonly dataDirectory: string;
}

function ground(): Ground {
  const scratch = scratchDirectory();
  const workspace = writeFiles(join(scratch, "rules"), { "heed.yaml": heedFile, "leads/hello.yaml": rule });
  return { scratch, workspace, dataDirectory: join(scratch, "data") };
}

function write({ scratch }: Ground, name: string, lines: readonly string[]): string {
  const file = join(scratch, name);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  return file;
}

type Heed = (...words: readonly string[]) => Promise<Said>;

const commandsOn =
  ({ workspace, dataDirectory }: Ground, env: Readonly<Record<string, string>> = {}): Heed =>
  (...words) =>
    runCli(words, { env: { HEED_RULES: workspace, HEED_DATA_DIR: dataDirectory, ...env } });

async function texted({ url }: HeedProcess): Promise<readonly string[]> {
  const answer = await fetch(`${url}/api/outbox`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  const page = (await answer.json()) as { readonly messages: readonly { readonly contact_id: string }[] };
  return page.messages.map((message) => message.contact_id).toSorted();
}

/** The same story on either store: what is imported, put and said by hand decides who is spoken to. */
async function story(heed: Heed, running: HeedProcess, place: Ground): Promise<void> {
  const people = write(place, "people.csv", [
    "id,phone,first_name,seats,sms consent,consent source,consent wording",
    "ana,+12025550143,Ana,12,granted,checkout,Text me.",
    "bob,+12025550144,Bob,30,,,",
    "cleo,+12025550145,Cleo,many,,,",
    "dan,+12025550146,Dan,2,,,",
  ]);
  const imported = await heed("contact", "import", people);
  expect(imported).toMatchObject({ status: 1, stdout: "3 rows taken in (4 events), 1 refused\n" });
  const again = await heed("contact", "import", people);
  expect(again.stdout).toBe("3 rows taken in (0 events, 4 known already), 1 refused\n");
  const silent = write(place, "silent.csv", ["address,reason,since", "+12025550144,opted_out,2026-01-02"]);
  expect(await heed("contact", "import", silent, "--suppressions")).toMatchObject({ status: 0 });

  const put = await fetch(`${running.url}/v1/contacts/cleo`, {
    method: "PUT",
    headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ addresses: { phone: "(202) 555-0145" }, attributes: { seats: "11" } }),
  });
  expect(put.status).toBe(200);
  const set = await heed("contact", "set", "dan", "seats=15", "--actor", "Zoe", "--reason", "called us");
  expect(set).toMatchObject({ status: 0, stdout: "taken in: contact.updated\n" });
  expect(await heed("contact", "tag", "dan", "vip")).toMatchObject({ status: 0 });
  expect(await heed("contact", "consent", "+12025550146", "sms", "denied", "--source", "phone")).toMatchObject({
    status: 0,
    stderr: expect.stringContaining("+12025550146 is taken as phone:+12025550146: it belongs to id:dan"),
  });

  for (const [contact, seats] of [
    ["ana", 12],
    ["bob", 30],
    ["cleo", 11],
    ["dan", 15],
  ] as const) {
    await expect
      .poll(async () => (await heed("contact", "show", contact)).stdout, { timeout: 60_000 })
      .toContain(`"seats": ${seats}`);
  }
  const known = await heed("contact", "show", "dan");
  expect(JSON.parse(known.stdout)).toMatchObject({
    tags: ["vip"],
    consent: { sms: expect.stringMatching(/^denied since .*, phone$/) },
  });
  const why = await heed("explain", "--contact", "dan");
  expect(why.stdout).toMatch(/contact\.updated.*"actor":"Zoe","reason":"called us"/);

  await expect
    .poll(async () => (await heed("contact", "show", "phone:+12025550144")).stdout, { timeout: 60_000 })
    .toContain('"phone:+12025550144": "suppressed since 2026-01-02T05:00:00Z"');
  for (const contact of ["ana", "bob", "cleo", "dan"]) {
    await heed("send-event", "--type", "lead.created", "--contact", contact, "--id", `lead-${contact}`);
  }
  await expect.poll(() => texted(running), { timeout: 60_000 }).toEqual(["ana", "cleo", "dan"]);
  await expect
    .poll(async () => (await heed("explain", "--contact", "bob")).stdout, { timeout: 60_000 })
    .toContain("suppressed");
}

/** What a person may ask for, and that it is gone afterwards while the number stays silent. */
async function exportedAndErased(heed: Heed): Promise<void> {
  const exported = await heed("contact", "export", "phone:+12025550144");
  const all = JSON.parse(exported.stdout) as {
    readonly events: readonly { readonly key: string }[];
    readonly contact: string;
    readonly documents: readonly { readonly key: string }[];
    readonly account: readonly { readonly event?: string }[];
  };
  expect(all.contact).toBe("id:bob");
  expect(all.documents.map(({ key }) => key).toSorted()).toEqual(["id:bob", "phone:+12025550144"]);
  expect(all.documents.find(({ key }) => key === "id:bob")).toMatchObject({ attributes: { first_name: "Bob" } });
  // As they came in, and of nobody else.
  expect(new Set(all.events.map(({ key }) => key))).toContain("id:bob");
  expect(JSON.stringify(all.events)).not.toContain("id:dan");
  expect(all.account.some(({ event }) => event === "lead-bob")).toBe(true);
  expect(await heed("contact", "export", "nobody")).toMatchObject({ status: 1, stdout: "" });

  expect(await heed("contact", "erase", "bob", "--yes")).toMatchObject({ status: 0 });
  await expect
    .poll(async () => (await heed("contact", "show", "bob")).stdout, { timeout: 60_000 })
    .toContain("erased_at");
  await expect
    .poll(async () => (await heed("contact", "export", "bob")).stdout, { timeout: 60_000 })
    .not.toContain("Bob");
  const silence = await heed("contact", "show", "phone:+12025550144");
  expect(silence.stdout).toContain("suppressed since 2026-01-02T05:00:00Z");
}

/** Some forty commands, each a process of its own. */
const SLOW_MS = 300_000;

test(
  "contacts go in and out beside a running system, which has its store open",
  async () => {
    const place = ground();
    const running = await startHeed(place);
    const heed = commandsOn(place, { PORT: new URL(running.url).port });
    await story(heed, running, place);
    await exportedAndErased(heed);

    const wrong = await heed("contact", "set", "dan", "seats=a few");
    expect(wrong).toMatchObject({ status: 3, stdout: "" });
    expect(wrong.stderr).toContain("seats: must be a whole number such as 1200");
    const unknown = await heed("contact", "set", "dan", "seat=3");
    expect(unknown.stderr).toContain(
      "seat is no field of contacts: heed.yaml declares time_zone, first_name, plan, seats",
    );
    const bare = await heed("contact", "consent", "dan", "sms", "granted");
    expect(bare.stderr).toContain("--source: is missing");
    expect(bare.stderr).toContain("--wording: is missing");
    const slip = await heed("contact", "consent", "dann", "sms", "denied");
    expect(slip).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringContaining("nobody is known as id:dann"),
    });
    const elsewhere = await heed("contact", "set", "dan", "seats=3", "--port", "1");
    expect(elsewhere.stderr).toContain("a running system has");
    expect(await running.stop()).toBe(0);
  },
  SLOW_MS,
);

test(
  "contacts go in and out on NATS, and nothing goes where no Heed has run",
  async () => {
    const nats = await startNatsServer();
    const place = ground();
    const env = { HEED_STORE: nats.url };
    const heed = commandsOn(place, env);
    const early = await heed("contact", "import", write(place, "one.csv", ["id,seats", "ana,1"]));
    expect(early).toMatchObject({ status: 3, stdout: "" });
    expect(early.stderr).toContain("no Heed has run in the namespace heed");
    const running = await startHeed({ ...place, env });
    await story(heed, running, place);
    await exportedAndErased(heed);
    expect(await running.stop()).toBe(0);
    await nats.stop();
  },
  SLOW_MS,
);

test("an import that is killed in the middle goes on where it was, and nothing comes twice", async () => {
  const place = ground();
  // An import begins no store of its own.
  await (await startHeed(place)).stop();
  const rows = 12_000;
  const file = write(place, "many.csv", [
    "id,seats",
    ...Array.from({ length: rows }, (_, index) => `u${index},${index % 4_000 === 77 ? "many" : index}`),
  ]);
  const child = spawn(process.execPath, [cli, "contact", "import", file], {
    env: {
      PATH: process.env["PATH"] ?? "",
      HEED_RULES: place.workspace,
      HEED_DATA_DIR: place.dataDirectory,
      PORT: "1",
    },
    stdio: "ignore",
  });
  const rowsIn = (): number => {
    const kept = `${file}.import-place.json`;
    return existsSync(kept) ? (JSON.parse(readFileSync(kept, "utf8")) as { readonly row: number }).row : 0;
  };
  await expect.poll(rowsIn, { timeout: 60_000, interval: 5 }).toBeGreaterThan(1_000);
  child.kill("SIGKILL");
  await once(child, "close");
  const killedAt = rowsIn();
  expect(killedAt).toBeLessThan(rows);

  const heed = commandsOn(place, { PORT: "1" });
  const rest = await heed("contact", "import", file);
  expect(rest.stderr).toContain(`goes on after row ${killedAt}, where it was interrupted`);
  const [, fresh, known = 0] = /\((\d+) events(?:, (\d+) known already)?\), 3 refused/.exec(rest.stdout) ?? [];
  // What was taken in between the last place and the kill is known already.
  expect(Number(fresh) + Number(known)).toBe(rows - 3);
  expect(readFileSync(join(place.scratch, "many.rejects.csv"), "utf8").trim().split("\n")).toHaveLength(4);
  expect(existsSync(`${file}.import-place.json`)).toBe(false);
  const again = await heed("contact", "import", file);
  expect(again.stdout).toBe(`${rows - 3} rows taken in (0 events, ${rows - 3} known already), 3 refused\n`);
});

/** Far less than the file has, so that whoever holds it in memory dies of it. */
const HEAP_MB = 48;
const FILE_MB = 96;

test(
  "an import holds a few rows in memory, however many there are",
  async () => {
    const place = ground();
    const rows = thorough ? 100_000 : 8_000;
    const file = join(place.scratch, "large.csv");
    const out = createWriteStream(file);
    out.write("id,first_name,note\n");
    const cell = "x".repeat(Math.ceil((FILE_MB * 1_000_000) / rows));
    for (let row = 0; row < rows; row++) {
      if (!out.write(`u${row},Name ${row},${cell}\n`)) await once(out, "drain");
    }
    out.end();
    await once(out, "close");
    expect(statSync(file).size).toBeGreaterThan(1.5 * HEAP_MB * 1_000_000);
    const words = [cli, "contact", "import", file, "--dry-run"];
    const { stdout } = await execute(process.execPath, [`--max-old-space-size=${HEAP_MB}`, ...words], {
      env: { PATH: process.env["PATH"] ?? "", HEED_RULES: place.workspace },
    });
    expect(stdout).toBe(`${rows} rows would be taken in (${rows} events), 0 refused\n`);
  },
  SLOW_MS,
);
