import { createServer, type Server } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { gzipSync } from "node:zlib";
import type { Agent } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callOutside, type OutsideAnswer } from "../../src/outgoing/call-outside.ts";
import { type GuardOptions, openGuardedAgent, refusalIn } from "../../src/outgoing/guarded-agent.ts";
import { reachOf } from "../../src/outgoing/judge-address.ts";

/** A server of one's own network, which nobody outside may be led to. */
let inside: Server;
let port: number;
let asked: string[];
const agents: Agent[] = [];

beforeEach(async () => {
  asked = [];
  inside = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/away") {
      response.writeHead(302, { location: "/secret" }).end();
    } else if (request.url === "/huge") {
      response.end(Buffer.alloc(3 * 1024 * 1024, "x"));
    } else if (request.url === "/bomb") {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(10 * 1024 * 1024)));
    } else if (request.url === "/never") {
      response.writeHead(200).write("{");
    } else {
      response.end('{"ok":true}');
    }
  });
  await new Promise<void>((resolve) => void inside.listen(0, "127.0.0.1", resolve));
  port = (inside.address() as AddressInfo).port;
});

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
  inside.closeAllConnections();
  await new Promise((resolve) => inside.close(resolve));
});

function get(url: string, options: Partial<GuardOptions> = {}): Promise<OutsideAnswer> {
  const agent = openGuardedAgent({ allowHosts: [], ...options });
  agents.push(agent);
  return callOutside(agent, { method: "GET", url, headers: {}, body: null }, new AbortController().signal);
}

/** A name that resolves to these addresses, one after the other, each time it is asked. */
function resolvingTo(...addresses: readonly string[]): LookupFunction {
  let times = 0;
  return (_name, _options, callback) => {
    const address = addresses[Math.min(times, addresses.length - 1)] ?? "";
    times += 1;
    callback(null, [{ address, family: address.includes(":") ? 6 : 4 }]);
  };
}

async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (failure: unknown) => refusalIn(failure)?.message,
  );
}

describe("addresses", () => {
  it.each([
    ["8.8.8.8", "public"],
    ["2606:4700::1111", "public"],
    ["::ffff:8.8.8.8", "public"],
    ["127.0.0.1", "near"],
    ["127.255.0.9", "near"],
    ["10.1.2.3", "near"],
    ["172.31.255.255", "near"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "near"],
    ["100.64.0.1", "near"],
    ["::1", "near"],
    ["::ffff:127.0.0.1", "near"],
    ["::ffff:10.0.0.1", "near"],
    ["fd12:3456::1", "near"],
    ["169.254.169.254", "never"],
    ["::ffff:169.254.169.254", "never"],
    ["fd00:ec2::254", "never"],
    ["168.63.129.16", "never"],
    ["100.100.100.200", "never"],
    ["0.0.0.0", "never"],
    ["255.255.255.255", "never"],
    ["224.0.0.1", "never"],
    ["::", "never"],
    ["::127.0.0.1", "never"],
    ["64:ff9b::7f00:1", "never"],
    ["2002:7f00:1::", "never"],
    ["2001:0:7f00:1::", "never"],
    ["fe80::1", "never"],
    ["fe80::1%eth0", "never"],
    ["ff02::1", "never"],
    ["not an address", "never"],
  ])("%s is %s", (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });
});

describe("a guarded agent", () => {
  it.each([
    "http://127.0.0.1:8080/",
    "http://127.1:8080/",
    "http://0x7f.1:8080/",
    "http://2130706433:8080/",
    "http://[::ffff:127.0.0.1]:8080/",
    "http://１２７.0.0.1:8080/",
    "http://[::1]:8080/",
    "http://[::]:8080/",
    "http://[64:ff9b::7f00:1]/",
    "http://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "http://localhost:8080/",
  ])("refuses %s", async (url) => {
    expect(await refusalOf(get(url))).toMatch(/private or reserved address: list it in allow_hosts/);
  });

  it("refuses a name that leads into our network, and asks nobody", async () => {
    const lookup = resolvingTo("127.0.0.1");
    expect(await refusalOf(get("http://crm.example:8080/", { lookup }))).toContain("crm.example leads to");
    expect(asked).toEqual([]);
  });

  it("connects to the address it judged, whatever the name resolves to a moment later", async () => {
    const names: string[] = [];
    const rebinding = resolvingTo("192.0.2.1", "127.0.0.1");
    const lookup: LookupFunction = (name, options, callback) => {
      names.push(name);
      rebinding(name, options, callback);
    };
    expect(await refusalOf(get("http://rebound.example:8080/", { lookup }))).toContain("rebound.example leads to");
    expect(names).toEqual(["rebound.example"]);
    expect(asked).toEqual([]);
  });

  it("asks a host that is allowed by name, at any port", async () => {
    const options = { allowHosts: ["CRM.internal."], lookup: resolvingTo("127.0.0.1") };
    const { status, body } = await get(`http://crm.internal:${port}/x`, options);
    expect([status, body.toString()]).toEqual([200, '{"ok":true}']);
    expect((await get(`http://127.0.0.1:${port}/`, { allowHosts: ["127.0.0.1"] })).status).toBe(200);
  });

  it("leads nobody to a metadata service under an allowed name, only under its own address", async () => {
    const lookup = resolvingTo("169.254.169.254");
    const call = get("http://crm.internal/", { allowHosts: ["crm.internal"], lookup });
    expect(await refusalOf(call)).toContain("crm.internal leads to");
  });

  it("connects only to those addresses of a name that it may", async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(null, [
        { address: "169.254.169.254", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    expect((await get(`http://two.example:${port}/`, { lookup, allowHosts: ["two.example"] })).status).toBe(200);
  });

  it.each([22, 6379, 5432])("refuses port %s of a host that is not listed", async (port) => {
    expect(await refusalOf(get(`http://example.com:${port}/`))).toContain("example.com may only be asked at the ports");
  });

  it.each(["file:///etc/passwd", "gopher://example.com/", "not a url"])("refuses %s", async (url) => {
    await expect(get(url)).rejects.toThrow(/begins with http/);
  });

  it("refuses credentials in the address", async () => {
    await expect(get("https://user:secret@example.com/")).rejects.toThrow(/credentials belong/);
  });

  it("does not follow where it is sent", async () => {
    const { status } = await get(`http://127.0.0.1:${port}/away`, { allowHosts: ["127.0.0.1"] });
    expect(status).toBe(302);
    expect(asked).toEqual(["/away"]);
  });

  it("reads no more than it may, and inflates nothing", async () => {
    const allowHosts = ["127.0.0.1"];
    await expect(get(`http://127.0.0.1:${port}/huge`, { allowHosts })).rejects.toThrow(/size/);
    await expect(get(`http://127.0.0.1:${port}/bomb`, { allowHosts })).rejects.toThrow(/compressed/);
  });

  it("ends with its signal, in the midst of an answer too", async () => {
    const agent = openGuardedAgent({ allowHosts: ["127.0.0.1"] });
    agents.push(agent);
    const controller = new AbortController();
    const url = `http://127.0.0.1:${port}/never`;
    const call = callOutside(agent, { method: "GET", url, headers: {}, body: null }, controller.signal);
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(call).rejects.toThrow(/abort/i);
  });
});
