/**
 * How fast contacts come in from a file, into an embedded store on this disk. Prints a report; asserts nothing, because
 * the numbers are the machine's. Run it with `npm run bench:import`, which takes `-- 1000000` rows, too.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importContacts } from "../../src/cli/contact-import.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";

const rows = Number(process.argv[2] ?? 100_000);
const heed = `
workspace: bench
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels: { sms: { kind: sms, provider: outbox, from: "+12025550100" } }
contacts: { fields: { first_name: { type: string }, plan: { type: string, enum: [free, pro] }, seats: { type: integer } } }
`;

async function writeRows(file: string): Promise<void> {
  const out = createWriteStream(file);
  out.write("id,email,phone,first_name,plan,seats\n");
  for (let row = 0; row < rows; row++) {
    const number = String(2_012_000_000 + row);
    if (!out.write(`u${row},u${row}@example.com,+1${number},Name ${row},pro,${row}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(process.env["BENCH_DIR"] ?? tmpdir(), "heed-bench-"));
  await writeFile(join(directory, "heed.yaml"), heed);
  const file = join(directory, "people.csv");
  await writeRows(file);
  const settings = readRunSettings(directory, { dataDir: join(directory, "data"), port: "1" }, {});
  // An import begins no store of its own.
  await (await openEmbeddedStore({ directory: settings.dataDirectory, clock: systemClock })).close();
  const io = { out: (text: string) => process.stdout.write(text), err: () => undefined };
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed)), 100);
  for (const [what, flags] of [
    ["read and judged only (--dry-run)", { dryRun: true }],
    ["into the embedded store", {}],
    ["once more, all known already", {}],
  ] as const) {
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await importContacts(file, flags, { settings, clock: systemClock, io });
    const seconds = (performance.now() - began) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const rate = Math.round(rows / seconds).toLocaleString("en-US");
    process.stdout.write(`  ${what}: ${rate} rows/s, ${Math.round((user + system) / rows)} µs of CPU a row\n`);
  }
  clearInterval(watch);
  process.stdout.write(`  heap at the most: ${Math.round(most / 1e6)} MB\n`);
  await rm(directory, { recursive: true });
}

await main();
