/**
 * How many look-ups a second one process makes of each kind, what an answer from the cache costs, and how long messages
 * that need no look-up wait while two hundred others wait for a CRM that takes two seconds. Prints a report; asserts
 * nothing, because the numbers are the machine's. Run it with `npm run bench:lookups`.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, cpus } from "node:os";
import { createClient } from "@redis/client";
import { Client } from "pg";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Json } from "../../src/core/model/json.ts";
import { type OpenLookups, openLookups } from "../../src/lookups/lookups.ts";
import { startAsking, workspaceAsking } from "../lookups/asking-engine.ts";
import { startPostgres, startRedis } from "../support/database-servers.ts";

const SECONDS = 3;
const PEOPLE = 10_000;
const AT_ONCE = 64;
const HELD = 200;
const OTHERS = 300;

const print = (line = ""): void => void process.stdout.write(`${line}\n`);
const count = (value: number): string => Math.round(value).toLocaleString("en-US").padStart(10);

const silent = {
  lookupEnded: () => undefined,
  lookupCached: () => undefined,
  lookupsInFlight: () => undefined,
  lookupBreaker: () => undefined,
};

function open(settings: Json): OpenLookups {
  const configured = new Map([["it", { settings, fields: new Set(["plan"]) }]]);
  return openLookups(configured, { clock: systemClock, watch: silent }).lookups;
}

/** Asks about one person after the other, `AT_ONCE` side by side, for some seconds; a second's worth of answers. */
async function perSecond(lookups: OpenLookups, place: string, textOf: (person: number) => string): Promise<number> {
  let answers = 0;
  let person = 0;
  const ask = async (): Promise<void> => {
    person += 1;
    const found = await lookups.ask("it", { [place]: textOf(person % PEOPLE) });
    if (found.kind !== "value" || found.value["plan"] !== "pro") throw new Error(`${place}: no answer`);
    answers += 1;
  };
  await ask();
  const began = performance.now();
  const until = began + SECONDS * 1_000;
  answers = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < until) await ask();
    }),
  );
  return answers / ((performance.now() - began) / 1_000);
}

async function benchSources(): Promise<void> {
  const crm = createServer((_, response) => void response.end('{"plan":"pro"}'));
  await new Promise<void>((resolve) => void crm.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  const sql = new Client({ connectionString: postgres.url });
  await sql.connect();
  await sql.query(`create table users as select 'c' || n as id, 'pro' as plan from generate_series(0, ${PEOPLE}) n`);
  await sql.query("create unique index on users (id)");
  await sql.end();
  const keys = createClient({ url: redis.url });
  await keys.connect();
  for (let n = 0; n < PEOPLE; n++) await keys.set(`c${n}`, '{"plan":"pro"}');
  await keys.close();
  const http = { http: { url: `${base}/{{ contact.id }}`, allow_hosts: ["127.0.0.1"] } };
  const query = { url: postgres.url, query: "select plan from users where id = $1", params: ["{{ contact.id }}"] };
  const kinds: readonly (readonly [string, Json, string, (person: number) => string])[] = [
    ["http", http, "http.url", (person) => `${base}/c${person}`],
    ["postgres", { postgres: query }, "postgres.params.0", (person) => `c${person}`],
    ["redis", { redis: { url: redis.url, get: "{{ contact.id }}" } }, "redis.get", (person) => `c${person}`],
  ];
  print(`look-ups a second, ${AT_ONCE} asked side by side, each about another contact`);
  for (const [name, settings, place, textOf] of kinds) {
    const lookups = open(settings);
    print(`  ${name.padEnd(10)}${count(await perSecond(lookups, place, textOf))}`);
    await lookups.close();
  }
  await benchCache(open({ ...http, cache: "1h" }), (person) => `${base}/c${person}`);
  crm.closeAllConnections();
  crm.close();
  await Promise.all([postgres.stop(), redis.stop()]);
}

async function benchCache(lookups: OpenLookups, textOf: (person: number) => string): Promise<void> {
  const people = 1_000;
  for (let n = 0; n < people; n++) await lookups.ask("it", { "http.url": textOf(n) });
  const rounds = 200;
  const began = performance.now();
  for (let n = 0; n < rounds * people; n++) void lookups.ask("it", { "http.url": textOf(n % people) });
  const microseconds = ((performance.now() - began) * 1_000) / (rounds * people);
  print(`\nan answer from the cache: ${microseconds.toFixed(2)} µs`);
  await lookups.close();
}

/** Milliseconds from an event to its message, for contacts whose rule asks nothing; half of them, and 99 of a hundred. */
async function delays(held: number): Promise<{ readonly half: number; readonly most: number }> {
  const crm = createServer((_, response) => {
    setTimeout(() => response.end('{"status":"lead"}'), 2_000);
  });
  await new Promise<void>((resolve) => void crm.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
  const lookup = `  crm: { http: { url: "${base}/{{ contact.id }}", allow_hosts: ["127.0.0.1"] }, timeout: 10s, fields: { status: { type: string } } }`;
  const workspace = await workspaceAsking(lookup, {
    asking: `trigger: { event: ask }\nguard: { lookup.crm.status: { not: customer } }\nactions: [{ send: sms, text: Asked. }]`,
    plain: `trigger: { event: plain }\nactions: [{ send: sms, text: Plain. }]`,
  });
  const configured = [...workspace.lookupSettings].map(
    ([name, settings]) => [name, { settings, fields: null }] as const,
  );
  const { lookups } = openLookups(new Map(configured), { clock: systemClock, watch: silent });
  const engine = await startAsking(systemClock, workspace, lookups);
  for (let n = 0; n < held; n++) await engine.event(`held-${n}`, "ask");
  const began = new Map<string, number>();
  for (let n = 0; n < OTHERS; n++) {
    began.set(`plain-${n}`, systemClock.now());
    await engine.event(`plain-${n}`, "plain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const plain = () => engine.sent.filter(({ contactId }) => contactId !== null && began.has(contactId));
  while (plain().length < OTHERS) await new Promise((resolve) => setTimeout(resolve, 50));
  const took = plain()
    .map(({ contactId, at }) => at - (began.get(contactId ?? "") ?? at))
    .toSorted((a, b) => a - b);
  await engine.stop();
  crm.closeAllConnections();
  crm.close();
  return { half: took[Math.floor(took.length * 0.5)] ?? 0, most: took[Math.floor(took.length * 0.99)] ?? 0 };
}

print(`${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.version}\n`);
await benchSources();
await delays(0);
const [idle, busy] = [await delays(0), await delays(HELD)];
print(`\nfrom an event to its message, in ms, for contacts whose rule asks nothing (median, 99th percentile)`);
print(`  nobody waits for the CRM            ${count(idle.half)}${count(idle.most)}`);
print(`  ${HELD} wait for a CRM that takes 2 s  ${count(busy.half)}${count(busy.most)}`);
print(`
What this does not measure: networks and TLS (all sources are on this machine and share its cores with Heed), pools that
others use as well, real CRMs' rate limits, and the store on a disk or on NATS (the memory store is used).`);
process.exit(0);
