import { connect, createServer } from "node:net";
import { createClient } from "@redis/client";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../src/core/model/json.ts";
import { openSource } from "../../src/lookups/lookups.ts";
import type { Fetched, LookupSource, Texts } from "../../src/lookups/source.ts";
import { type DatabaseServer, startPostgres, startRedis } from "../support/database-servers.ts";

/** A way to a port of this machine that lets nothing through until it is opened. */
async function slowDoor(port: number) {
  const held: (() => void)[] = [];
  let isOpen = false;
  const server = createServer((socket) => {
    const go = (): void => {
      const there = connect(port, "127.0.0.1");
      there.on("error", () => socket.destroy());
      socket.on("error", () => there.destroy());
      socket.pipe(there).pipe(socket);
    };
    if (isOpen) go();
    else held.push(go);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    waiting: () => held.length,
    open(): void {
      isOpen = true;
      for (const go of held.splice(0)) go();
    },
    close: () => new Promise((closed) => server.close(closed)),
  };
}

/** Look-ups in a real PostgreSQL and a real Redis. */

const open: LookupSource[] = [];

function sourceOf(settings: Json): LookupSource {
  const source = openSource(settings);
  open.push(source);
  return source;
}

function ask(source: LookupSource, texts: Texts, signal = new AbortController().signal): Promise<Fetched> {
  return source.fetch(texts, signal);
}

afterEach(async () => {
  for (const source of open.splice(0)) await source.close();
});

describe("postgres", () => {
  let server: DatabaseServer;

  async function sql(...statements: readonly string[]): Promise<readonly unknown[]> {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    try {
      const rows: unknown[] = [];
      for (const statement of statements) rows.push(...(await client.query<object>(statement)).rows);
      return rows;
    } finally {
      await client.end();
    }
  }

  beforeAll(async () => {
    server = await startPostgres();
    await sql(
      `create table users (id text primary key, plan text, seats bigint, score numeric, big numeric, at timestamptz,
        wall timestamp, day date, ok boolean, tags text[], data jsonb, gone text)`,
      `insert into users values ('a1', 'pro', 12, 12.50, 12345678901234567890.5, '2026-03-06 14:00:00-05',
        '2026-03-06 14:00:00', '2026-03-06', true, '{x,y}', '{"n": 1, "__proto__": {"admin": true}}', null)`,
    );
  }, 60_000);

  afterAll(() => server.stop());

  const byId = (query: string, more: Record<string, Json> = {}): LookupSource =>
    sourceOf({ postgres: { url: server.url, query, params: ["{{ contact.id }}"] }, ...more });
  const about = (id: string): Texts => ({ "postgres.params.0": id });

  test("tells the first row, with times as the database has them and numbers that a number can hold", async () => {
    const found = await ask(byId("select * from users where id = $1"), about("a1"));
    expect(found).toEqual({
      kind: "value",
      value: {
        id: "a1",
        plan: "pro",
        seats: 12,
        score: 12.5,
        big: "12345678901234567890.5",
        at: "2026-03-06T19:00:00+00:00",
        wall: "2026-03-06 14:00:00",
        day: "2026-03-06",
        ok: true,
        tags: ["x", "y"],
        data: { n: 1 },
        gone: null,
      },
    });
  });

  test("knows nobody where there is no row, whatever a contact is called", async () => {
    const source = byId("select plan from users where id = $1");
    for (const id of ["b2", "' or 'a'='a", "a1'; drop table users; --"]) {
      expect(await ask(source, about(id))).toEqual({ kind: "nothing" });
    }
    expect(await sql("select count(*)::int as n from users")).toEqual([{ n: 1 }]);
  });

  test("changes nothing, whatever its query says", async () => {
    const source = byId("update users set plan = 'free' where id = $1 returning plan");
    // read_only_sql_transaction
    expect(await ask(source, about("a1"))).toMatchObject({ kind: "failed", code: "25006", again: false });
    expect(await sql("select plan from users")).toEqual([{ plan: "pro" }]);
  });

  test("is ended by the database itself when its time is up", async () => {
    const source = byId("select pg_sleep(30), $1::text", { timeout: "200ms" });
    // query_canceled
    expect(await ask(source, about("a1"))).toMatchObject({ kind: "failed", code: "57014" });
    expect(
      await sql(
        "select 1 from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()",
      ),
    ).toEqual([]);
  });

  test("lets go of a connection whose question nobody waits for, and goes on with others", async () => {
    const source = byId("select pg_sleep(case when $1 = 'slow' then 30 else 0 end), 'pro' as plan");
    const controller = new AbortController();
    const slow = ask(source, about("slow"), controller.signal);
    await expect
      .poll(() =>
        sql(
          "select 1 as n from pg_stat_activity where query like '%pg_sleep(case%' and state = 'active' and pid <> pg_backend_pid()",
        ),
      )
      .toEqual([{ n: 1 }]);
    controller.abort();
    expect(await slow).toMatchObject({ kind: "failed", code: "timeout", again: false });
    expect(await ask(source, about("quick"))).toMatchObject({ kind: "value", value: { plan: "pro" } });
  });

  test("gives back connections that come when nobody waits for them any more", async () => {
    const door = await slowDoor(Number(new URL(server.url).port));
    const url = new URL(server.url);
    url.port = String(door.port);
    const source = sourceOf({ postgres: { url: url.href, query: "select 1 as n" }, timeout: "30s" });
    const patience = new AbortController();
    // As many as it has connections.
    const late = Array.from({ length: source.atOnce }, () => ask(source, {}, patience.signal));
    await expect.poll(() => door.waiting()).toBe(source.atOnce);
    patience.abort();
    door.open();
    for (const answer of await Promise.all(late)) expect(answer).toMatchObject({ kind: "failed", code: "timeout" });
    expect(await ask(source, {}, AbortSignal.timeout(5_000))).toEqual({ kind: "value", value: { n: 1 } });
    await source.close();
    open.splice(0);
    await door.close();
  });

  test("says what is wrong with a query, and nothing of what was asked", async () => {
    const source = byId("select plan from nowhere where id = $1");
    expect(await ask(source, about("a1"))).toEqual({ kind: "failed", code: "42P01", again: false, afterMs: null });
    await expect(source.probe(new AbortController().signal)).rejects.toThrow("but not this query: 42P01");
    expect(await byId("select plan from users where id = $1").probe(new AbortController().signal)).toBe(
      "the database answers, and the query can be prepared",
    );
  });

  test("fails while the database is away, and answers when it is back", async () => {
    const source = byId("select plan from users where id = $1");
    expect((await ask(source, about("a1"))).kind).toBe("value");
    await server.kill9();
    expect(await ask(source, about("a1"))).toMatchObject({ kind: "failed", again: true });
    await server.restart();
    await expect.poll(async () => (await ask(source, about("a1"))).kind, { timeout: 15_000 }).toBe("value");
  });
});

describe("redis", () => {
  let server: DatabaseServer;

  beforeAll(async () => {
    server = await startRedis();
    const client = createClient({ url: server.url });
    await client.connect();
    await client.set("contact:a1", '{"plan":"pro","__proto__":{"admin":true}}');
    await client.set("contact:list", "[1]");
    await client.set("contact:text", "pro");
    await client.set("contact:huge", `{"x":"${"y".repeat(2_000_000)}"}`);
    await client.hSet("hash:a1", { plan: "pro", seats: "12" });
    await client.close();
  }, 60_000);

  afterAll(() => server.stop());

  const get = (): LookupSource => sourceOf({ redis: { url: server.url, get: "contact:{{ contact.id }}" } });
  const of = (id: string): Texts => ({ "redis.get": `contact:${id}` });

  test("reads JSON", async () => {
    const source = get();
    expect(await ask(source, of("a1"))).toEqual({ kind: "value", value: { plan: "pro" } });
    expect(await ask(source, of("nobody"))).toEqual({ kind: "nothing" });
    expect(await ask(source, of("list"))).toEqual({ kind: "invalid", code: "no_object" });
    expect(await ask(source, of("text"))).toEqual({ kind: "invalid", code: "malformed" });
    expect(await ask(source, of("huge"))).toEqual({ kind: "invalid", code: "too_long" });
  });

  test("reads a hash, and says so when it is none", async () => {
    const source = sourceOf({ redis: { url: server.url, hgetall: "hash:{{ contact.id }}" } });
    const at = (key: string): Promise<Fetched> => ask(source, { "redis.hgetall": key });
    expect(await at("hash:a1")).toEqual({ kind: "value", value: { plan: "pro", seats: "12" } });
    expect(await at("hash:nobody")).toEqual({ kind: "nothing" });
    expect(await at("contact:a1")).toMatchObject({ kind: "failed", code: "WRONGTYPE" });
  });

  test("says whether it is there", async () => {
    expect(await get().probe(new AbortController().signal)).toMatch(/^127\.0\.0\.1:\d+ answers$/);
    const nowhere = sourceOf({ redis: { url: "redis://127.0.0.1:1", get: "x" } });
    const controller = new AbortController();
    const probe = nowhere.probe(controller.signal);
    controller.abort();
    await expect(probe).rejects.toThrow("127.0.0.1:1 was not reached");
  });

  test("fails while the server is away, and answers when it is back", async () => {
    const source = get();
    expect((await ask(source, of("a1"))).kind).toBe("value");
    await server.kill9();
    await expect.poll(async () => (await ask(source, of("a1"))).kind).toBe("failed");
    await server.restart();
    await expect.poll(async () => (await ask(source, of("a1"))).kind, { timeout: 15_000 }).toBe("value");
  });
});
