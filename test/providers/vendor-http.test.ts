import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { transportFailure } from "../../src/providers/transport-failure.ts";
import { openVendorHttp } from "../../src/providers/vendor-http.ts";
import { createCertificates } from "../support/certificates.ts";

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function open() {
  const http = openVendorHttp();
  cleanups.push(() => http.close());
  return http;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createHttpServer(answer);
  cleanups.push(() => server.closeAllConnections());
  return `http://${await listen(server)}`;
}

const never = new AbortController().signal;

describe("plain HTTP to a vendor", () => {
  it("gives status, headers and text, and follows no redirect", async () => {
    const url = await serve((request, response) => {
      request.resume().once("end", () => {
        response.writeHead(302, { location: "/elsewhere", "x-count": ["1", "2"] }).end("é");
      });
    });
    const answer = await open().call({ method: "POST", url: `${url}/a?b=c`, body: "{}" }, never);
    expect(answer).toMatchObject({ status: 302, body: "é" });
    expect(answer.headers).toMatchObject({ location: "/elsewhere", "x-count": "1, 2" });
  });

  it("sends method, path, headers and body as given", async () => {
    const url = await serve((request, response) => {
      request.setEncoding("utf8").once("data", (body) => {
        response.end(JSON.stringify([request.method, request.url, request.headers["x-token"], body]));
      });
    });
    const asked = { method: "PUT", url: `${url}/a?b=c`, headers: { "x-token": "t" }, body: "text" } as const;
    expect(JSON.parse((await open().call(asked, never)).body)).toEqual(["PUT", "/a?b=c", "t", "text"]);
  });

  const failureOf = async (url: string, signal = never) =>
    open()
      .call({ method: "POST", url, body: "{}" }, signal)
      .then(
        () => "an answer",
        (error: unknown) => transportFailure(error),
      );

  it("knows that nothing was written when nobody listens", async () => {
    const address = await listen(createServer());
    await cleanups.pop()?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await failureOf(`http://${address}`)).toEqual({ kind: "retryable", code: "ECONNREFUSED", afterMs: null });
  });

  it("knows that nothing was written while the connection was being made", async () => {
    const address = await listen(createServer());
    expect(await failureOf(`https://${address}`, AbortSignal.timeout(100))).toEqual({
      kind: "retryable",
      code: "timeout",
      afterMs: null,
    });
  });

  it("knows that nothing was written where the name leads nowhere", async () => {
    expect(await failureOf("http://nobody.invalid")).toMatchObject({
      kind: "retryable",
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    });
  });

  it("knows that nothing was written to a vendor who is not who it says it is", async () => {
    const directory = mkdtempSync(join(tmpdir(), "heed-vendor-"));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const { cert, key } = createCertificates(directory).server;
    let asked = 0;
    const server = createHttpsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => {
      asked += 1;
      response.end();
    });
    expect(await failureOf(`https://${await listen(server)}`)).toEqual({
      kind: "retryable",
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      afterMs: null,
    });
    expect(asked).toBe(0);
  });

  it("does not know what became of a request whose connection broke", async () => {
    const closed = await serve((request) => void request.socket.destroy());
    expect(await failureOf(closed)).toEqual({ kind: "ambiguous", code: "ECONNRESET" });
    const reset = await serve((request) => void request.socket.resetAndDestroy());
    expect(await failureOf(reset)).toEqual({ kind: "ambiguous", code: "ECONNRESET" });
  });

  it("does not know what became of a request whose answer was cut in the middle", async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("{");
      setTimeout(() => request.socket.destroy(), 20);
    });
    expect(await failureOf(url)).toEqual({ kind: "ambiguous", code: "ECONNRESET" });
  });

  it("takes another connection in the place of one that was closed while it had nothing to do", async () => {
    const connections = new Set<object>();
    const url = await serve((request, response) => {
      connections.add(request.socket);
      response.end();
      setTimeout(() => request.socket.destroy(), 10);
    });
    const http = open();
    for (let time = 0; time < 3; time += 1) {
      expect(await http.call({ method: "POST", url, body: "{}" }, never)).toMatchObject({ status: 200 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(connections.size).toBe(3);
  });

  it("does not know what became of a request that was given up while the vendor was silent", async () => {
    const url = await serve(() => {});
    expect(await failureOf(url, AbortSignal.timeout(100))).toEqual({ kind: "ambiguous", code: "timeout" });
  });

  it("does not read an answer without end", async () => {
    const url = await serve((request, response) => {
      request.resume();
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.writeHead(200).on("drain", more);
      more();
    });
    expect(await failureOf(url)).toEqual({ kind: "ambiguous", code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" });
  });
});
