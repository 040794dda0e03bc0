import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { check } from "../../src/cli/check.ts";
import { prepareDeploy } from "../../src/cli/deploy.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { loadWorkspace } from "../../src/rulebook/load-workspace.ts";
import { runTests } from "../../src/simulate/run-tests.ts";

const example = new URL("plugin/heed-provider-chat", import.meta.url).pathname;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heed-plugins-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** What npm does, as far as a workspace sees it. */
function install(name: string, code: string): void {
  put(
    `node_modules/${name}/package.json`,
    JSON.stringify({ name, version: "1.0.0", type: "module", exports: "./index.js" }),
  );
  put(`node_modules/${name}/index.js`, code);
}

function heedYaml(plugins: string, providers: string, channel = "chat"): string {
  return `
workspace: acme
time_zone: America/New_York
country: US
plugins: [${plugins}]
providers: { ${providers} }
channels: { team: { kind: slack, provider: ${channel} } }
`;
}

const rule = `
rule: tell-the-team
description: For a test.
owner: growth-ops
class: transactional
trigger: { event: lead.asked }
actions:
  - { send: team, text: A lead has asked. }
`;

const story = `
suite: chat
rules: [tell-the-team.yaml]
start: 2026-03-06T14:00:00-05:00
horizon: 1h
contacts: { ana: { id: c1 } }
cases:
  - name: is told, also at the second attempt
    given: [{ at: 0s, contact: ana, event: lead.asked }]
    providers: { team: [{ status: 503 }] }
    expect: [{ send: team, provider: chat, text: A lead has asked. }]
  - name: is not told what chat refuses
    given: [{ at: 0s, contact: ana, event: lead.asked }]
    providers: { team: [{ status: 400 }] }
    expect: none
    because: [{ rule: tell-the-team, reason: provider.rejected }]
`;

const message: OutgoingMessage = {
  intentId: "i_1",
  attempt: 1,
  contactId: "c1",
  ruleId: "tell-the-team",
  channel: "team",
  kind: "slack",
  from: null,
  to: null,
  content: { text: "A lead has asked." },
};

function problems(): readonly string[] {
  const { problems: found } = checkWorkspace(loadWorkspace(folder), null);
  return found
    .filter(({ severity }) => severity === "error")
    .map(({ code, message, help }) => `${code} ${message}: ${help ?? ""}`);
}

describe("a provider from a package", () => {
  const settings = 'chat: { url: "${CHAT_URL}", token: "${CHAT_TOKEN}" }';

  test("is checked, tested, deployed and sends, as if it were ours", async () => {
    cpSync(example, join(folder, "node_modules/heed-provider-chat"), { recursive: true });
    put("heed.yaml", heedYaml("heed-provider-chat", settings));
    put("tell-the-team.yaml", rule);
    put("tell-the-team.test.yaml", story);
    const { parsed, problems: found } = checkWorkspace(loadWorkspace(folder), null);
    expect(found).toEqual([]);
    if (parsed.workspace === null) throw new Error("no heed.yaml");
    const report = await runTests({ parsed, heed: parsed.workspace }, () => true);
    expect(report.cases.map(({ outcome }) => outcome.status)).toEqual(["passed", "passed"]);

    const received: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (chunk: string) => received.push(chunk));
      request.on("end", () => {
        response.writeHead(request.headers.authorization === "Bearer secret" ? 200 : 401);
        response.end('{"id":"m-1"}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const env = { CHAT_URL: url, CHAT_TOKEN: "secret" };
    const prepared = await prepareDeploy(folder, { clock: systemClock, dataDirectory: folder, env }, null);
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.problems));
    const outbound = prepared.deployed.providers.get("chat")?.outbound;
    const outcome = await outbound?.send(message);
    expect(outcome).toEqual({ kind: "accepted", providerMessageId: "m-1" });
    expect(received).toEqual(['{"key":"i_1","text":"A lead has asked."}']);
    server.closeAllConnections();
    server.close();
  });

  test("has its settings and kinds judged where they are written", () => {
    cpSync(example, join(folder, "node_modules/heed-provider-chat"), { recursive: true });
    put("heed.yaml", heedYaml("heed-provider-chat", "chat: { url: 5 }").replace("kind: slack", "kind: email"));
    expect(problems().toSorted()).toEqual([
      "HEED212 `chat` carries slack, not email: ",
      "HEED213 `token` is required: ",
      "HEED213 `url` is required: ",
    ]);
  });

  test("has its settings judged by the schema that it brings, each mistake at its place", () => {
    const schema = {
      type: "object",
      required: ["token", "url"],
      additionalProperties: false,
      properties: {
        url: { type: "string", pattern: "^https:" },
        token: { type: "string", minLength: 8 },
        mode: { enum: ["fast", "slow"] },
        retries: { type: "integer", maximum: 5 },
        rooms: { type: "array", items: { type: "object", required: ["name"] } },
      },
    };
    const definition = `{ name: "chat", title: "Chat", capabilities: { kinds: ["slack"], idempotencyKey: false, lookup: false },
      settingsSchema: ${JSON.stringify(schema)},
      configure: (settings) => settings.url.endsWith("/") ? { ok: false, problems: [{ path: ["url"], message: "ends with a slash" }] } : { ok: true, create: async () => ({}) } }`;
    install("p", `export const heedProvider = ${definition};`);
    const said = (settings: string): readonly string[] => {
      put("heed.yaml", heedYaml("p", `chat: ${settings}`));
      return problems().toSorted();
    };
    expect(said('{ url: "https://a", token: "${CHAT_TOKEN}", retries: "${RETRIES}" }')).toEqual([]);
    expect(said('{ url: "https://a/", token: "${CHAT_TOKEN}" }')).toEqual(["HEED213 `url` ends with a slash: "]);
    expect(said('{ url: "SECRET", mode: SECRET, retries: 9, rooms: [{ name: a }, {}], tokn: 1 }')).toEqual([
      "HEED213 `mode` must be equal to one of the allowed values: fast, slow: ",
      "HEED213 `retries` must be <= 5: ",
      "HEED213 `rooms.1.name` is required: ",
      "HEED213 `token` is required: ",
      "HEED213 `tokn` is not known here: ",
      'HEED213 `url` must match pattern "^https:": ',
    ]);
  });

  test("is refused while its package is not named, or a slip of the pen beside one", () => {
    cpSync(example, join(folder, "node_modules/heed-provider-chat"), { recursive: true });
    put("heed.yaml", heedYaml("", "outbox: {}, chat: {}"));
    expect(problems().join()).toContain("`chat`");
    put("heed.yaml", heedYaml("heed-provider-chat", "outbox: {}, chta: {}", "outbox"));
    expect(problems()).toEqual(["HEED224 there is no provider `chta`: did you mean `chat`?"]);
  });
});

describe("a package that came with the rules", () => {
  const evil = 'import { writeFileSync } from "node:fs"; writeFileSync(new URL("ran", import.meta.url), "");';
  const ran = () => existsSync(join(folder, "node_modules/heed-provider-x/ran"));
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", ...words], { cwd: folder });
  const checked = () => {
    const told: string[] = [];
    const io = { write: (text: string) => void told.push(text), talk() {}, colours: false, now: () => 0 };
    return { code: check([folder], {}, io), text: told.join("") };
  };
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    ["in node_modules", () => git("add", "--force", ".")],
    ["beside its neighbour in node_modules", () => git("add", "--force", "node_modules/neighbour")],
    [
      "and is linked to",
      () => {
        renameSync(join(folder, "node_modules/heed-provider-x"), join(folder, "x"));
        symlinkSync("../x", join(folder, "node_modules/heed-provider-x"));
        git("add", "x");
      },
    ],
  ])("%s is not run by a check", (_, commit) => {
    install("heed-provider-x", evil);
    install("neighbour", "");
    put("heed.yaml", heedYaml("heed-provider-x", "outbox: {}", "outbox"));
    git("init", "--quiet");
    commit();
    git("commit", "--quiet", "--message", "x");
    const { code, text } = checked();
    expect(text).toContain("the package `heed-provider-x` lies in the repository of these rules");
    expect([code, ran()]).toEqual([1, false]);
    vi.stubEnv("HEED_TRUST_PLUGINS", "yes");
    checked();
    expect(ran()).toBe(true);
  });

  test("is loaded when npm installed it beside them, in a repository and outside of one", () => {
    install("heed-provider-x", evil);
    put("heed.yaml", heedYaml("heed-provider-x", "outbox: {}", "outbox"));
    expect(checked().text).toContain("exports no provider");
    git("init", "--quiet");
    git("add", "heed.yaml");
    rmSync(join(folder, "node_modules/heed-provider-x/ran"));
    install("heed-provider-y", evil);
    put("heed.yaml", heedYaml("heed-provider-y", "outbox: {}", "outbox"));
    expect(checked().text).toContain("exports no provider");
    expect(existsSync(join(folder, "node_modules/heed-provider-y/ran"))).toBe(true);
  });
});

describe("a package that adds no provider", () => {
  const definition = `{ name: "x", title: "X", capabilities: { kinds: ["email"], idempotencyKey: false, lookup: false }, configure: () => ({ ok: true, create: async () => null }) }`;
  const good = `export const heedProvider = ${definition};`;

  test.each<readonly [string, string, string]>([
    ["exports nothing", "export const other = 1;", "exports no provider: expected `heedProvider`"],
    ["exports an empty list", "export const heedProviders = [];", "exports no provider"],
    ["throws while it is loaded", "throw new TypeError('key hunter2');", "failed when it was loaded: TypeError"],
    ["waits while it is loaded", "await Promise.resolve();", "waits for something while it is loaded"],
    ["is no JavaScript", "export const {", "failed when it was loaded: SyntaxError"],
    ["misses what it needs", 'import "nowhere-to-be-found";', "failed when it was loaded: "],
    ["has a name with spaces", good.replace('"x"', '"my x"'), "`name` must be lower-case letters"],
    ["has an unknown kind", good.replace('"email"', '"fax"'), "`capabilities.kinds` of x must be a list of email, sms"],
    ["has no flag", good.replace("lookup: false", "lookup: 0"), "`capabilities.lookup` of x must be true or false"],
    ["has no configure", good.replace("configure:", "settings:"), "`configure` of x must be a function"],
    [
      "has a door that is a text",
      good.replace('title: "X"', 'title: "X", door: "open"'),
      "`door` of x must be an object",
    ],
    ...['{ type: "nonsense" }', '{ $ref: "https://example.com/schema.json" }', "null"].map(
      (schema) =>
        [
          `brings ${schema} as a schema`,
          good.replace('title: "X"', `title: "X", settingsSchema: ${schema}`),
          "`settingsSchema` of x is no JSON Schema",
        ] as const,
    ),
    [
      "has the name of ours",
      good.replace('"x"', '"twilio"'),
      "adds a provider `twilio`, and there is one of that name",
    ],
    ["speaks in Heed's name", good.replace('"x"', '"heed"'), "adds a provider `heed`, and there is one of that name"],
  ])("because it %s is told by name", (_, code, expected) => {
    install("heed-provider-x", code);
    put("heed.yaml", heedYaml("heed-provider-x", "outbox: {}", "outbox"));
    const [problem = "", ...others] = problems();
    expect(others).toEqual([]);
    expect(problem).toContain("HEED223 the package `heed-provider-x` ");
    expect(problem).toContain(expected);
    expect(problem).not.toContain("hunter2");
  });

  test("because it is not installed is told with what to do", () => {
    put("heed.yaml", heedYaml("'@acme/heed-provider'", "outbox: {}", "outbox"));
    expect(problems()).toEqual([
      "HEED223 the package `@acme/heed-provider` is not installed where heed.yaml is: install it there: npm install @acme/heed-provider",
    ]);
  });

  test("stops neither the checker nor a send when it throws against its promise", async () => {
    const broken = good.replace(
      "configure: () => ({ ok: true, create: async () => null })",
      'configure() { throw new Error("hunter2"); }',
    );
    install("heed-provider-x", broken);
    put("heed.yaml", heedYaml("heed-provider-x", "x: {}", "x").replace("kind: slack", "kind: email"));
    expect(problems()).toEqual(["HEED213 x cannot be judged: its package heed-provider-x threw Error: "]);
    const throws = `{ capabilities: {}, timeoutMs: 1, send() { throw new Error("hunter2"); }, async close() {} }`;
    install(
      "heed-provider-y",
      good
        .replace('"x"', '"y"')
        .replace("async () => null", `async () => ({ name: "y", inbound: null, outbound: ${throws} })`),
    );
    put("heed.yaml", heedYaml("heed-provider-y", "y: {}", "y").replace("kind: slack", "kind: email"));
    const prepared = await prepareDeploy(folder, { clock: systemClock, dataDirectory: folder, env: {} }, null);
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.problems));
    const outcome = await prepared.deployed.providers.get("y")?.outbound?.send(message);
    expect(outcome).toEqual({ kind: "ambiguous", code: "plugin_threw" });
  });
});
