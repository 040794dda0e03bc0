import { describe, expect, it } from "vitest";
import { BadSetting, readRunSettings } from "../../src/cli/run-settings.ts";

const url = "nats://127.0.0.1:4222";
const store = (env: Record<string, string>, flags: object = {}) =>
  readRunSettings(undefined, { store: url, ...flags }, env).store;

describe("the settings of a NATS store", () => {
  it("are the server alone when nothing else is said, or said empty", () => {
    const none = { login: null, certificates: { ca: null, own: null } };
    expect(store({ HEED_NATS_TOKEN: "", HEED_NATS_CA: "", HEED_NATS_REPLICAS: "" })).toEqual({
      kind: "jetstream",
      url,
      security: none,
      replicas: null,
    });
  });

  it.for([
    [
      { HEED_NATS_USER: "heed", HEED_NATS_PASSWORD: "s3cret" },
      { kind: "password", user: "heed", password: "s3cret" },
    ],
    [{ HEED_NATS_TOKEN: "s3cret" }, { kind: "token", token: "s3cret" }],
    [{ HEED_NATS_CREDS: "/etc/heed.creds" }, { kind: "creds", file: "/etc/heed.creds" }],
    [{ HEED_NATS_NKEY: "/etc/heed.nk" }, { kind: "nkey", file: "/etc/heed.nk" }],
  ] as const)("log in by the environment: %o", ([env, login]) => {
    expect(store(env)).toMatchObject({ security: { login } });
  });

  it("name certificates and replicas; the flag wins over the environment, for replicas and for the namespace", () => {
    const env = {
      HEED_NATS_CA: "/etc/ca.pem",
      HEED_NATS_CERT: "/etc/heed.pem",
      HEED_NATS_KEY: "/etc/heed.key",
      HEED_NATS_REPLICAS: "3",
      HEED_NAMESPACE: "shop",
    };
    const certificates = { ca: "/etc/ca.pem", own: { cert: "/etc/heed.pem", key: "/etc/heed.key" } };
    expect(store(env)).toMatchObject({ security: { certificates }, replicas: 3 });
    expect(store(env, { replicas: "5" })).toMatchObject({ replicas: 5 });
    expect(readRunSettings(undefined, {}, env).namespace).toBe("shop");
    expect(readRunSettings(undefined, { namespace: "other" }, env).namespace).toBe("other");
  });

  it.for([
    [{ HEED_NATS_USER: "heed" }, {}, "HEED_NATS_USER is set, but HEED_NATS_PASSWORD is not: they belong together"],
    [{ HEED_NATS_PASSWORD: "s3cret" }, {}, "HEED_NATS_PASSWORD is set, but HEED_NATS_USER is not"],
    [{ HEED_NATS_KEY: "/etc/key" }, {}, "HEED_NATS_KEY is set, but HEED_NATS_CERT is not: they belong together"],
    [
      { HEED_NATS_TOKEN: "s3cret", HEED_NATS_CREDS: "/a.creds" },
      {},
      "NATS: expected one way to log in, found HEED_NATS_TOKEN and HEED_NATS_CREDS",
    ],
    [
      { HEED_NATS_TOKEN: "s3cret" },
      { store: "nats://heed:s3cret@a" },
      "NATS: expected one way to log in, found the login in the URL and HEED_NATS_TOKEN",
    ],
    [{ HEED_NATS_REPLICAS: "many" }, {}, 'replicas: expected a number from 1 to 5, found "many"'],
    [{}, { store: "s3cret@a" }, 'store: expected "embedded" or a URL such as nats://127.0.0.1:4222'],
  ] as const)("that cannot be are refused: %o %o", ([env, flags, message]) => {
    const read = () => store(env, flags);
    expect(read).toThrow(BadSetting);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/s3cret/);
  });

  it("are not looked at by who runs on the embedded store", () => {
    expect(readRunSettings(undefined, {}, { HEED_NATS_USER: "heed" }).store).toEqual({ kind: "embedded" });
  });
});
