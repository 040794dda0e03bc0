import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { prepareDeploy } from "../../src/cli/deploy.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Deployed } from "../../src/runtime/parts.ts";
import { heedYaml } from "../rulebook/in-memory.ts";

let directory = "";
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "heed-sources-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const sources = `
sources:
  shop:
    { auth: hmac_sha256, header: x-sig, secret: "\${SHOP_SECRET}", events: { event: order.placed, phone: phone } }
`;

async function deploy(secret: string, before: Deployed | null, country = "US"): Promise<Deployed> {
  writeFileSync(join(directory, "heed.yaml"), heedYaml.replace("country: US", `country: ${country}`) + sources);
  const context = { clock: systemClock, dataDirectory: directory, env: { SHOP_SECRET: secret } };
  const prepared = await prepareDeploy(directory, context, before);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.problems));
  return prepared.deployed;
}

function ask(deployed: Deployed, secret: string) {
  const body = Buffer.from('{"phone":"030 901820"}');
  const headers = { "x-sig": createHmac("sha256", secret).update(body).digest("hex") };
  const request = { method: "POST", url: "/webhooks/shop", headers, body };
  const inbound = deployed.providers.get("shop")?.inbound;
  return { verified: inbound?.verify(request, 1).ok, normalized: inbound?.normalize(request, 1) };
}

it("a source is served beside the vendors, and follows its settings and the workspace's country", async () => {
  const first = await deploy("one", null, "DE");
  expect(ask(first, "one")).toMatchObject({
    verified: true,
    normalized: { events: [{ event_type: "order.placed", provider: "shop", address: { phone: "+4930901820" } }] },
  });
  expect((await deploy("one", first, "DE")).providers.get("shop")).toBe(first.providers.get("shop"));
  const second = await deploy("two", first, "DE");
  expect([ask(second, "one").verified, ask(second, "two").verified]).toEqual([false, true]);
  const moved = await deploy("two", second, "FR");
  expect(ask(moved, "two").normalized).not.toMatchObject({ events: [{ address: { phone: "+4930901820" } }] });
});
