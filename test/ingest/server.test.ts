import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { click, exchange, openDoor, postSendGrid, sendGridHeaders } from "./open-door.ts";
import type { OpenDoor, OpenDoorOptions } from "./open-door.ts";

let door: OpenDoor;
const open = async (options?: OpenDoorOptions) => (door = await openDoor(options));
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door.close(0);
});

const quick = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 };
const head = "POST /webhooks/sendgrid HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

function idle(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(door.port, "127.0.0.1", () => resolve(socket));
    socket.on("error", () => undefined);
    sockets.push(socket);
  });
}

describe("the server", () => {
  it("does not wait for headers that drip in", async () => {
    await open({ server: quick });
    expect(await exchange(door.port, ["POST /webhooks/sendgrid HTTP/1.1\r\nhost: x\r\nx-drip: "])).toMatch(
      /^HTTP\/1\.1 408 /,
    );
  });

  it("does not wait for a body that drips in", async () => {
    await open({ server: quick });
    expect(await exchange(door.port, [`${head}content-length: 100\r\n\r\n[`])).toMatch(/^HTTP\/1\.1 408 /);
    expect(door.appends).toEqual([]);
  });

  it.each([
    ["two lengths that disagree", `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ["a length that is none", `${head}content-length: -1\r\n\r\n`, 400],
    ["noise", "\x16\x03\x01\x02\x00\x01\x00", 400],
    ["headers over 16 kB", `${head}x-long: ${"x".repeat(17_000)}\r\n\r\n`, 431],
  ])("refuses %s before anybody looks at it", async (_, bytes, status) => {
    await open();
    expect(await exchange(door.port, [bytes])).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(door.refusals).toEqual([]);
  });

  it("refuses new connections when it has as many as it may, and goes on to serve those it has", async () => {
    await open({ server: { maxConnections: 5 } });
    const first = await idle();
    await Promise.all([idle(), idle(), idle(), idle()]);
    await expect.poll(async () => exchange(door.port, ["GET / HTTP/1.1\r\nhost: x\r\n\r\n"])).toBe("");
    const answer = new Promise<string>((resolve) => first.once("data", (chunk) => resolve(chunk.toString())));
    first.write("GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("says nothing about what it is made of", async () => {
    await open();
    const response = await fetch(`${door.url}/nowhere`);
    expect(response.headers.get("x-powered-by")).toBeNull();
    expect(response.headers.get("server")).toBeNull();
    expect(response.headers.get("etag")).toBeNull();
  });

  it("lets a client that is still writing hear why it was refused", async () => {
    await open();
    const body = "x".repeat(8 * 1_048_576);
    const answer = await exchange(door.port, [`${head}content-length: ${body.length}\r\n\r\n`, body]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"status":413');
  });

  it("serves the next request on a connection whose last one was refused after it was read", async () => {
    await open();
    const bad = `${head}content-length: 2\r\n\r\n[]`;
    const socket = await idle();
    let heard = "";
    socket.on("data", (chunk) => (heard += chunk.toString()));
    socket.write(bad + bad);
    await expect.poll(() => heard.match(/HTTP\/1\.1 401/g)?.length).toBe(2);
  });
});

describe("closing the server", () => {
  it("answers what is in flight after it is durable, takes nothing new, and ends idle connections", async () => {
    let commit = () => {};
    await open({
      append: async (facts, store) => {
        await new Promise<void>((resolve) => (commit = resolve));
        return store.append(facts);
      },
    });
    const waiting = await idle();
    const ended = new Promise((resolve) => waiting.once("close", resolve));
    const response = postSendGrid(door, JSON.stringify([click()]));
    await expect.poll(() => door.appends.length).toBe(1);
    let closed = false;
    const closing = door.close(5_000).then(() => (closed = true));
    await ended;
    expect(await exchange(door.port, ["GET / HTTP/1.1\r\nhost: x\r\n\r\n"])).toBe("");
    expect(closed).toBe(false);
    commit();
    expect((await response).status).toBe(200);
    expect((await response).headers.get("connection")).toBe("close");
    await closing;
    expect(door.events()).toHaveLength(1);
  });

  it("does not wait for ever for a sender that never finishes", async () => {
    await open();
    const socket = await idle();
    const headers = Object.entries(sendGridHeaders("[]")).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST /webhooks/sendgrid HTTP/1.1\r\nhost: x\r\n${headers.join("")}content-length: 2\r\n\r\n[`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    await door.close(200);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(door.appends).toEqual([]);
  });
});
