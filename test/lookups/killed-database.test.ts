import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type DatabaseServer, startPostgres } from "../support/database-servers.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { type AskingEngine, realLookups, startAsking, workspaceAsking } from "./asking-engine.ts";

/**
 * The application's database dies while rules ask it, and comes back: a real PostgreSQL, killed, under an engine whose
 * clock moves as fast as the test likes. Customers must never be spoken to, whatever `on_error` says but
 * `treat_as_missing`, and nobody may be lost.
 */

const SECOND = 1_000;
const PEOPLE = 40;
const guarded = `trigger: { event: ask }\nguard: { lookup.app.plan: { not: customer } }\nactions: [{ send: sms, text: Asked. }]`;

let server: DatabaseServer;
let clock: VirtualClock;
let engine: AskingEngine | null = null;

beforeAll(async () => {
  server = await startPostgres();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query("create table users (id text primary key, plan text)");
  // Every second one is a customer. Every answer takes its time, so that the crash comes in the midst of many.
  await client.query(
    `insert into users select 'c' || n, case n % 2 when 0 then 'customer' else 'lead' end from generate_series(0, ${2 * PEOPLE}) n`,
  );
  await client.end();
}, 60_000);

afterAll(() => server.stop());

afterEach(async () => {
  const stopping = engine?.stop();
  await clock.pass(5 * SECOND);
  await stopping;
  engine = null;
});

async function start(onError: string): Promise<AskingEngine> {
  clock = virtualClock();
  const lookups = `  app:
    postgres: { url: "${server.url}", query: "select plan, pg_sleep(0.02) from users where id = $1", params: ["{{ contact.id }}"] }
    timeout: 30s
    on_error: ${onError}
    fields: { plan: { type: string } }`;
  const workspace = await workspaceAsking(lookups, { asking: guarded });
  engine = await startAsking(clock, workspace, realLookups(clock, workspace));
  return engine;
}

/** Lets time pass, which the database takes and the clock of the engine as well, until it is so. */
async function until(isSo: () => Promise<boolean> | boolean, step = 50): Promise<void> {
  const looked = async (): Promise<boolean> => {
    await clock.pass(step);
    return isSo();
  };
  await expect.poll(looked, { timeout: 60_000, interval: 10 }).toBe(true);
}

/** Half of them while it answers, then it is killed with questions under way, then the other half; then it comes back. */
async function liveThroughOutage(running: AskingEngine): Promise<void> {
  for (let n = 0; n < PEOPLE; n++) await running.event(`c${n}`, "ask");
  await until(() => running.sent.length >= 3);
  await server.kill9();
  for (let n = PEOPLE; n < 2 * PEOPLE; n++) await running.event(`c${n}`, "ask");
  await until(async () => (await ended(running)) + (await held(running)) === 2 * PEOPLE, 200);
  await server.restart();
}

async function count(running: AskingEngine, is: (reasons: readonly string[]) => boolean): Promise<number> {
  let found = 0;
  for (let n = 0; n < 2 * PEOPLE; n++) if (is(await running.reasons(`c${n}`))) found += 1;
  return found;
}

const ENDS = ["sent", "guard.false"];
const ended = (running: AskingEngine): Promise<number> =>
  count(running, (reasons) => ENDS.some((end) => reasons.includes(end)));
const held = (running: AskingEngine): Promise<number> =>
  count(running, (reasons) => reasons.includes("lookup.failed") && !ENDS.some((end) => reasons.includes(end)));

const customersSpokenTo = ({ sent }: AskingEngine): readonly string[] =>
  sent.flatMap(({ contactId }) => (contactId !== null && Number(contactId.slice(1)) % 2 === 0 ? [contactId] : []));

describe("a database that is killed in the midst of questions", () => {
  test(
    "hold: everybody waits, and in the end every lead has its message and no customer any",
    { timeout: 120_000 },
    async () => {
      const running = await start("hold");
      await liveThroughOutage(running);
      await until(async () => (await ended(running)) === 2 * PEOPLE, 10 * SECOND);
      expect(customersSpokenTo(running)).toEqual([]);
      expect(new Set(running.sent.map(({ contactId }) => contactId)).size).toBe(PEOPLE);
      expect(running.sent).toHaveLength(PEOPLE);
    },
  );

  test(
    "skip: whoever could not be asked about has ended with that reason, and no customer is spoken to",
    { timeout: 120_000 },
    async () => {
      const running = await start("skip");
      await liveThroughOutage(running);
      const skipped = await held(running);
      expect(skipped).toBeGreaterThanOrEqual(PEOPLE);
      await clock.pass(120 * SECOND);
      expect((await ended(running)) + (await held(running))).toBe(2 * PEOPLE);
      expect(await held(running)).toBe(skipped);
      expect(customersSpokenTo(running)).toEqual([]);
    },
  );

  test(
    "treat_as_missing: everybody is spoken to once, as the rule says of those it knows nothing of",
    { timeout: 120_000 },
    async () => {
      const running = await start("treat_as_missing");
      await liveThroughOutage(running);
      expect(await ended(running)).toBe(2 * PEOPLE);
      const spoken = running.sent.map(({ contactId }) => contactId);
      expect(new Set(spoken).size).toBe(spoken.length);
      // All leads, and of the customers those who came while nobody could say that they are.
      expect(spoken.length).toBeGreaterThanOrEqual(PEOPLE + PEOPLE / 2);
    },
  );
});
