import { inWords } from "./jetstream-access.ts";
import type { NatsAccess, NatsLogin } from "./jetstream-access.ts";
import { Unavailable, Unsupported } from "./store.ts";

// Codes are those of the client's `ErrorCode`, of Node's sockets and of OpenSSL.

/** The first connection failed: says why in words of the settings, and never a secret. */
export function explainRefusal(error: unknown, access: NatsAccess): Unavailable | Unsupported {
  const code = codeOf(error);
  const where = inWords(access);
  const problem = whyRefused(code, access) ?? whyNotEncrypted(code, access);
  if (problem !== null) return new Unsupported(`the NATS server at ${where} ${problem}`, { cause: error });
  if (code === "TIMEOUT") return new Unavailable(tookTooLong(access), { cause: error });
  const plural = access.servers.length > 1;
  return new Unavailable(
    `no NATS server answers at ${where}: start one with JetStream, or correct the address${plural ? "es" : ""}`,
    { cause: error },
  );
}

/** A refusal of our login, also one that comes while running. Null for anything else. */
export function whyRefused(code: string, { login }: Pick<NatsAccess, "login">): string | null {
  switch (code) {
    case "AUTHORIZATION_VIOLATION":
    case "BAD_AUTHENTICATION":
      return login === null
        ? "asks for a login, and none is set: set HEED_NATS_USER and HEED_NATS_PASSWORD, or HEED_NATS_TOKEN, HEED_NATS_CREDS or HEED_NATS_NKEY"
        : REFUSED[login.kind](login);
    case "AUTHENTICATION_EXPIRED":
    case "ACCOUNT_EXPIRED":
      return `says that ${login?.kind === "creds" ? `the credentials in ${login.file} have` : "our login has"} expired: renew ${login?.kind === "creds" ? "the file; it is read anew at each attempt" : "it"}`;
    case "AUTHENTICATION_TIMEOUT":
      return "closed the connection because our login came too late: it, or this machine, is overloaded";
    default:
      return null;
  }
}

const REFUSED: Readonly<Record<NatsLogin["kind"], (login: NatsLogin) => string>> = {
  password: (login) =>
    `refuses the user ${JSON.stringify("user" in login ? login.user : "")} with this password: correct HEED_NATS_USER and HEED_NATS_PASSWORD, or the login in the URL`,
  token: () => "refuses this token: correct HEED_NATS_TOKEN, or the token in the URL",
  creds: (login) =>
    `refuses the credentials in ${"file" in login ? login.file : ""}: they are expired or revoked, or of an account that this server does not know`,
  nkey: (login) =>
    `refuses the key in ${"file" in login ? login.file : ""}: its public key, which begins with U, must be among the server's users`,
};

const UNTRUSTED = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
]);

function whyNotEncrypted(code: string, { certificates: { ca, own } }: NatsAccess): string | null {
  if (UNTRUSTED.has(code)) {
    return ca === null
      ? "has a certificate of an authority that this machine does not know: set HEED_NATS_CA to the file of that authority's certificate"
      : `has a certificate that the authority in ${ca} did not sign: set HEED_NATS_CA to the authority that did`;
  }
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "has a certificate that has expired: renew it";
    case "CERT_NOT_YET_VALID":
      return "has a certificate that is not valid yet: check the clocks of both machines";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "has a certificate for other names than this: reach it by a name that its certificate has";
    case "ERR_OSSL_X509_KEY_VALUES_MISMATCH":
      return `cannot be reached: the key in ${own?.key ?? ""} is not the one of the certificate in ${own?.cert ?? ""}`;
    case "SERVER_OPT_NA":
      return "offers no TLS, and an unencrypted line is not what was asked for: configure TLS there, or use nats:// without HEED_NATS_CA and HEED_NATS_CERT";
    default:
      return null;
  }
}

/** A server that asks for certificates ends the connection of who has none, which the client hears as silence. */
function tookTooLong(access: NatsAccess): string {
  const { encrypted, certificates } = access;
  const mayAsk = encrypted || certificates.ca !== null;
  const hint = !mayAsk
    ? "check the address, and that it is a NATS server"
    : certificates.own === null
      ? "if it asks clients for a certificate, set HEED_NATS_CERT and HEED_NATS_KEY; else check the address"
      : "if it does not take our certificate, which HEED_NATS_CERT names, it says so in its log; else check the address";
  return `the NATS server at ${inWords(access)} did not finish the connection in time: ${hint}`;
}

/** The code of an error, or of what it wraps. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const wrapped = "chainedError" in error ? codeOf(error.chainedError) : "";
  return code === "TLS" && wrapped !== "" ? wrapped : code;
}
