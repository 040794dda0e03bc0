import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { credsAuthenticator, nkeyAuthenticator } from "nats";
import type { ConnectionOptions } from "nats";
import type { NatsAccess, NatsLogin } from "./jetstream-access.ts";
import { Unsupported } from "./store.ts";

/** What the client needs to log in and to encrypt. Throws Unsupported for a file that is missing or is something else. */
export function loginOptions(access: NatsAccess): ConnectionOptions {
  return { ...authentication(access.login), ...encryption(access) };
}

function authentication(login: NatsLogin | null): ConnectionOptions {
  if (login === null) return {};
  if (login.kind === "password") return { user: login.user, pass: login.password };
  if (login.kind === "token") return { token: login.token };
  const { kind, file } = login;
  if (kind === "creds") {
    const content = renewed("HEED_NATS_CREDS", file, (bytes) => {
      credsAuthenticator(bytes)("nonce");
      return bytes;
    });
    return { authenticator: credsAuthenticator(content) };
  }
  const seed = renewed("HEED_NATS_NKEY", file, (bytes) => {
    const trimmed = Buffer.from(bytes.toString("utf8").trim(), "utf8");
    nkeyAuthenticator(trimmed)("nonce");
    return trimmed;
  });
  return { authenticator: nkeyAuthenticator(seed) };
}

const EXPECTED = {
  HEED_NATS_CREDS: "a NATS credentials file, with a user's JWT and its seed, as `nsc generate creds` writes it",
  HEED_NATS_NKEY: "a file with the seed of a user's nkey, which begins with SU",
  HEED_NATS_CA: "the certificate of an authority, in PEM",
  HEED_NATS_CERT: "a certificate, in PEM",
  HEED_NATS_KEY: "a private key in PEM, without a pass phrase",
};
type FileSetting = keyof typeof EXPECTED;

/**
 * Reads a file now, and again at each connection, since short-lived credentials are replaced in place. What can't be
 * read then must not end the connection for good, as the client would: the last that could be stands.
 */
function renewed(setting: FileSetting, file: string, read: (bytes: Buffer) => Buffer): () => Buffer {
  let known = readAs(setting, file, read);
  return () => {
    try {
      known = readAs(setting, file, read);
    } catch {
      // In the middle of being replaced.
    }
    return known;
  };
}

function readAs<T>(setting: FileSetting, file: string, read: (bytes: Buffer) => T): T {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new Unsupported(`${setting} names ${file}, but ${why}: expected ${EXPECTED[setting]}`, { cause: error });
  }
  try {
    return read(bytes);
  } catch {
    // No cause: a parser's message may quote what it was given.
    throw new Unsupported(`${setting} names ${file}, which is something else: expected ${EXPECTED[setting]}`);
  }
}

/** With `tls` given, the client refuses a line that is not encrypted. */
function encryption({ encrypted, certificates: { ca, own } }: NatsAccess): ConnectionOptions {
  if (!encrypted && ca === null && own === null) return {};
  if (ca !== null) readAs("HEED_NATS_CA", ca, (bytes) => new X509Certificate(bytes));
  if (own !== null) {
    readAs("HEED_NATS_CERT", own.cert, (bytes) => new X509Certificate(bytes));
    readAs("HEED_NATS_KEY", own.key, (bytes) => createPrivateKey(bytes));
  }
  return {
    tls: {
      ...(ca === null ? {} : { caFile: ca }),
      ...(own === null ? {} : { certFile: own.cert, keyFile: own.key }),
    },
  };
}
