import { createHash } from "node:crypto";
import { nkeys } from "nats";

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(input: Uint8Array): Uint8Array;
}

/** The client library gives it away untyped. */
const keys: Readonly<Record<"createOperator" | "createAccount" | "createUser", () => KeyPair>> = nkeys;

/** An operator, an account with JetStream and a user of it, as `nsc` would make them: signed by keys, no server asked. */
export interface DecentralizedUser {
  /** Lines of configuration for a server that trusts this operator and knows this account. */
  readonly config: string;
  /** The content of a `.creds` file. */
  creds(expiresAt?: number): string;
}

export function createDecentralizedUser(): DecentralizedUser {
  const [operator, account, system, user] = [
    keys.createOperator(),
    keys.createAccount(),
    keys.createAccount(),
    keys.createUser(),
  ];
  const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const jetStream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const signed = {
    operator: sign(operator, operator, { type: "operator", system_account: system.getPublicKey() }),
    account: sign(operator, account, { type: "account", limits: { ...limits, ...jetStream } }),
    system: sign(operator, system, { type: "account", limits }),
  };
  return {
    config: `operator: ${signed.operator}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: {
  ${account.getPublicKey()}: ${signed.account}
  ${system.getPublicKey()}: ${signed.system}
}`,
    creds(expiresAt) {
      const claims = { type: "user", subs: -1, data: -1, payload: -1, pub: {}, sub: {} };
      const jwt = sign(account, user, claims, expiresAt);
      const seed = new TextDecoder().decode(user.getSeed());
      return [part("NATS USER JWT", jwt), part("USER NKEY SEED", seed)].join("\n");
    },
  };
}

/** A user known to a server by its public key alone: what the server lists, and the content of the user's seed file. */
export function createNkeyUser(): { readonly publicKey: string; readonly seed: string } {
  const user = keys.createUser();
  return { publicKey: user.getPublicKey(), seed: `${new TextDecoder().decode(user.getSeed())}\n` };
}

function part(name: string, content: string): string {
  return `-----BEGIN ${name}-----\n${content}\n------END ${name}------\n`;
}

/** `expiresAt` in seconds. The claims are those of version 2 of NATS' own JWT. */
function sign(issuer: KeyPair, subject: KeyPair, nats: object, expiresAt?: number): string {
  const claims = {
    iat: Math.floor(Date.now() / 1_000),
    ...(expiresAt === undefined ? {} : { exp: expiresAt }),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: "test",
    nats: { version: 2, ...nats },
  };
  const jti = createHash("sha256").update(JSON.stringify(claims)).digest("hex");
  const text = [
    { typ: "JWT", alg: "ed25519-nkey" },
    { ...claims, jti },
  ]
    .map(encode)
    .join(".");
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
