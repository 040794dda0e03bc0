import { BlockList, isIP } from "node:net";

/**
 * Where an address leads. `near`: networks of one's own (loopback, private, unique local), which a host that is allowed by
 * name may be in. `never`: link-local, metadata services of clouds, broadcast and what is no address of one host; only the
 * address itself, written out, allows it.
 */
export type Reach = "public" | "near" | "never";

const NEAR_V4 = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

const NEVER_V4 = [
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  // The metadata services of Azure and of Alibaba Cloud, which are not link-local.
  "168.63.129.16/32",
  "100.100.100.200/32",
];

const NEAR_V6 = ["::1/128", "fc00::/7"];

/** Of IPv6, only global unicast is public; of that not what embeds an IPv4 address (Teredo, 6to4) or is for examples. */
const PUBLIC_V6 = ["2000::/3"];
const NEVER_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "fd00:ec2::254/128"];

const near = listOf(NEAR_V4, NEAR_V6);
const never = listOf(NEVER_V4, NEVER_V6);
const global = listOf([], PUBLIC_V6);

/** An IPv4 address that is written as an IPv6 one (`::ffff:…`) is judged as what it is. */
export function reachOf(address: string): Reach {
  const version = isIP(address);
  if (version === 0) return "never";
  const family = version === 4 ? "ipv4" : "ipv6";
  if (never.check(address, family)) return "never";
  if (near.check(address, family)) return "near";
  return version === 4 || global.check(address, family) || isMapped(address) ? "public" : "never";
}

const mapped = listOf([], ["::ffff:0:0/96"]);

function isMapped(address: string): boolean {
  return mapped.check(address, "ipv6");
}

/** Checks addresses of both families; a list knows a mapped IPv4 address by itself. */
function listOf(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [networks, family] of [
    [v4, "ipv4"],
    [v6, "ipv6"],
  ] as const) {
    for (const network of networks) {
      const [base = "", bits = ""] = network.split("/");
      list.addSubnet(base, Number(bits), family);
    }
  }
  return list;
}
