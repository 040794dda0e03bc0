import { lookup as lookUpName, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import { reachOf } from "./judge-address.ts";

/**
 * The one way out to addresses that configuration names. Whatever a host's name resolves to, the address that is
 * connected to is the one that was judged, so that neither a name of somebody else's nor its change of mind between two
 * questions leads into our own network.
 */
export interface GuardOptions {
  /** Hosts as they are written in URLs. Their addresses may be private and their port may be any. */
  readonly allowHosts: readonly string[];
  /** Connections to one origin at once. */
  readonly connections?: number;
  /** How long connecting may take, TLS included. The whole call has the deadline of its signal. */
  readonly connectMs?: number;
  /** How long an answer may be, in bytes. What is longer ends the call. */
  readonly longestAnswer?: number;
  /** How names are resolved; the machine's way unless given. */
  readonly lookup?: LookupFunction;
}

/** Nobody was connected to, because configuration does not allow it. It will be the same next time. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "address_refused";
}

/** Ports of the web; a host that is listed by name may be asked at any. */
const PORTS: ReadonlySet<string> = new Set(["80", "443", "8080", "8443"]);

/**
 * We let idle connections go well before a load balancer would, because a request that is written onto one that the
 * other side just closes is lost.
 */
const IDLE_MS = 4_000;

/** Tells everybody else nothing of the library it is made of. */
export type GuardedAgent = Agent;

/** Redirects are not followed, and answers are not decompressed: whoever calls sees what was said. Close it at the end. */
export function openGuardedAgent(options: GuardOptions): GuardedAgent {
  return new Agent({
    connections: options.connections ?? 16,
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    maxResponseSize: options.longestAnswer ?? 1024 * 1024,
    connect: guardedConnector(options),
  });
}

/** Tells a refusal from every other failure of a call, however it was wrapped. */
export function refusalIn(failure: unknown): AddressRefused | null {
  if (failure instanceof AddressRefused) return failure;
  return failure instanceof Error && failure.cause !== undefined ? refusalIn(failure.cause) : null;
}

function guardedConnector({
  allowHosts,
  connectMs = 5_000,
  lookup = lookUpName,
}: GuardOptions): buildConnector.connector {
  const allowed = new Set(allowHosts.map(plainHost));
  const connect = buildConnector({ timeout: connectMs, lookup: guardedLookup(allowed, lookup) });
  return (options, callback) => {
    const host = plainHost(options.hostname);
    const refused = refuseHost(host, options.port || (options.protocol === "https:" ? "443" : "80"), allowed);
    if (refused === null) connect(options, callback);
    else callback(refused, null);
  };
}

/** What can be said before a name is resolved. An address in the URL is never resolved, so it is judged here. */
function refuseHost(host: string, port: string, allowed: ReadonlySet<string>): AddressRefused | null {
  if (allowed.has(host)) return null;
  if (!PORTS.has(port)) {
    return new AddressRefused(
      `${host} may only be asked at the ports ${[...PORTS].join(", ")}: list it in allow_hosts`,
    );
  }
  return isIP(host) !== 0 && reachOf(host) !== "public" ? refusal(host, host) : null;
}

/** Hands on only those addresses of a name that may be connected to. */
function guardedLookup(allowed: ReadonlySet<string>, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (failure, found) => {
      if (failure !== null) return callback(failure, []);
      const host = plainHost(hostname);
      const fit = addressesIn(found).filter(({ address }) => mayBeConnected(address, allowed.has(host), allowed));
      const [first] = fit;
      if (first === undefined) return callback(refusal(host, "a private or reserved address"), []);
      if (options.all === true) return callback(null, fit);
      callback(null, first.address, first.family);
    });
  };
}

function addressesIn(found: string | readonly LookupAddress[]): readonly LookupAddress[] {
  return typeof found === "string" ? [{ address: found, family: isIP(found) }] : found;
}

function mayBeConnected(address: string, named: boolean, allowed: ReadonlySet<string>): boolean {
  const reach = reachOf(address);
  return reach === "public" || (reach === "near" && named) || allowed.has(plainHost(address));
}

function refusal(host: string, address: string): AddressRefused {
  const where = host === address ? `${host} is a private or reserved address` : `${host} leads to ${address}`;
  return new AddressRefused(`${where}: list it in allow_hosts if it is meant`);
}

/** As the URL parser writes hosts, without the brackets of IPv6 and the dot of the root. */
function plainHost(host: string): string {
  const url = `http://${isIP(host) === 6 ? `[${host}]` : host}`;
  const plain = URL.canParse(url) ? new URL(url).hostname : host.toLowerCase();
  return plain.replaceAll(/^\[|\]$|\.$/g, "");
}
