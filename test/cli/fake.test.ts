import { createServer } from "node:http";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fake, type FakeFlags } from "../../src/cli/fake.ts";
import { fakeSend } from "../../src/cli/fake-send.ts";
import { changesFor, withChanges } from "../../src/cli/fake-settings.ts";
import { openFakes } from "../../src/cli/fake-vendors.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { behaviours } from "../../src/providers/fake-behaviours.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const heedYaml = (providers: string): string => `
workspace: rehearsal
time_zone: America/New_York
country: US
providers:
  outbox: {}
${providers}
channels:
  team: { kind: slack, provider: outbox }
`;
const WHOLE = `  sendgrid: { api_key: "\${SENDGRID_API_KEY}", webhook: { public_key: "\${SENDGRID_KEY}" } }`;

function workspace(providers: string): string {
  return writeFiles(join(scratchDirectory(), "rules"), { "heed.yaml": heedYaml(providers) });
}

/** Until it has said all; then it is interrupted. */
async function played(providers: string, flags: FakeFlags = {}, env: NodeJS.ProcessEnv = {}) {
  let out = "";
  let interrupt = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  const say = (text: string): void => {
    out += text;
    interrupt();
  };
  const context = { out: say, err: say, clock: systemClock, env, interrupted };
  const code = await fake(workspace(providers), { port: "0", ...flags }, context);
  return { code, out };
}

test("heed fake says what heed run needs, as variables where heed.yaml has them and as settings elsewhere", async () => {
  const { code, out } = await played(WHOLE, {}, { SENDGRID_API_KEY: "SG.a-secret-of-ours" });
  expect(code).toBe(0);
  expect(out).toMatch(/Playing sendgrid; reports go to http:\/\/127\.0\.0\.1:8080/);
  expect(out).toMatch(/export SENDGRID_KEY='MFkw[\w+/=]+'/);
  expect(out).toMatch(/providers:\n\s+sendgrid:\n\s+base_url: http:\/\/127\.0\.0\.1:\d+\n/);
  expect(out, "what is known already, and secret").not.toContain("SG.a-secret-of-ours");
});

test("heed fake plays what it is asked to, named in heed.yaml or not", async () => {
  const { out } = await played(WHOLE, { provider: ["twilio"] });
  expect(out).toContain("Playing twilio;");
  expect(out).toContain("auth_token:");
  await expect(played(WHOLE, { provider: ["pigeon"] })).rejects.toThrow(/expected one of .*sendgrid.*found "pigeon"/);
  await expect(played("")).rejects.toThrow(/names no provider that has a fake/);
});

test("heed fake --recipients tells of every behaviour", async () => {
  const { out } = await played(WHOLE, { recipients: true });
  for (const { word, says } of behaviours) {
    expect(out).toContain(`${word}@example.com`);
    expect(out).toContain(says);
  }
});

const open = (env: NodeJS.ProcessEnv = {}) =>
  openFakes({ env, clock: systemClock, door: () => null, tell: () => undefined, port: 0 });

test("a rehearsal needs no variables, and keeps the settings that are no secrets", async () => {
  const fakes = open();
  const compiled = await fakes.compile(workspace(WHOLE.replace("} }", ", tolerance: 5m }, timeout: 2s }")));
  await fakes.close();
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("\n"));
  expect(compiled.workspace.providers.get("sendgrid")).toMatchObject({
    base_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    timeout: "2s",
    webhook: { tolerance: "5m", public_key: expect.stringMatching(/^MFkw/) },
  });
});

test("a rehearsal leads away from a real vendor even when all variables are set", async () => {
  const fakes = open({ SENDGRID_API_KEY: "SG.real", SENDGRID_KEY: "not-a-key" });
  const compiled = await fakes.compile(workspace(WHOLE));
  await fakes.close();
  expect(compiled.ok && compiled.workspace.providers.get("sendgrid")).toMatchObject({
    base_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/),
  });
});

test("a rehearsal judges by the same rulebook as the files do", async () => {
  const directory = workspace(WHOLE);
  const digests = [];
  for (const fakes of [open(), open()]) {
    const compiled = await fakes.compile(directory);
    await fakes.close();
    digests.push(compiled.ok && compiled.workspace.rulebook.digest);
  }
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(digests[1]).toBe(digests[0]);
});

test("a rehearsal has a store of its own, so that no real message is lost in it", () => {
  const real = readRunSettings("rules", { dataDir: "/var/heed" }, {});
  const played = readRunSettings("rules", { dataDir: "/var/heed", fake: true }, {});
  expect([real.dataDirectory, real.namespace]).toEqual(["/var/heed", "heed"]);
  expect([played.dataDirectory, played.namespace]).toEqual(["/var/heed/fake", "heed-fake"]);
  const nats = { store: "nats://127.0.0.1:4222", role: "decide", fake: true };
  expect(() => readRunSettings("rules", nats, {})).toThrow(/leave --role out/);
});

test("only what differs has to change, and what is replaced is not missed any more", () => {
  const written = { key: "${KEY}", url: "https://${HOST}/x", webhook: { keys: ["${OLD}", "${NEW}"], tolerance: "5m" } };
  const wanted = { key: "k", url: "http://fake", webhook: { keys: "k2" } };
  expect(changesFor(written, wanted, { KEY: "k", HOST: "example.com" })).toEqual({
    variables: { OLD: "k2", NEW: "k2" },
    settings: { url: "http://fake", webhook: { keys: "k2" } },
  });
  expect(withChanges(written, wanted)).toEqual({
    key: "k",
    url: "http://fake",
    webhook: { keys: "k2", tolerance: "5m" },
  });
});

test("a rehearsal does not start while messages could leave through a provider that nobody plays", async () => {
  const directory = workspace('  chat: { url: "https://chat.example.com", token: t }');
  const plugin = new URL("plugin/heed-provider-chat", import.meta.url).pathname;
  cpSync(plugin, join(directory, "node_modules/heed-provider-chat"), { recursive: true });
  const file = join(directory, "heed.yaml");
  writeFileSync(file, `plugins: [heed-provider-chat]\n${readFileSync(file, "utf8")}`);
  const fakes = open();
  await expect(fakes.compile(directory)).rejects.toThrow(/Chat has no fake, so its messages would leave this machine/);
  await fakes.close();
});

test("heed fake send posts a file as one who only reports would, signed, and says what Heed answered", async () => {
  const posted: { path: string | undefined; type: string | undefined; secret: unknown; body: string }[] = [];
  let answer = 200;
  const door = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path, headers } = request;
      posted.push({
        path,
        type: headers["content-type"],
        secret: headers["x-shop"],
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void door.close());
  const address = door.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
  const rules = workspace(
    `  rudderstack: { header_secret: "\${RUDDER_SECRET}" }\n${WHOLE}\nsources:\n  shop: { auth: header, header: x-shop, secret: "\${SHOP_SECRET}", events: { event: Order Completed, email: email } }`,
  );
  const file = join(
    writeFiles(join(scratchDirectory(), "bodies"), { "order.json": '{"email":"ana@example.com"}' }),
    "order.json",
  );
  let said = "";
  const io = {
    out: (text: string) => void (said += text),
    err: (text: string) => void (said += text),
    clock: systemClock,
  };
  const send = (provider: string, to = url, env = { SHOP_SECRET: "new-secret" }, path = file) =>
    fakeSend({ provider, file: path, directory: rules }, { door: to }, { ...io, env });
  expect(await send("shop")).toBe(0);
  expect(said).toBe("posted to /webhooks/shop, signed as shop: Heed answered 200\n");
  expect(posted).toEqual([
    { path: "/webhooks/shop", type: "application/json", secret: "new-secret", body: '{"email":"ana@example.com"}' },
  ]);
  answer = 401;
  expect(await send("shop")).toBe(1);
  await expect(send("rudderstack")).rejects.toThrow("rudderstack needs RUDDER_SECRET: set it in the environment");
  await expect(send("pigeon")).rejects.toThrow('expected one of rudderstack, shop; found "pigeon"');
  await expect(send("sendgrid")).rejects.toThrow("whose fake reports by itself");
  await expect(send("shop", "http://127.0.0.1:9")).rejects.toThrow("nobody listens at http://127.0.0.1:9");
  await expect(send("shop", url, undefined, "/none.json")).rejects.toThrow("/none.json can't be read");
  expect(posted).toHaveLength(2);
});
