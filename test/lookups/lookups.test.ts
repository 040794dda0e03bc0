import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Json } from "../../src/core/model/json.ts";
import { type ConfiguredLookup, type OpenLookups, openLookups, openSource } from "../../src/lookups/lookups.ts";

let crm: Server;
let base: string;
let asked: number;
const open: Pick<OpenLookups, "close">[] = [];

beforeEach(async () => {
  asked = 0;
  crm = createServer((_, response) => {
    asked += 1;
    response.end('{"status":"lead","income":1}');
  });
  await new Promise<void>((resolve) => void crm.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  crm.closeAllConnections();
  crm.close();
});

const watch = {
  lookupEnded: () => undefined,
  lookupCached: () => undefined,
  lookupsInFlight: () => undefined,
  lookupBreaker: () => undefined,
};

function crmWith(more: Record<string, Json> = {}, fields: readonly string[] = ["status"]): ConfiguredLookup {
  return {
    settings: { http: { url: `${base}/`, allow_hosts: ["127.0.0.1"] }, cache: "1h", ...more },
    fields: new Set(fields),
  };
}

function opened(configured: Readonly<Record<string, ConfiguredLookup>>, before: OpenLookups | null = null) {
  const both = openLookups(new Map(Object.entries(configured)), { clock: systemClock, watch }, before);
  open.push(both.lookups, both.retired);
  return both;
}

test("rules that are loaded anew keep the answers of what is configured as before, and ask anew what is not", async () => {
  const first = opened({ crm: crmWith() }).lookups;
  expect(await first.ask("crm", {})).toEqual({ kind: "value", value: { status: "lead" } });
  const same = opened({ crm: crmWith() }, first);
  await same.retired.close();
  expect(same.lookups.ask("crm", {})).toEqual({ kind: "value", value: { status: "lead" } });
  expect(asked).toBe(1);
  const other = opened({ crm: crmWith({}, ["status", "income"]) }, same.lookups);
  expect(await other.lookups.ask("crm", {})).toEqual({ kind: "value", value: { status: "lead", income: 1 } });
  expect(asked).toBe(2);
  // What went on with the old ones ends with them, and not before.
  expect(await same.lookups.ask("crm", { "http.url": `${base}/x` })).toMatchObject({ kind: "value" });
  await other.retired.close();
  await expect(same.lookups.ask("crm", { "http.url": `${base}/y` })).rejects.toThrow("look-ups are closed");
  expect(await other.lookups.ask("crm", { "http.url": `${base}/z` })).toMatchObject({ kind: "value" });
});

test("a look-up that is gone has no answer", () => {
  expect(opened({}).lookups.ask("crm", {})).toEqual({ kind: "failed" });
});

test.each<Json>([
  { redis: { url: "not an address", get: "x" } },
  { hubspot: { access_token: "t", base_url: "nowhere" } },
  { salesforce: { instance_url: "", client_id: "i", client_secret: "s", query: "select Id from X" } },
])("an address that cannot be read is a source without answers: %j", async (settings) => {
  const source = openSource(settings);
  const { signal } = new AbortController();
  expect(await source.fetch({}, signal)).toEqual({
    kind: "failed",
    code: "settings_unusable",
    again: false,
    afterMs: null,
  });
  await expect(source.probe(signal)).rejects.toThrow("its address cannot be read");
  await source.close();
});
