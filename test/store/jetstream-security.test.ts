import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { openJetStreamStore } from "../../src/store/jetstream.ts";
import type { JetStreamStoreOptions } from "../../src/store/jetstream-opening.ts";
import { NO_CERTIFICATES } from "../../src/store/jetstream-access.ts";
import type { NatsCertificates, NatsLogin } from "../../src/store/jetstream-access.ts";
import { Unavailable, Unsupported } from "../../src/store/store.ts";
import type { Store } from "../../src/store/store.ts";
import { createCertificates } from "../support/certificates.ts";
import { createDecentralizedUser, createNkeyUser } from "../support/nats-accounts.ts";
import { startNatsServer } from "../support/nats-server.ts";
import type { NatsServer } from "../support/nats-server.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { collect, committed, createTestClock, emit, eventually, fact } from "./conformance/harness.ts";

// Each test starts a server of its own: a second or two on a busy machine.
const scratch = scratchDirectory();
const clock = createTestClock();

async function serverWith(config: string): Promise<NatsServer> {
  const server = await startNatsServer({ config });
  onTestFinished(() => server.stop());
  return server;
}

async function open(url: string, options: Partial<JetStreamStoreOptions> = {}): Promise<Store> {
  const store = await openJetStreamStore({ url, namespace: "heed", clock, ...options });
  onTestFinished(() => store.close());
  return store;
}

const as = (login: NatsLogin) => ({ security: { login } });
const trusting = (certificates: Partial<NatsCertificates>) => ({
  security: { certificates: { ...NO_CERTIFICATES, ...certificates } },
});

async function refusal(opening: Promise<Store>): Promise<Error> {
  const fault: unknown = await opening.then(
    () => new Error("it was let in"),
    (error: unknown) => error,
  );
  const error = fault instanceof Error ? fault : new Error(String(fault));
  expect(error.message).not.toContain("s3cret");
  return error;
}

async function expectWorks(store: Store): Promise<void> {
  expect(await store.append([fact("f1")])).toEqual([{ fresh: true }]);
}

/** A file with this content; its path. */
function file(name: string, content: string): string {
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, name), content);
  return join(scratch, name);
}

describe("the login to NATS", () => {
  it("is a user and a password, from the URL or beside it; a wrong one is told with what to correct", async () => {
    const { port, url } = await serverWith('authorization { user: "heed", password: "s3cret@:/" }');
    await expectWorks(await open(`nats://heed:s3cret%40%3A%2F@127.0.0.1:${port}`));
    await open(url, as({ kind: "password", user: "heed", password: "s3cret@:/" }));
    const wrong = await refusal(open(`nats://heed:s3crets@127.0.0.1:${port}`));
    expect(wrong).toBeInstanceOf(Unsupported);
    expect(wrong.message).toBe(
      `the NATS server at nats://127.0.0.1:${port} refuses the user "heed" with this password: correct HEED_NATS_USER and HEED_NATS_PASSWORD, or the login in the URL`,
    );
    expect((await refusal(open(url))).message).toContain(
      "asks for a login, and none is set: set HEED_NATS_USER and HEED_NATS_PASSWORD",
    );
  });

  it("is a token", async () => {
    const { port, url } = await serverWith('authorization { token: "s3cret-token" }');
    await expectWorks(await open(`nats://s3cret-token@127.0.0.1:${port}`));
    await open(url, as({ kind: "token", token: "s3cret-token" }));
    const wrong = await refusal(open(url, as({ kind: "token", token: "s3cret" })));
    expect(wrong.message).toContain("refuses this token: correct HEED_NATS_TOKEN, or the token in the URL");
  });

  it("is an nkey, of a file with its seed", async () => {
    const [known, stranger] = [createNkeyUser(), createNkeyUser()];
    const { url } = await serverWith(`authorization { users: [ { nkey: ${known.publicKey} } ] }`);
    await expectWorks(await open(url, as({ kind: "nkey", file: file("known.nk", known.seed) })));
    const wrong = await refusal(open(url, as({ kind: "nkey", file: file("stranger.nk", stranger.seed) })));
    expect(wrong.message).toContain(`refuses the key in ${join(scratch, "stranger.nk")}: its public key`);
  });

  it("is a file of credentials of an account that an operator signed", async () => {
    const [known, stranger] = [createDecentralizedUser(), createDecentralizedUser()];
    const { url } = await serverWith(known.config);
    await expectWorks(await open(url, as({ kind: "creds", file: file("known.creds", known.creds()) })));
    const path = file("stranger.creds", stranger.creds());
    const wrong = await refusal(open(url, as({ kind: "creds", file: path })));
    expect(wrong.message).toContain(`refuses the credentials in ${path}: they are expired or revoked`);
  });

  it.for([
    ["creds", "HEED_NATS_CREDS", "a NATS credentials file, with a user's JWT and its seed"],
    ["nkey", "HEED_NATS_NKEY", "a file with the seed of a user's nkey, which begins with SU"],
  ] as const)("of a %s file that is missing or something else stops before a server is asked", async (found) => {
    const [kind, setting, expected] = found;
    const missing = await refusal(open("nats://127.0.0.1:9", as({ kind, file: "/none/here" })));
    expect(missing).toBeInstanceOf(Unsupported);
    expect(missing.message).toContain(`${setting} names /none/here, but there is no such file: expected ${expected}`);
    const path = file("something.else", "s3cret, and no credentials");
    const other = await refusal(open("nats://127.0.0.1:9", as({ kind, file: path })));
    expect(other.message).toContain(`${setting} names ${path}, which is something else: expected ${expected}`);
  });

  it("is told when it is refused while running, and the store goes on once it is taken again, by a renewed file too", async () => {
    const [first, second] = [createDecentralizedUser(), createDecentralizedUser()];
    const own = await startNatsServer({ config: first.config });
    onTestFinished(() => own.stop());
    const path = file("renewed.creds", first.creds(Math.floor(Date.now() / 1_000) + 3));
    const news: string[] = [];
    const store = await open(own.url, {
      ...as({ kind: "creds", file: path }),
      onConnection: ({ kind, message }) => news.push(`${kind}: ${message}`),
    });
    await expectWorks(store);
    // The user's own credentials run out, and for a moment the file has those of a stranger.
    file("renewed.creds", second.creds());
    await eventually(
      () => expect(news.join("\n")).toContain("refused: the NATS server refuses the credentials in"),
      15_000,
    );
    await sleep(1_000);
    expect(news.filter((line) => line.startsWith("refused: the NATS server refuses"))).toHaveLength(1);
    file("renewed.creds", first.creds());
    await eventually(async () => expect((await store.health()).ok).toBe(true), 15_000);
    await sleep(200);
    expect(news.filter((line) => line.startsWith("restored"))).toHaveLength(1);
    expect(news.at(-1)).toMatch(/^restored/);
    expect(news.join("\n")).toContain("lost: ");
  }, 60_000);
});

describe("the account on NATS", () => {
  it("without JetStream stops the start", async () => {
    const { url } = await serverWith(
      "accounts { A { jetstream: enabled }, B { users: [ { user: b, password: s3cret } ] } }",
    );
    const error = await refusal(open(url, as({ kind: "password", user: "b", password: "s3cret" })));
    expect(error).toBeInstanceOf(Unsupported);
    expect(error.message).toContain("the NATS account we log in to has no JetStream: enable it for that account");
  });

  it("that may not use the API of JetStream stops the start at once, with the subject", async () => {
    const users = `[ { user: b, password: s3cret, permissions: { publish: ["heed.>"], subscribe: ["_INBOX.>"] } } ]`;
    const { url } = await serverWith(`accounts { A { jetstream: enabled, users: ${users} } }`);
    const asked = performance.now();
    const error = await refusal(open(url, as({ kind: "password", user: "b", password: "s3cret" })));
    expect(error).toBeInstanceOf(Unsupported);
    expect(error.message).toMatch(/our NATS user may not publish to \$JS\.API\.STREAM\.INFO\.\w+: Heed needs/);
    expect(performance.now() - asked).toBeLessThan(4_000);
  });

  it("needs no more than the permissions that the README names", async () => {
    const publish = '["heed.>", "$KV.>", "$JS.API.>", "$JS.ACK.>"]';
    const users = `[ { user: b, password: s3cret, permissions: { publish: ${publish}, subscribe: ["_INBOX.>"] } } ]`;
    const { url } = await serverWith(`accounts { A { jetstream: enabled, users: ${users} } }`);
    const news: string[] = [];
    const login = as({ kind: "password", user: "b", password: "s3cret" });
    const store = await open(url, { ...login, onConnection: ({ message }) => news.push(message) });
    await expectWorks(store);
    await committed(store, { wakeAt: Date.now(), emit: [emit("jobs.sms", "j1"), emit("audit", "a1")] });
    const lanes = await Promise.all((["events", "jobs.sms", "due"] as const).map((lane) => collect(store, lane)));
    await eventually(() => expect(lanes.every(({ deliveries }) => deliveries.length > 0)).toBe(true), 10_000);
    expect(await store.history("ada", { limit: 1 })).toHaveLength(1);
    expect(await store.take("sms", { from: 0, to: 1 }, 1, 1)).toBe(1);
    await store.erase("ada");
    expect(news).toEqual([]);
  });

  it("with too little room for our streams stops the start with what the server said", async () => {
    const { url } = await serverWith(
      "accounts { A { jetstream: { max_streams: 2 }, users: [ { user: b, password: s3cret } ] } }",
    );
    const error = await refusal(open(url, as({ kind: "password", user: "b", password: "s3cret" })));
    expect(error.message).toMatch(/refused to make the stream \w+: .*maximum number of streams reached/);
  });

  it("that has become full is no sound store: its health says so, and what is refused has a code for logs", async () => {
    const { url } = await serverWith(
      "accounts { A { jetstream: { max_file: 1M }, users: [ { user: b, password: s3cret } ] } }",
    );
    const store = await open(url, as({ kind: "password", user: "b", password: "s3cret" }));
    expect(await store.health()).toMatchObject({ ok: true, problems: [] });
    const body = new Uint8Array(200_000);
    const appendMany = async (): Promise<void> => {
      for (let index = 0; index < 10; index += 1) await store.append([{ ...fact(`f${index}`), body }]);
    };
    await expect(appendMany()).rejects.toMatchObject({ name: "Unavailable", code: "full", retryAfterMs: 10_000 });
    expect(await store.health()).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^NATS JetStream has no room left: give it more, or a larger limit/)],
    });
  });
});

describe("the line to NATS", () => {
  mkdirSync(scratch, { recursive: true });
  const made = createCertificates(scratch);
  const tls = (more = "") =>
    `tls { cert_file: "${made.server.cert}", key_file: "${made.server.key}", ca_file: "${made.ca}"${more} }`;

  it("is encrypted to a server that asks for it or that the URL asks it of, if its certificate can be trusted", async () => {
    const { port, url } = await serverWith(tls());
    await expectWorks(await open(url, trusting({ ca: made.ca })));
    await open(`tls://localhost:${port}`, trusting({ ca: made.ca }));
    const untrusted = await refusal(open(`tls://localhost:${port}`));
    expect(untrusted).toBeInstanceOf(Unsupported);
    expect(untrusted.message).toContain(
      `the NATS server at tls://localhost:${port} has a certificate of an authority that this machine does not know: set HEED_NATS_CA`,
    );
    const wrong = await refusal(open(url, trusting({ ca: made.client.cert })));
    expect(wrong.message).toContain(`has a certificate that the authority in ${made.client.cert} did not sign`);
  });

  it("is not opened unencrypted when encryption was asked for", async () => {
    const { port, url } = await serverWith("");
    expect((await refusal(open(`tls://127.0.0.1:${port}`))).message).toContain("offers no TLS");
    expect((await refusal(open(url, trusting({ ca: made.ca })))).message).toContain("offers no TLS");
  });

  it("has our certificate for a server that asks for one; without, the reason is guessed at", async () => {
    const { url } = await serverWith(tls(", verify: true"));
    await expectWorks(await open(url, trusting({ ca: made.ca, own: made.client })));
    const without = await refusal(open(url, trusting({ ca: made.ca })));
    expect(without).toBeInstanceOf(Unavailable);
    expect(without.message).toContain("if it asks clients for a certificate, set HEED_NATS_CERT and HEED_NATS_KEY");
    const mixed = await refusal(
      open(url, trusting({ ca: made.ca, own: { cert: made.client.cert, key: made.server.key } })),
    );
    expect(mixed.message).toContain(`the key in ${made.server.key} is not the one of the certificate in`);
  });

  it.for(["HEED_NATS_CA", "HEED_NATS_CERT", "HEED_NATS_KEY"])(
    "with a file of %s that is missing or something else is not tried",
    async (setting) => {
      const files = (path: string): NatsCertificates => ({
        ca: setting === "HEED_NATS_CA" ? path : made.ca,
        own: {
          cert: setting === "HEED_NATS_CERT" ? path : made.client.cert,
          key: setting === "HEED_NATS_KEY" ? path : made.client.key,
        },
      });
      const missing = await refusal(open("nats://127.0.0.1:9", trusting(files("/none/here"))));
      expect(missing.message).toContain(`${setting} names /none/here, but there is no such file: expected `);
      const other = await refusal(open("nats://127.0.0.1:9", trusting(files(file("no.pem", "s3cret")))));
      expect(other.message).toContain("which is something else: expected ");
    },
  );
});

describe("several NATS servers in one URL", () => {
  it("are tried until one answers; if none does, all are named, without the login", async () => {
    const { port } = await serverWith('authorization { user: "heed", password: "s3cret" }');
    await expectWorks(await open(`nats://heed:s3cret@127.0.0.1:9,nats://127.0.0.1:${port}`));
    const none = await refusal(open("nats://heed:s3cret@127.0.0.1:9,127.0.0.1:10"));
    expect(none).toBeInstanceOf(Unavailable);
    expect(none.message).toBe(
      "no NATS server answers at nats://127.0.0.1:9, nats://127.0.0.1:10: start one with JetStream, or correct the addresses",
    );
  });
});
