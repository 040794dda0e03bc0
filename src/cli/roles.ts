/** What a process of the system can do. Over a store that processes share, any number of them do each. */
export const ROLES = ["ingest", "decide", "dispatch", "console"] as const;

export type Role = (typeof ROLES)[number];
export type Roles = ReadonlySet<Role>;

type Fault = { readonly fault: string };

/** Reads `all`, or roles separated by commas. */
export function readRoles(text: string, store: "embedded" | "jetstream"): Roles | Fault {
  const named = text.split(",").map((name) => name.trim());
  if (!named.every((name) => name === "all" || isRole(name))) {
    return { fault: `role: expected ${ROLES.join(", ")} or all, several separated by commas; found "${text}"` };
  }
  const roles = new Set(ROLES.filter((role) => named.includes("all") || named.includes(role)));
  if (store === "embedded" && roles.size < ROLES.length) {
    const otherwise = "Leave --role out, or let processes share a store with --store nats://<host>:4222";
    return {
      fault: `role: the embedded store belongs to one process, which does it all; found "${text}". ${otherwise}`,
    };
  }
  return roles;
}

function isRole(name: string): name is Role {
  return ROLES.some((role) => role === name);
}

/** For people: `all`, or the roles in the order of a message's way. */
export function describeRoles(roles: Roles): string {
  return roles.size === ROLES.length ? "all" : ROLES.filter((role) => roles.has(role)).join(", ");
}
