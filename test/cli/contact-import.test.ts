import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ImportFlags, importContacts } from "../../src/cli/contact-import.ts";
import { BadSetting, type RunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const heed = `
workspace: hello
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  texts: { kind: sms, provider: outbox, from: "+12025550100" }
contacts:
  fields:
    first_name: { type: string }
    plan: { type: string, enum: [free, pro] }
    seats: { type: integer }
    vip: { type: boolean }
    trial_ends_at: { type: time }
    interests: { type: [string] }
`;
/** When the file was changed, which is as of when its rows are true. */
const changedAt = new Date("2026-03-06T12:00:00Z");

interface Imported {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What has come into the store so far, in the order of those who are concerned. */
  readonly events: readonly CanonicalEvent[];
  readonly rejects: string;
}

interface Ground {
  readonly file: string;
  readonly rejectsFile: string;
  /** What the last run said to standard error, if it threw, too. */
  readonly errors: { readonly last: string };
  /** `port` is that of a running system; nothing listens unless it is given. */
  run(flags?: ImportFlags, port?: number): Promise<Imported>;
}

/** A store that nobody has open, a heed.yaml, and a file. */
function given(content: string | Buffer, name = "people.csv"): Ground {
  const directory = scratchDirectory();
  const workspace = writeFiles(join(directory, "rules"), { "heed.yaml": heed });
  const file = join(directory, name);
  writeFileSync(file, content);
  utimesSync(file, changedAt, changedAt);
  const dataDirectory = join(directory, "data");
  const settings: RunSettings = {
    workspace,
    rulesFrom: "folder",
    store: { kind: "embedded" },
    namespace: "heed",
    dataDirectory,
    host: "127.0.0.1",
    port: 1,
    apiToken: "a-token-of-sixteen-characters",
    viewerToken: null,
    watch: false,
    fake: false,
    roles: new Set(),
  };
  const known: CanonicalEvent[] = [];
  const heard = async (): Promise<readonly CanonicalEvent[]> => {
    known.push(...(await takeEvents(dataDirectory)));
    return known.toSorted((a, b) => (whomOf(a) < whomOf(b) ? -1 : Number(whomOf(a) > whomOf(b))));
  };
  const errors = { last: "" };
  const rejectsFile = file.replace(/\.[a-z]+$/, ".rejects.csv");
  return {
    file,
    rejectsFile,
    errors,
    async run(flags = {}, port = 1) {
      const told = { out: "", err: "" };
      const io = {
        out: (text: string): void => void (told.out += text),
        err: (text: string): void => {
          told.err += text;
          errors.last = told.err;
        },
      };
      // A command begins no store: a start of the system has.
      if (!existsSync(join(dataDirectory, "store.mdb")))
        await openEmbeddedStore({ directory: dataDirectory, clock: systemClock }).then((store) => store.close());
      const code = await importContacts(
        file,
        { actor: "ops", ...flags },
        {
          settings: { ...settings, port },
          clock: systemClock,
          io,
        },
      );
      return {
        code,
        ...told,
        events: flags.dryRun === true || port !== 1 ? [] : await heard(),
        rejects: existsSync(rejectsFile) ? readFileSync(rejectsFile, "utf8") : "",
      };
    },
  };
}

function whomOf({ contact_id, address }: CanonicalEvent): string {
  return contact_id ?? address?.email ?? `~${address?.phone ?? ""}`;
}

/** Takes all that waits to be decided. */
async function takeEvents(directory: string): Promise<readonly CanonicalEvent[]> {
  const store = await openEmbeddedStore({ directory, clock: systemClock });
  const { depth } = await store.health();
  const waiting = depth["events"] ?? 0;
  const events: CanonicalEvent[] = [];
  await new Promise<void>((resolve) => {
    if (waiting === 0) resolve();
    void store.consume("events", { parallel: 64, leaseMs: 60_000 }, async ({ body }) => {
      events.push(JSON.parse(new TextDecoder().decode(body)) as CanonicalEvent);
      if (events.length >= waiting) resolve();
      return { done: true };
    });
  });
  await store.close();
  return events;
}

test("a CSV as spreadsheets write it is read: BOM, CRLF, semicolons, quotes, line breaks and names of their own", async () => {
  const { run } = given(
    [
      "\uFEFFCustomer ID;E-Mail;Mobile No.;First Name;Plan;Seats;VIP;Trial Ends At;interests;Tags;texts consent;consent source;consent wording;junk",
      '1;" Ana@Example.com ";(202) 555-0143;"An""a; the\r\n1st";pro;12;yes;2026-03-10;a; b;vip;granted;checkout;Text me.;=cmd',
    ]
      .join("\r\n")
      .replace("a; b", '"a; b"'),
  );
  const { code, events, err, out } = await run({ map: ["Mobile No.=phone"] });
  expect(code).toBe(0);
  expect(out).toBe("1 rows taken in (3 events), 0 refused\n");
  expect(err).toContain("left alone: junk");
  const said = { import: "people.csv", actor: "ops" };
  const whom = {
    contact_id: "1",
    address: { email: "ana@example.com", phone: "+12025550143" },
    provider: "import",
    occurred_at: changedAt.toISOString(),
  };
  expect(events).toMatchObject([
    {
      event_type: "contact.identified",
      ...whom,
      data: {
        ...said,
        traits: {
          first_name: 'An"a; the\r\n1st',
          plan: "pro",
          seats: 12,
          vip: true,
          trial_ends_at: "2026-03-10T04:00:00Z",
          interests: ["a", "b"],
        },
      },
    },
    { event_type: "contact.tagged", ...whom, data: { ...said, tag: "vip" } },
    {
      event_type: "consent.granted",
      ...whom,
      data: { ...said, channel: "texts", class: "marketing", source: "checkout", wording: "Text me." },
    },
  ]);
});

test("what is wrong in a row keeps that row out, and is told with its column, value, reason and what to do", async () => {
  const rows = [
    "id,email,phone,plan,seats,vip,trial_ends_at,texts consent",
    "1,a@example.com,,pro,1,no,2026-03-06T10:00:00Z,denied",
    "2,not-an-address,12,gold,a few,maybe,03/04/2026,granted",
    ",,,free,,,,",
    "4,d@example.com",
    "5,e@example.com,=1+2,=cmd|' /C calc'!A0,,,,",
    "",
    "7,g@example.com,,free,,,,",
  ];
  const { code, events, rejects, out, err } = await given(rows.join("\n")).run();
  expect(code).toBe(1);
  expect(out).toBe("2 rows taken in (3 events), 4 refused\n");
  expect(err).toContain("people.rejects.csv says of each refused row why");
  expect(events.map(({ contact_id }) => contact_id)).toEqual(["1", "1", "7"]);
  const told = rejects.split("\n").map((line) => line.split(",").slice(0, 3).join(","));
  expect(told).toEqual([
    "row,column,value",
    "3,email,not-an-address",
    "3,phone,12",
    "3,plan,gold",
    "3,seats,a few",
    "3,vip,maybe",
    "3,trial_ends_at,03/04/2026",
    "3,texts consent,granted",
    "3,texts consent,granted",
    "4,,",
    "5,,",
    // What a spreadsheet would run as a formula is a text there.
    "6,phone,'=1+2",
    "6,plan,'=cmd|' /C calc'!A0",
    "",
  ]);
  expect(rejects).toContain('3,plan,gold,"must be one of free, pro","correct the cell');
  expect(rejects).toContain("add a column consent_source, or give --source");
  expect(rejects).toContain("has 2 cells where the header has 8");
});

test("a second run doubles nothing, and a file that was changed since is as of then", async () => {
  const ground = given("id,plan\n1,pro\n2,free\n2,free\n");
  expect((await ground.run()).out).toBe("3 rows taken in (2 events, 1 known already), 0 refused\n");
  const again = await ground.run();
  expect(again.out).toBe("3 rows taken in (0 events, 3 known already), 0 refused\n");
  expect(again.events).toHaveLength(2);
  utimesSync(ground.file, new Date("2026-03-07T12:00:00Z"), new Date("2026-03-07T12:00:00Z"));
  const later = await ground.run();
  expect(later.events.map(({ occurred_at }) => occurred_at.slice(0, 10)).toSorted()).toEqual(
    ["06", "06", "07", "07"].map((day) => `2026-03-${day}`),
  );
});

test("--dry-run tells all and takes nothing in", async () => {
  const ground = given("id,plan\n1,pro\n2,gold\n");
  const dry = await ground.run({ dryRun: true });
  expect(dry).toMatchObject({ code: 1, out: "1 rows would be taken in (1 events), 1 refused\n" });
  expect(dry.rejects).toContain("3,plan,gold");
  const real = await ground.run();
  expect(real.events).toHaveLength(1);
});

test("NDJSON has a row in each line, its values typed already or not", async () => {
  const lines = [
    { id: 7, attributes: { seats: "12" }, consent: { texts: "denied" }, tags: ["a", "b"] },
    { id: "8", seats: 3, vip: null, addresses: { email: "H@example.com" } },
  ].map((line) => JSON.stringify(line));
  const { code, events, rejects } = await given(`${lines.join("\n")}\n[1]\nnot json\n`, "people.ndjson").run();
  expect(code).toBe(1);
  expect(events.map(({ event_type, contact_id }) => `${contact_id} ${event_type}`)).toEqual([
    "7 contact.updated",
    "7 contact.tagged",
    "7 contact.tagged",
    "7 consent.denied",
    "8 contact.identified",
  ]);
  expect(events.map(({ data }) => data["traits"])).toEqual([
    { seats: 12 },
    undefined,
    undefined,
    undefined,
    { seats: 3, vip: null },
  ]);
  expect(rejects.match(/is not one JSON object/g)).toHaveLength(2);
});

test("suppressions of other systems become silences of their addresses, whatever they call them", async () => {
  const rows = [
    "Email,Phone,Type,Created,Channel",
    "A@example.com,,spam report,2026-01-02,",
    "b@example.com,,hard_bounce,2026-01-02T00:00:00Z,",
    "c@example.com,,unsubscribed,,",
    ",(202) 555-0143,,1767312000,",
    ",+12025550144,STOP,,voice",
    "d@example.com,,,,sms",
    "e@example.com,,bored,,",
    "f@example.com,,,2999-01-01,",
    ",,,,",
  ];
  const { code, events, rejects } = await given(rows.join("\n")).run({ suppressions: true, source: "former system" });
  expect(code).toBe(1);
  expect(events.map(({ event_type, address, occurred_at, data }) => [event_type, address, occurred_at, data])).toEqual(
    [
      [{ email: "a@example.com" }, "2026-01-02T05:00:00.000Z", "email", "complained"],
      [{ email: "b@example.com" }, "2026-01-02T00:00:00.000Z", "email", "bounced"],
      [{ email: "c@example.com" }, changedAt.toISOString(), "email", "opted_out"],
      [{ phone: "+12025550143" }, "2026-01-02T00:00:00.000Z", "sms", "opted_out"],
      [{ phone: "+12025550144" }, changedAt.toISOString(), "voice", "opted_out"],
    ].map(([address, at, channel, reason]) => [
      "address.suppressed",
      address,
      at,
      { channel, reason, source: "former system", import: "people.csv", actor: "ops" },
    ]),
  );
  const told = rejects.split("\n").map((line) => line.split(",").slice(0, 2).join(","));
  expect(told).toEqual(["row,column", "7,Channel", "8,Type", "9,Created", "10,", ""]);
});

test.each<[string, string | Buffer, ImportFlags, RegExp]>([
  ["no column says who it is about", "plan,seats\npro,1\n", {}, /no column says who it is about.*--map column=id/],
  ["two columns say the same", "id,email,E-Mail\n1,a,b\n", {}, /"email" and "E-Mail" both say email.*--map "E-Mail="/],
  ["two columns have one name", "id,plan,plan\n1,a,b\n", {}, /two columns are called "plan"/],
  ["the mapped column is not there", "id\n1\n", { map: ["Name=first_name"] }, /no column "Name"; the columns are id/],
  ["the mapped field is not there", "id,x\n1,1\n", { map: ["x=nothing"] }, /there is no nothing.*first_name, plan/],
  ["the file is empty", "", {}, /expected the names of the columns/],
  ["a quote is never closed", `id,plan\n1,pro\n2,"${"x".repeat(1_100_000)}\n`, {}, /around line 3: look for a quote/],
  ["the moment is none", "id\n1\n", { at: "03/04/2026" }, /--at: must be a time/],
  ["the format is none", "id\n1\n", { format: "xlsx" }, /expected csv or ndjson/],
])("is refused with what to do when %s", async (_what, content, flags, message) => {
  const ground = given(content);
  const refused = ground.run(flags);
  await expect(refused).rejects.toThrow(BadSetting);
  await expect(refused).rejects.toThrow(message);
});

test("a moment of consent that is none is told of its own column, whatever the consent says", async () => {
  const rows = ["id,consent.texts,consent_source,consent_wording,consent_at", "1,granted,checkout,Text me.,soon"];
  const { rejects } = await given(rows.join("\n")).run();
  expect(rejects.split("\n")[1]).toMatch(/^2,consent_at,soon,/);
  expect(rejects).toContain("write when it was said, such as 2026-03-06");
});

test("a file that is broken is not said to go on where it broke, since it begins anew once it is mended", async () => {
  const ground = given('id,plan\n1,pro\n2,"pro\n3,pro\n');
  await expect(ground.run()).rejects.toThrow(/look for a quote without its other one/);
  expect(ground.errors.last).toContain(
    "mend the file and give the command again, which then begins with its first row",
  );
  expect(ground.errors.last).not.toContain("goes on there");
});

test("a store that a system has open, and nobody answers for, is not imported into; afterwards everything is", async () => {
  const rows = Array.from({ length: 1_200 }, (_, index) => `${index},${index % 400 === 7 ? "gold" : "pro"}`);
  const broken = given(`id,plan\n${rows.join("\n")}\n`);
  const held = await openEmbeddedStore({
    directory: join(broken.file, "..", "data"),
    clock: { ...systemClock },
  });
  await expect(broken.run()).rejects.toThrow("a running system has");
  await held.close();
  const { out, rejects } = await broken.run();
  expect(out).toBe("1197 rows taken in (1197 events), 3 refused\n");
  expect(rejects.trim().split("\n")).toHaveLength(4);
  expect(existsSync(`${broken.file}.import-place.json`)).toBe(false);
});

test("cells that are not UTF-8, and a cell larger than an event may be, keep their rows out", async () => {
  const latin = Buffer.concat([Buffer.from("id,first_name\n1,Andr"), Buffer.from([0xe9]), Buffer.from("\n")]);
  const large = Buffer.from(`2,${"x".repeat(300_000)}\n3,Zoe\n`);
  const { code, events, rejects } = await given(Buffer.concat([latin, large])).run();
  expect(code).toBe(1);
  expect(events.map(({ contact_id }) => contact_id)).toEqual(["3"]);
  expect(rejects).toContain("save the file as CSV in UTF-8");
  expect(rejects).toContain("3,,,event is larger than 262144 bytes,shorten what is in the row");
});

/** A running system that takes so many requests of events, and then is unwell until it is mended. */
async function unwellAfter(requests: number) {
  const taken: string[] = [];
  let left = requests;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      if (request.url === "/healthz") return response.end(JSON.stringify({ status: "alive" }));
      if (left === 0) return response.writeHead(503).end(JSON.stringify({ title: "Service Unavailable" }));
      left -= 1;
      const events = JSON.parse(Buffer.concat(chunks).toString()) as readonly CanonicalEvent[];
      taken.push(...events.map(({ event_id }) => event_id));
      return response.end(JSON.stringify({ accepted: events.length }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    taken,
    port: typeof address === "object" && address !== null ? address.port : 0,
    mend: () => void (left = Number.POSITIVE_INFINITY),
    close: () => server.close(),
  };
}

const wrongEach = 250;
const manyRows = Array.from({ length: 2_000 }, (_, index) => `${index},${index % wrongEach === 7 ? "gold" : "pro"}`);

test("an import that breaks off says where, goes on there, and tells each refused row once", async () => {
  const system = await unwellAfter(2);
  const { run, file, rejectsFile } = given(`id,plan\n${manyRows.join("\n")}\n`);
  await expect(run({}, system.port)).rejects.toThrow("answered 503: Service Unavailable");
  const { row } = JSON.parse(readFileSync(`${file}.import-place.json`, "utf8")) as { readonly row: number };
  expect(row).toBe(1_001);
  // What was written after the last place comes again.
  appendFileSync(rejectsFile, "9999,written,by,who,died\n".repeat(200));
  system.mend();
  const rest = await run({}, system.port);
  expect(rest.err).toContain("goes on after row 1001, where it was interrupted");
  expect(rest.out).toBe("1992 rows taken in (1992 events), 8 refused\n");
  expect(system.taken).toHaveLength(1_992);
  expect(new Set(system.taken).size).toBe(1_992);
  expect(
    rest.rejects
      .trim()
      .split("\n")
      .map((line) => line.split(",")[0]),
  ).toEqual(["row", ...Array.from({ length: 8 }, (_, index) => String(index * wrongEach + 9))]);
  system.close();
});

test("an import goes through all again when the rejects that were told are gone, or --restart says so", async () => {
  for (const how of ["gone", "restart"]) {
    const system = await unwellAfter(2);
    const { run, rejectsFile } = given(`id,plan\n${manyRows.join("\n")}\n`);
    await expect(run({}, system.port)).rejects.toThrow("503");
    if (how === "gone") rmSync(rejectsFile);
    system.mend();
    const all = await run({ restart: how === "restart" }, system.port);
    expect(all.err).not.toContain("goes on");
    expect(all.rejects.trim().split("\n")).toHaveLength(9);
    expect(new Set(system.taken).size).toBe(1_992);
    system.close();
  }
});
