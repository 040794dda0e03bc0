import { createHash } from "node:crypto";
import { Pool, types } from "pg";
import { isJsonObject, parseJson } from "../core/model/parse-json.ts";
import type { PostgresSettings } from "./settings.ts";
import { codeOf, type Fetched, failed, type LookupSource, NOTHING, type Texts, Unreachable } from "./source.ts";

const CONNECTIONS = 8;
const CONNECT_MS = 5_000;
const IDLE_MS = 30_000;
const LONGEST_ANSWER = 1024 * 1024;

/**
 * Asks a database within a transaction that only reads, so that no query of a workspace changes anything. The database
 * is told the time-out as well: a question that nobody waits for any more does not go on there.
 */
export function postgresSource(settings: PostgresSettings, timeoutMs: number): LookupSource {
  const pool = new Pool({
    connectionString: settings.url,
    application_name: "heed",
    max: CONNECTIONS,
    connectionTimeoutMillis: Math.min(CONNECT_MS, timeoutMs),
    idleTimeoutMillis: IDLE_MS,
    types: { getTypeParser },
  });
  // One that ends while it is idle is replaced when it is needed. One in use tells its question; without a listener of its
  // own it would end the process when it breaks between two statements.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => void client.on("error", () => undefined));
  const name = `heed_${createHash("sha256").update(settings.query).digest("hex").slice(0, 24)}`;
  // Times are told in UTC whatever the server's zone, and in the one form that is read here.
  const begin = `begin transaction read only; set local statement_timeout = ${Math.ceil(timeoutMs)}; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'`;

  async function ask(text: string, values: readonly string[], signal: AbortSignal): Promise<readonly unknown[]> {
    const client = await pool.connect();
    // One that comes when nobody waits for it any more: the signal's event is over, and nothing else would give it back.
    if (signal.aborted) client.release();
    signal.throwIfAborted();
    let whole = false;
    // A connection in the midst of a question cannot be used for another.
    const end = (): void => client.release(true);
    signal.addEventListener("abort", end, { once: true });
    try {
      await client.query(begin);
      const { rows } = await client.query<Record<string, unknown>>({ name, text, values: [...values] });
      await client.query("commit");
      whole = true;
      return rows;
    } finally {
      signal.removeEventListener("abort", end);
      if (!signal.aborted) client.release(!whole);
    }
  }

  return {
    repeatable: true,
    atOnce: CONNECTIONS,
    async fetch(texts, signal) {
      try {
        return read((await ask(settings.query, paramsOf(settings, texts), signal))[0]);
      } catch (failure) {
        const code = codeOf(failure);
        return failed(signal.aborted ? "timeout" : code, !signal.aborted && passes(code));
      }
    },
    async probe(signal) {
      const client = await pool.connect().catch((failure: unknown) => {
        throw new Unreachable(`the database was not reached: ${codeOf(failure)}`);
      });
      try {
        signal.throwIfAborted();
        await client.query(begin);
        // Prepared and not run: this says whether its tables and columns are there.
        await client.query(`prepare ${name}_probe as ${settings.query}`);
        return "the database answers, and the query can be prepared";
      } catch (failure) {
        throw new Unreachable(`the database answers, but not this query: ${codeOf(failure)}`);
      } finally {
        client.release(true);
      }
    },
    close: () => pool.end(),
  };
}

function paramsOf({ params = [] }: PostgresSettings, texts: Texts): readonly string[] {
  return params.map((param, index) => texts[`postgres.params.${index}`] ?? param);
}

function read(row: unknown): Fetched {
  if (row === undefined) return NOTHING;
  const text = JSON.stringify(row);
  if (text.length > LONGEST_ANSWER) return { kind: "invalid", code: "too_long" };
  // What is in JSON columns comes from outside as well.
  const parsed = parseJson(text);
  return parsed.ok && isJsonObject(parsed.value)
    ? { kind: "value", value: parsed.value }
    : { kind: "invalid", code: "no_object" };
}

/** SQL states of classes 08 (connection), 40 (rolled back), 53 (resources) and 57 (operator), and everything of the network. */
function passes(code: string): boolean {
  return /^(08|40|53|57)...$/.test(code) || !/^[0-9A-Z]{5}$/.test(code);
}

const { builtins } = types;
const drivers: { getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown } = types;
const INSTANTS: ReadonlySet<number> = new Set([builtins.TIMESTAMPTZ]);
const TEXTS: ReadonlySet<number> = new Set([builtins.TIMESTAMP, builtins.DATE, builtins.TIME, builtins.TIMETZ]);
const NUMBERS: ReadonlySet<number> = new Set([builtins.INT8, builtins.NUMERIC]);

/**
 * Times stay what the database said: the driver would read one without an offset as of the zone of this machine. Numbers
 * that a double cannot hold stay texts.
 */
function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  if (INSTANTS.has(oid)) return (text: string) => text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
  if (TEXTS.has(oid)) return (text: string) => text;
  if (NUMBERS.has(oid)) return (text: string) => (String(Number(text)) === text ? Number(text) : decimal(text));
  return drivers.getTypeParser(oid, format);
}

/** `12.50` is twelve and a half. */
function decimal(text: string): number | string {
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(text) && text.replace(/\D/g, "").length <= 15 ? Number(text) : text;
}
