import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../src/core/model/json.ts";
import { openSource } from "../../src/lookups/lookups.ts";
import type { Fetched, LookupSource, Texts } from "../../src/lookups/source.ts";

/** A CRM of our own, which can be slow, wrong, huge, redirecting and rate-limiting. */
let crm: Server;
let base: string;
let requests: { readonly method: string; readonly url: string; readonly headers: Json; readonly body: string }[];
let respond: (request: IncomingMessage, response: ServerResponse) => void;
const open: LookupSource[] = [];

beforeAll(async () => {
  crm = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      const { method = "", url = "" } = request;
      requests.push({ method, url, headers: JSON.parse(JSON.stringify(request.headers)) as Json, body });
      respond(request, response);
    });
  });
  await new Promise<void>((resolve) => void crm.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
});

afterAll(async () => {
  crm.closeAllConnections();
  await new Promise((resolve) => crm.close(resolve));
});

beforeEach(() => {
  requests = [];
  respond = (_, response) => void response.end("{}");
});

afterEach(async () => {
  for (const source of open.splice(0)) await source.close();
});

function says(status: number, body: unknown, headers: Record<string, string> = {}): void {
  respond = (_, response) =>
    void response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
}

function sourceOf(settings: Json): LookupSource {
  const source = openSource(settings);
  open.push(source);
  return source;
}

function http(settings: Record<string, Json> = {}): LookupSource {
  return sourceOf({ http: { url: `${base}/contacts/{{ contact.id }}`, allow_hosts: ["127.0.0.1"], ...settings } });
}

function ask(source: LookupSource, texts: Texts = {}, signal = new AbortController().signal): Promise<Fetched> {
  return source.fetch({ "http.url": `${base}/contacts/a1`, ...texts }, signal);
}

const value = (object: Json): Json => ({ kind: "value", value: object });

describe("http", () => {
  test("asks with its method, headers, credentials and body, and the texts at their places", async () => {
    const source = http({
      method: "POST",
      headers: { "X-Team": "blue", "x-who": "{{ contact.id }}" },
      auth: { basic: { user: "heed", password: "s3cret" } },
      body: { filter: [{ email: "{{ contact.email }}" }], limit: 1 },
    });
    says(200, { status: "lead" });
    const texts = { "http.headers.x-who": "a1", "http.body.filter.0.email": 'ana"@example.com' };
    expect(await ask(source, texts)).toEqual(value({ status: "lead" }));
    expect(requests).toEqual([
      {
        method: "POST",
        url: "/contacts/a1",
        headers: expect.objectContaining({
          "x-team": "blue",
          "x-who": "a1",
          authorization: `Basic ${Buffer.from("heed:s3cret").toString("base64")}`,
          "content-type": "application/json",
        }) as Json,
        body: '{"filter":[{"email":"ana\\"@example.com"}],"limit":1}',
      },
    ]);
    expect(source.repeatable).toBe(false);
  });

  test("sends a bearer token, and keeps its connections", async () => {
    const ports = new Set<number | undefined>();
    const source = http({ auth: { bearer: "t0ken" } });
    respond = (request, response) => {
      ports.add(request.socket.remotePort);
      response.end("{}");
    };
    for (let n = 0; n < 10; n++) await ask(source);
    expect(requests[0]).toMatchObject({ headers: { authorization: "Bearer t0ken" } });
    expect(ports.size).toBeLessThan(4);
  });

  test("reads the object that its path leads to, by own properties", async () => {
    says(200, { results: [{ properties: { status: "lead" } }], empty: [], none: null, list: [1] });
    const at = (path: string): Promise<Fetched> => ask(http({ path }));
    expect(await at("results.0.properties")).toEqual(value({ status: "lead" }));
    expect(await at("results.1.properties")).toEqual({ kind: "nothing" });
    expect(await at("empty.0")).toEqual({ kind: "nothing" });
    expect(await at("none.properties")).toEqual({ kind: "nothing" });
    for (const path of ["constructor", "results.length", "results.0.toString", "missing", "list", "list.0"]) {
      expect((await at(path)).kind).toBe("invalid");
    }
  });

  test.each<[string, number, unknown, Json]>([
    ["nobody", 404, { error: "not found" }, { kind: "nothing" }],
    ["nothing at all", 204, "", { kind: "nothing" }],
    ["null", 200, "null", { kind: "nothing" }],
    ["what stands in front of it when it is away", 404, "default backend - 404", { kind: "failed", again: false }],
    ["a page for people", 200, "<html>", { kind: "invalid", code: "malformed" }],
    ["a list", 200, [{ status: "lead" }], { kind: "invalid", code: "no_object" }],
    ["a text", 200, '"lead"', { kind: "invalid" }],
    ["nesting without end", 200, "[".repeat(5_000), { kind: "invalid", code: "too_deep" }],
    ["a refusal", 403, {}, { kind: "failed", code: "http_403", again: false }],
    ["trouble", 503, {}, { kind: "failed", code: "http_503", again: true }],
    ["another place", 302, {}, { kind: "failed", code: "http_302", again: false }],
    ["more than fits", 200, `{"x":"${"y".repeat(2_000_000)}"}`, { kind: "failed" }],
  ])("takes %s for what it is", async (_, status, body, expected) => {
    says(status, body, status === 302 ? { location: "/secret" } : {});
    expect(await ask(http())).toMatchObject(expected as object);
    expect(requests).toHaveLength(1);
  });

  test("drops what would be written onto prototypes", async () => {
    says(200, '{"__proto__":{"admin":true},"constructor":1,"status":"lead"}');
    expect(JSON.stringify(await ask(http()))).toBe('{"kind":"value","value":{"status":"lead"}}');
  });

  test("hears how long it is to wait", async () => {
    says(429, {}, { "retry-after": "7" });
    expect(await ask(http())).toEqual({ kind: "failed", code: "http_429", again: true, afterMs: 7_000 });
    says(429, {}, { "retry-after": "999999" });
    expect(await ask(http())).toMatchObject({ afterMs: 60_000 });
  });

  test("inflates nothing", async () => {
    respond = (_, response) =>
      void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(5_000_000)));
    expect(await ask(http())).toMatchObject({ kind: "failed", code: "answer_compressed" });
  });

  test("ends in the midst of an answer when nobody waits any more", async () => {
    const controller = new AbortController();
    respond = (_, response) => {
      response.write('{"status":');
      controller.abort();
    };
    expect(await ask(http(), {}, controller.signal)).toMatchObject({ kind: "failed", code: "timeout", again: false });
  });

  test("fails, and may be asked again, where nobody listens or the line breaks", async () => {
    respond = (_, response) => void response.destroy();
    expect(await ask(http())).toMatchObject({ kind: "failed", again: true });
  });

  test("refuses an address of our own network that is not listed, and asks nobody", async () => {
    const source = sourceOf({ http: { url: `${base}/`, allow_hosts: ["crm.internal"] } });
    expect(await ask(source)).toMatchObject({ kind: "failed", code: "address_refused", again: false });
    await expect(source.probe(new AbortController().signal)).rejects.toThrow(/allow_hosts/);
    expect(requests).toEqual([]);
  });

  test("cannot be led to another address by what a contact supplied", async () => {
    for (const url of [`${base}/contacts/..`, `${base}/contacts/%2e%2e/admin`, `${base}/./x`]) {
      expect(await ask(http(), { "http.url": url })).toMatchObject({ kind: "failed", code: "url_unusable" });
    }
    expect(requests).toEqual([]);
  });

  test("is probed without asking about anybody", async () => {
    says(404, "nothing here");
    expect(await http().probe(new AbortController().signal)).toMatch(/^127\.0\.0\.1:\d+ answers \(HTTP 404\)$/);
    expect(requests).toMatchObject([{ method: "GET", url: "/", body: "" }]);
    says(401, {});
    await expect(http().probe(new AbortController().signal)).rejects.toThrow(/refuses our credentials/);
  });
});

describe("hubspot", () => {
  const hubspot = (more: Record<string, Json> = {}): LookupSource =>
    sourceOf({ hubspot: { access_token: "pat-1", properties: ["lifecyclestage", "plan"], base_url: base, ...more } });
  const about = (source: LookupSource, whom: string): Promise<Fetched> =>
    source.fetch({ "hubspot.by": whom }, new AbortController().signal);

  test("asks for a contact by email, and takes its properties", async () => {
    says(200, { id: "512", properties: { lifecyclestage: "lead", plan: null }, archived: false });
    expect(await about(hubspot(), "ana+x@example.com")).toEqual(value({ lifecyclestage: "lead", plan: null }));
    expect(requests).toMatchObject([
      {
        method: "GET",
        url: "/crm/v3/objects/contacts/ana%2Bx%40example.com?idProperty=email&properties=lifecyclestage%2Cplan&archived=false",
        headers: { authorization: "Bearer pat-1" },
      },
    ]);
  });

  test("asks by id", async () => {
    says(200, { id: "512", properties: {} });
    await about(hubspot({ by: "id", properties: ["plan"] }), "512");
    expect(requests[0]?.url).toBe("/crm/v3/objects/contacts/512?properties=plan&archived=false");
  });

  test("knows 'nobody like that' from a wrong address, and the limit of ten seconds from the one of the day", async () => {
    says(404, { status: "error", category: "OBJECT_NOT_FOUND" });
    expect(await about(hubspot(), "x@example.com")).toEqual({ kind: "nothing" });
    says(404, { status: "error" });
    expect(await about(hubspot(), "x@example.com")).toMatchObject({ kind: "failed", code: "http_404" });
    says(429, { policyName: "TEN_SECONDLY_ROLLING" });
    expect(await about(hubspot(), "x@example.com")).toMatchObject({ code: "http_429", again: true });
    says(429, { policyName: "DAILY" });
    expect(await about(hubspot(), "x@example.com")).toMatchObject({ code: "daily_limit", again: false });
  });

  test("asks nobody about a name that would be another address", async () => {
    expect(await about(hubspot(), "..")).toEqual({ kind: "nothing" });
    expect(requests).toEqual([]);
  });
});

describe("salesforce", () => {
  let tokens: number;
  let records: Json[];
  let refused: string | null;

  beforeEach(() => {
    tokens = 0;
    records = [{ attributes: { type: "Contact", url: "/x" }, Status: "Open" }];
    refused = null;
    respond = ({ url = "", headers }, response) => {
      if (url === "/services/oauth2/token") {
        tokens += 1;
        response.end(JSON.stringify({ access_token: `token-${tokens}`, instance_url: base }));
      } else if (headers.authorization === `Bearer ${refused ?? ""}`) {
        response.writeHead(401).end('[{"message":"Session expired","errorCode":"INVALID_SESSION_ID"}]');
      } else {
        response.end(JSON.stringify({ totalSize: records.length, done: true, records }));
      }
    };
  });

  const salesforce = (more: Record<string, Json> = {}): LookupSource =>
    sourceOf({
      salesforce: { instance_url: base, client_id: "id", client_secret: "s3cret", query: "select Id from X", ...more },
    });
  const soql = "select Status from Contact where Email = 'o\\'neil@example.com'";
  const query = (source: LookupSource, signal = new AbortController().signal): Promise<Fetched> =>
    source.fetch({ "salesforce.query": soql }, signal);

  test("asks with one token for all, and takes the first record without its description", async () => {
    const source = salesforce();
    expect(await Promise.all([query(source), query(source)])).toEqual([
      value({ Status: "Open" }),
      value({ Status: "Open" }),
    ]);
    expect(tokens).toBe(1);
    expect(requests[0]?.body).toBe("grant_type=client_credentials&client_id=id&client_secret=s3cret");
    const asked = new URL(`${base}${requests[1]?.url ?? ""}`);
    expect([asked.pathname, asked.searchParams.get("q")]).toEqual(["/services/data/v65.0/query", soql]);
    records = [];
    expect(await query(source)).toEqual({ kind: "nothing" });
  });

  test("renews a token that is refused, once", async () => {
    const source = salesforce({ refresh_token: "r1" });
    await query(source);
    refused = "token-1";
    expect(await query(source)).toEqual(value({ Status: "Open" }));
    expect(tokens).toBe(2);
    expect(requests[0]?.body).toContain("grant_type=refresh_token&refresh_token=r1");
    refused = "token-2";
    respond = (
      ({ before }) =>
      (request: IncomingMessage, response: ServerResponse) => {
        if (request.url?.startsWith("/services/data") === true) {
          response.writeHead(401).end('[{"errorCode":"INVALID_SESSION_ID"}]');
        } else before(request, response);
      }
    )({ before: respond });
    expect(await query(source)).toMatchObject({ kind: "failed", code: "INVALID_SESSION_ID", again: false });
    expect(tokens).toBe(3);
  });

  test("tells a limit that ends in a while, and a client that is refused, without quoting either", async () => {
    const source = salesforce();
    await query(source);
    says(403, [{ message: "TotalRequests Limit exceeded.", errorCode: "REQUEST_LIMIT_EXCEEDED" }]);
    expect(await query(source)).toEqual({
      kind: "failed",
      code: "REQUEST_LIMIT_EXCEEDED",
      again: false,
      afterMs: 60_000,
    });
    says(400, { error: "invalid_client", error_description: "s3cret" });
    expect(await query(salesforce())).toMatchObject({ kind: "failed", code: "token_refused", again: false });
    await expect(salesforce().probe(new AbortController().signal)).rejects.toThrow("gave no token: token_refused");
  });
});
