import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "nats";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { DomainsAsked } from "../../src/cli/doctor-domains.ts";
import { doctor } from "../../src/cli/doctor.ts";
import { readRunSettings, type RunFlags } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Clock } from "../../src/core/model/clock.ts";
import { startSendGridFake } from "../../src/providers/sendgrid/fake.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { NOTHING } from "../../src/store/migration.ts";
import { openJetStreamImport, openJetStreamStore } from "../../src/store/jetstream.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
}, 60_000);
afterAll(() => server.stop());

const SECRET = "SG.a-secret-that-nobody-may-see";
const heedYaml = (providers: string): string => `
workspace: patient
time_zone: America/New_York
country: US
providers:
${providers}
channels:
  email: { kind: email, provider: sendgrid, from: "Acme <hello@acme.example>" }
events: { lead.created: {} }
`;
const WHOLE = `  sendgrid: { api_key: "\${SENDGRID_API_KEY}", webhook: { public_key: "\${SENDGRID_KEY}" } }`;

interface Patient {
  readonly flags?: RunFlags;
  readonly providers?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly clock?: Clock;
  readonly dataDir?: string;
  readonly outside?: DomainsAsked;
}

async function examined(patient: Patient = {}) {
  const scratch = scratchDirectory();
  const rules = writeFiles(join(scratch, "rules"), { "heed.yaml": heedYaml(patient.providers ?? WHOLE) });
  const env = { SENDGRID_API_KEY: SECRET, SENDGRID_KEY: SECRET, HEED_API_TOKEN: SECRET, ...patient.env };
  const flags = { dataDir: patient.dataDir ?? join(scratch, "data"), port: "1", ...patient.flags };
  let out = "";
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (out += text) };
  const settings = readRunSettings(rules, flags, env);
  const code = await doctor({
    settings,
    clock: patient.clock ?? systemClock,
    io,
    env,
    outside: patient.outside ?? null,
  });
  expect(out).not.toContain(SECRET);
  return { code, out };
}

describe("on the embedded store", () => {
  test("all is well where nothing has run yet, and it says what an acknowledgement survives", async () => {
    const { code, out } = await examined();
    expect(out).toContain("nothing has run here yet");
    expect(out).toContain("✓ durability: an acknowledgement means that it is on this machine's disk");
    expect(out).toMatch(/all is well\n$/);
    expect(code).toBe(0);
  });

  test("tells what waits, dead letters, and who has it open", async () => {
    const dataDir = scratchDirectory();
    const store = await openEmbeddedStore({ directory: dataDir, clock: systemClock });
    const body = new TextEncoder().encode("?");
    await store.append([
      { id: "one", key: "id:ana", body },
      { id: "two", key: "id:ana", body, dead: "not readable" },
    ]);
    const open = await examined({ dataDir });
    expect(open.out).toContain(`open in process ${process.pid}`);
    expect(open.out).toContain("✓ lanes: waiting: 1 in events\n");
    expect(open.out).toContain("! dead letters: 1\n");
    expect(open.code).toBe(1);
    await store.close();
    expect((await examined({ dataDir })).out).toContain("nobody has it open");
  });

  test("asks the source of each look-up once, about nobody, and tells no address of its secrets", async () => {
    const asked: (string | undefined)[] = [];
    const crm = createServer((request, response) => {
      asked.push(request.url);
      response.end("{}");
    });
    await new Promise<void>((resolve) => void crm.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void crm.close());
    const { port } = crm.address() as AddressInfo;
    const lookups = `${WHOLE}
lookups:
  crm: { http: { url: "http://127.0.0.1:${port}/contacts/{{ contact.id }}", allow_hosts: ["127.0.0.1"] } }
  inner: { http: { url: "http://localhost:${port}/contacts/{{ contact.id }}" } }
  app: { postgres: { url: "postgres://heed:\${HEED_API_TOKEN}@127.0.0.1:1/app", query: "select 1 where $1 = ''", params: ["{{ contact.id }}"] } }
`;
    const { out, code } = await examined({ providers: lookups });
    expect(out).toContain(`✓ look-up crm: 127.0.0.1:${port} answers (HTTP 200)\n`);
    expect(out).toMatch(/! look-up inner: localhost:\d+ was not reached: .* list it in allow_hosts/);
    expect(out).toContain("! look-up app: the database was not reached: ECONNREFUSED\n");
    expect(asked).toEqual(["/"]);
    expect(code).toBe(1);
  });

  test("names variables that are not set, and providers that are not whole", async () => {
    const unset = await examined({ env: { SENDGRID_KEY: "" } });
    expect(unset.out).toContain("✗ environment: heed.yaml needs SENDGRID_KEY\n");
    expect(unset.code).toBe(3);
    const providers = `  sendgrid: { api_key: "\${SENDGRID_API_KEY}", base_url: "http://127.0.0.1:9" }`;
    const { code, out } = await examined({ providers });
    expect(out).toContain("! provider sendgrid: has no webhook");
    expect(out).toContain("! provider sendgrid: has a base_url of its own");
    expect(code).toBe(1);
  });
});

describe("outside", () => {
  /** The DNS, by name; what is not in it has no records. */
  const dns = (records: Readonly<Record<string, string>>): DomainsAsked => ({
    selectors: [],
    resolveTxt(name) {
      const record = records[name];
      if (record !== undefined) return Promise.resolve([[record.slice(0, 9), record.slice(9)]]);
      return Promise.reject(Object.assign(new Error("no records"), { code: "ENOTFOUND" }));
    },
  });
  const sound = {
    "acme.example": "v=spf1 include:sendgrid.net ~all",
    "s1._domainkey.acme.example": "k=rsa; t=s; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC",
    "_dmarc.acme.example": "v=DMARC1; p=quarantine",
  };

  async function withSendGrid(apiKey: string, outside: DomainsAsked) {
    const fake = await startSendGridFake({ apiKey: SECRET });
    onTestFinished(() => fake.close());
    const providers = `  sendgrid: { api_key: "\${SENDGRID_API_KEY}", base_url: "${fake.url}" }`;
    const { out } = await examined({ providers, outside, env: { SENDGRID_API_KEY: apiKey } });
    return { out, fake };
  }

  test("says of credentials that they are good, by a call that sends nothing, and of a domain that mailboxes know it", async () => {
    const { out, fake } = await withSendGrid(SECRET, dns(sound));
    expect(out).toContain("✓ credentials of sendgrid: SendGrid takes our credentials\n");
    expect(fake.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /v3/scopes"]);
    expect(out).toContain("✓ SPF of acme.example: there\n");
    expect(out).toContain("✓ DKIM of acme.example: a key under s1\n");
    expect(out).toContain("✓ DMARC of acme.example: there: p=quarantine\n");
  });

  test("says what a vendor refuses, and of each missing record which to add", async () => {
    const { out } = await withSendGrid("SG.another", dns({}));
    expect(out).toContain("! credentials of sendgrid: SendGrid refuses our credentials (HTTP 401)\n");
    expect(out).toContain('add the record acme.example TXT "v=spf1 include:sendgrid.net ~all"');
    expect(out).toContain("! DKIM of acme.example: there is no key under s1, s2");
    expect(out).toContain('add the record _dmarc.acme.example TXT "v=DMARC1; p=none; rua=mailto:dmarc@acme.example"');
  });

  test("knows an open SPF record, a key under a name of one's own, and a DNS that does not answer", async () => {
    const own = dns({ "acme.example": "v=spf1 +all", "mine._domainkey.acme.example": "p=MIGfMA0" });
    const { out } = await withSendGrid(SECRET, { ...own, selectors: ["mine"] });
    expect(out).toContain("! SPF of acme.example: lets everybody send for it");
    expect(out).toContain("✓ DKIM of acme.example: a key under mine\n");
    const silent = () => Promise.reject(Object.assign(new Error("late"), { code: "ETIMEOUT" }));
    const late = await withSendGrid(SECRET, { selectors: [], resolveTxt: silent });
    expect(late.out).toContain("! domain acme.example: the DNS could not be asked: ETIMEOUT\n");
  });

  test("asks nobody when it is to stay offline, and waits for no vendor for ever", async () => {
    const deaf = createServer(() => undefined);
    await new Promise<void>((resolve) => void deaf.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      deaf.close();
      deaf.closeAllConnections();
    });
    const { port } = deaf.address() as AddressInfo;
    const providers = `  sendgrid: { api_key: "\${SENDGRID_API_KEY}", base_url: "http://127.0.0.1:${port}" }`;
    expect((await examined({ providers })).out).not.toContain("credentials of sendgrid");
    const { out } = await examined({ providers, outside: dns(sound) });
    expect(out).toContain("! credentials of sendgrid: SendGrid gave no answer in time\n");
  });
});

describe("on a real nats-server", () => {
  const at = (namespace: string): RunFlags => ({ store: server.url, namespace });

  async function opened(namespace: string) {
    const store = await openJetStreamStore({ url: server.url, namespace, clock: systemClock });
    onTestFinished(() => store.close());
    return store;
  }

  test("makes nothing where nothing has run, and says how durable its word is", async () => {
    const { code, out } = await examined({ flags: at("nothing") });
    expect(out).toContain(`✓ store: JetStream on nats-server ${server.version}`);
    expect(out).toContain("✓ streams: none yet: nothing has run under the namespace nothing");
    expect(out).toMatch(/durability: an acknowledgement means that nats-server has it/);
    if (server.version.startsWith("2.9."))
      expect([out.includes("cannot be told to flush sooner"), code]).toEqual([true, 1]);
    else expect([out.includes("sync_interval: always"), code]).toEqual([true, 0]);
    const nc = await connect({ servers: server.url });
    onTestFinished(() => nc.close());
    const manager = await nc.jetstreamManager();
    const names: string[] = [];
    for await (const { config } of manager.streams.list()) names.push(config.name);
    expect(names.filter((name) => /nothing/i.test(name))).toEqual([]);
  });

  test("tells the streams, the clock, what waits, and the other systems on the server", async () => {
    const body = new TextEncoder().encode("?");
    const store = await opened("patient");
    await opened("neighbour");
    await store.append([
      { id: "one", key: "id:ana", body },
      { id: "two", key: "id:ana", body, dead: "not readable" },
    ]);
    const { code, out } = await examined({ flags: at("patient") });
    expect(out).toMatch(/✓ streams: all \d+ are as Heed needs them\n/);
    expect(out).toMatch(/✓ clock: the server's and this machine's agree within \d+ ms\n/);
    expect(out).toContain("! lanes: 1 wait in events, and no process with the role decide asks for them\n");
    expect(out).toContain("✓ lanes: waiting: 1 in events\n");
    expect(out).toContain("! dead letters: 1\n");
    expect(out).toMatch(/✓ namespace: patient; also on this server: .*neighbour/);
    expect(out).toMatch(/✓ storage: \d+\.\d MiB/);
    expect(code).toBe(1);
  });

  test("sees a clock that is off", async () => {
    await opened("slow");
    const clock: Clock = { ...systemClock, now: () => systemClock.now() - 60_000 };
    const { code, out } = await examined({ flags: at("slow"), clock });
    expect(out).toMatch(/! clock: the server's is (?:59|60)\.\d s ahead of this machine's\n/);
    expect(code).toBe(1);
  });

  test("sees a stream that somebody has changed or removed", async () => {
    await (await opened("changed")).close();
    const nc = await connect({ servers: server.url });
    onTestFinished(() => nc.close());
    const { streams } = await nc.jetstreamManager();
    await streams.update("CHANGED_DEAD", { max_age: 1_000_000_000_000 });
    await streams.delete("CHANGED_JOBS");
    const { code, out } = await examined({ flags: at("changed") });
    expect(out).toContain("✗ streams: CHANGED_DEAD is not as Heed needs it: max_age is 1000000000000, must be");
    expect(out).toContain("! streams: CHANGED_JOBS is not there\n");
    expect(code).toBe(3);
  });

  test("sees that the account is full", async () => {
    const small = await startNatsServer({
      config: "accounts { A { jetstream: { max_file: 400K }, users: [ { user: few, password: p } ] } }",
    });
    onTestFinished(() => small.stop());
    const store = small.url.replace("//", "//few:p@");
    await (await openJetStreamStore({ url: store, namespace: "heed", clock: systemClock })).close();
    const { code, out } = await examined({ flags: { store } });
    expect(out).toContain("0.4 MiB that this account may use: it is full, and hardly anything is taken in any more\n");
    expect(code).toBe(3);
  });

  test("says what to do when no server answers", async () => {
    const { code, out } = await examined({ flags: { store: "nats://ana:a-password@127.0.0.1:9" } });
    expect(out).toContain("✗ store: ");
    expect(out).toContain("127.0.0.1:9");
    expect(out).not.toContain("a-password");
    expect(out).toContain("! lanes: not looked at");
    expect(out).toContain("! dead letters: not looked at");
    expect(out).not.toMatch(/nothing waits|letters: none/);
    expect(code).toBe(3);
  });

  test("says nothing of a lane that a process reads, however much waits there", async () => {
    const store = await opened("attended");
    const options = { parallel: 1, leaseMs: 30_000 };
    const consumer = await store.consume("events", options, () => Promise.resolve({ again: Date.now() + 60_000 }));
    await store.append([{ id: "one", key: "id:ana", body: new TextEncoder().encode("?") }]);
    const look = async () => (await examined({ flags: at("attended") })).out;
    await expect.poll(look, { timeout: 20_000 }).toContain("✓ lanes: waiting: 1 in events\n");
    expect(await look()).not.toContain("no process");
    await consumer.stop(1_000);
  });

  test("sees that a move into it has not ended, and that Heed does not start there", async () => {
    const place = { url: server.url, namespace: "halfway", clock: systemClock };
    const target = await openJetStreamImport(place);
    await target.prepare();
    await target.tell({ id: "begun", mark: null, done: false, moved: NOTHING, before: NOTHING });
    await target.close();
    const { code, out } = await examined({ flags: at("halfway") });
    expect(out).toContain("✗ move: a move into this namespace has begun and has not ended");
    expect(code).toBe(3);
  });

  test.each([
    [
      "$KV.>",
      `"$JS.API.>", "heed.>", "$JS.ACK.>"`,
      /✗ permissions: our NATS user may not publish to \$KV\.heed_contacts\.>: /,
    ],
    ["$JS.API.>", `"$KV.>", "heed.>", "$JS.ACK.>"`, /✗ store: our NATS user may not publish to \$JS\.API\./],
  ])("names the permission for %s when our user has not got it", async (_, allowed, expected) => {
    const user = (name: string, publish: string) =>
      `{ user: ${name}, password: p, permissions: { publish: [${publish}], subscribe: [">"] } }`;
    const guarded = await startNatsServer({
      config: `authorization { users: [${user("all", `">"`)}, ${user("few", allowed)}] }`,
    });
    onTestFinished(() => guarded.stop());
    const urlOf = (name: string) => guarded.url.replace("//", `//${name}:p@`);
    await (await openJetStreamStore({ url: urlOf("all"), namespace: "heed", clock: systemClock })).close();
    const { code, out } = await examined({ flags: { store: urlOf("few") } });
    expect(out).toMatch(expected);
    expect(code).toBe(3);
    if (!allowed.includes("API")) return;
    // And whoever writes there is told, instead of that nobody answered.
    const store = await openJetStreamStore({ url: urlOf("few"), namespace: "heed", clock: systemClock });
    onTestFinished(() => store.close());
    const change = { key: "id:ana", base: "new", body: new TextEncoder().encode("?"), wakeAt: null, emit: [] } as const;
    await expect(store.commit(change)).rejects.toThrow("our NATS user may not publish to $KV.heed_contacts.>");
  });
});
