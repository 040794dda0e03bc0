import { resolve } from "node:path";
import { type NatsAccess, type NatsLogin, readNatsUrl } from "../store/jetstream-access.ts";

/** Where the NATS server is, and who we are to it. */
export interface NatsSettings {
  readonly url: string;
  readonly security: Pick<NatsAccess, "login" | "certificates">;
  /** Null: streams that exist keep theirs, new ones get one. */
  readonly replicas: number | null;
}

type Fault = { readonly fault: string };

/** Reads what the environment says beside the URL. A fault never quotes the URL or a login: they may hold a password. */
export function readNatsSettings(
  url: string,
  replicas: string | undefined,
  env: NodeJS.ProcessEnv,
): NatsSettings | Fault {
  const address = readNatsUrl(url);
  if ("fault" in address) {
    const expected = "a URL such as nats://127.0.0.1:4222 or tls://user:password@nats.example.com:4222";
    return { fault: `store: expected "embedded" or ${expected}, but of the one given, ${address.fault}` };
  }
  const user = readPair(env, "HEED_NATS_USER", "HEED_NATS_PASSWORD");
  if (isFault(user)) return user;
  const own = readPair(env, "HEED_NATS_CERT", "HEED_NATS_KEY");
  if (isFault(own)) return own;
  const copies = replicas ?? env["HEED_NATS_REPLICAS"] ?? "";
  if (!/^[1-5]?$/.test(copies)) {
    return { fault: `replicas: expected a number from 1 to 5, found "${copies.slice(0, 20)}"` };
  }
  const logins = loginsIn(env, user);
  const named = [...(address.login === null ? [] : ["the login in the URL"]), ...logins.keys()];
  if (named.length > 1) return { fault: `NATS: expected one way to log in, found ${named.join(" and ")}` };
  const [login = null] = logins.values();
  const certificates = {
    ca: fileIn(env, "HEED_NATS_CA"),
    own: own === null ? null : { cert: resolve(own[0]), key: resolve(own[1]) },
  };
  return { url, security: { login, certificates }, replicas: copies === "" ? null : Number(copies) };
}

/** By the name of the variable that gives it. */
function loginsIn(env: NodeJS.ProcessEnv, user: readonly [string, string] | null): ReadonlyMap<string, NatsLogin> {
  const found = new Map<string, NatsLogin>();
  if (user !== null) found.set("HEED_NATS_USER", { kind: "password", user: user[0], password: user[1] });
  const token = env["HEED_NATS_TOKEN"] ?? "";
  if (token !== "") found.set("HEED_NATS_TOKEN", { kind: "token", token });
  const creds = fileIn(env, "HEED_NATS_CREDS");
  if (creds !== null) found.set("HEED_NATS_CREDS", { kind: "creds", file: creds });
  const nkey = fileIn(env, "HEED_NATS_NKEY");
  if (nkey !== null) found.set("HEED_NATS_NKEY", { kind: "nkey", file: nkey });
  return found;
}

function fileIn(env: NodeJS.ProcessEnv, name: string): string | null {
  const path = env[name] ?? "";
  return path === "" ? null : resolve(path);
}

function isFault(read: object | null): read is Fault {
  return read !== null && "fault" in read;
}

/** Two variables of which neither means anything alone. */
function readPair(env: NodeJS.ProcessEnv, first: string, second: string): readonly [string, string] | null | Fault {
  const [one = "", two = ""] = [env[first], env[second]];
  if (one === "" && two === "") return null;
  if (one !== "" && two !== "") return [one, two];
  const [is, isNot] = one === "" ? [second, first] : [first, second];
  return { fault: `${is} is set, but ${isNot} is not: they belong together` };
}
