/** How a NATS server is reached and who we are to it. Files are paths, read anew at each connection, so that they may be renewed. */
export interface NatsAccess {
  /** `host:port`, in the order they were named. */
  readonly servers: readonly string[];
  /** Nothing is said, the login neither, unless the line is encrypted. */
  readonly encrypted: boolean;
  readonly login: NatsLogin | null;
  readonly certificates: NatsCertificates;
}

export type NatsLogin =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string }
  /** A file with a user's JWT and seed, as `nsc generate creds` writes it. */
  | { readonly kind: "creds"; readonly file: string }
  /** A file with the seed of a user's nkey. */
  | { readonly kind: "nkey"; readonly file: string };

export interface NatsCertificates {
  /** Of the authority that signed the server's certificate, when the machine does not know it. */
  readonly ca: string | null;
  /** Our own, for servers that ask for one. */
  readonly own: { readonly cert: string; readonly key: string } | null;
}

export const NO_CERTIFICATES: NatsCertificates = { ca: null, own: null };

const SERVER = /^(?:(?:nats|tls):\/\/)?(?:([^@/]*)@)?(\[[\da-fA-F:.]+\]|[^@/:\s[\]]+)(?::(\d{1,5}))?\/?$/;
const DEFAULT_PORT = "4222";

type Address = Pick<NatsAccess, "servers" | "encrypted" | "login">;

/**
 * Reads `nats://host:4222`, with `user:password@` or `token@` before the host, `tls://` for a line that must be
 * encrypted, and several servers of one cluster separated by commas. The client library would take none of these but
 * the host. A fault never quotes the text: it may hold a password.
 */
export function readNatsUrl(text: string): Address | { readonly fault: string } {
  const parts = text.split(",").map((part) => part.trim());
  if (!/^(nats|tls):\/\//.test(parts[0] ?? "")) return { fault: "it begins with neither nats:// nor tls://" };
  const servers: string[] = [];
  const logins = new Set<string>();
  for (const [index, part] of parts.entries()) {
    const [match, login, host, port = DEFAULT_PORT] = SERVER.exec(part) ?? [];
    if (match === undefined || host === undefined || Number(port) > 65_535) {
      return {
        fault: `${parts.length === 1 ? "it" : `server ${index + 1} in it`} is not host:port; in a user name, password or token write @ as %40, : as %3A, / as %2F and a comma as %2C`,
      };
    }
    servers.push(`${host}:${port}`);
    if (login !== undefined && login !== "") logins.add(login);
  }
  if (logins.size > 1) return { fault: "its servers have different logins, but they are one cluster: give one" };
  const [found] = logins;
  const login = found === undefined ? null : readLogin(found);
  if (login === "unreadable") return { fault: "a % in its login is followed by no two hexadecimal digits" };
  return { servers, encrypted: parts.some((part) => part.startsWith("tls://")), login };
}

function readLogin(text: string): NatsLogin | "unreadable" {
  const [first = "", ...rest] = text.split(":");
  try {
    if (rest.length === 0) return { kind: "token", token: decodeURIComponent(first) };
    return { kind: "password", user: decodeURIComponent(first), password: decodeURIComponent(rest.join(":")) };
  } catch {
    return "unreadable";
  }
}

/** For people: the servers without any login. */
export function inWords({ servers, encrypted }: Pick<NatsAccess, "servers" | "encrypted">): string {
  return servers.map((server) => `${encrypted ? "tls" : "nats"}://${server}`).join(", ");
}
