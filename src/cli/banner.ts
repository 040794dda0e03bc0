import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { Traits } from "../store/store.ts";
import type { ApiToken } from "./api-token.ts";
import { describeRoles, type Roles } from "./roles.ts";

export interface BannerParts {
  readonly url: string;
  readonly workspace: CompiledWorkspace;
  readonly store: Traits;
  readonly roles: Roles;
  /** Null when this process answers nobody who needs one. */
  readonly token: ApiToken | null;
  /** Providers that take messages off this machine. */
  readonly outside: readonly string[];
  /** Providers that fakes stand in for; null when this is no rehearsal. */
  readonly faked: readonly string[] | null;
}

/** What a person sees when the system is up: what runs, where to look, and one line to try. */
export function banner({ url, workspace: { rulebook }, store, roles, token, outside, faked }: BannerParts): string {
  const { workspace, rules } = rulebook;
  const sends = outside.length === 0 ? "nothing leaves this machine" : `sends through ${outside.join(", ")}`;
  const live = [...rules.values()].filter((rule) => rule.enabled).length;
  const kept = token?.file ?? null;
  return `
Heed is listening on ${url}
  workspace  ${workspace.name}: ${live} of ${rules.size} rules live, digest ${rulebook.digest.slice(0, 12)}
  store      ${store.version}
  role       ${describeRoles(roles)}
  channels   ${[...workspace.channels.keys()].join(", ")}${roles.has("dispatch") ? ` (${sends})` : ""}
${roles.has("console") ? `  console    ${url}/\n` : ""}  health     ${url}/readyz
  metrics    ${url}/metrics
${faked === null ? "" : rehearsal(faked, rulebook.workspace.lookups.size > 0)}${token === null || kept === null ? "" : `  API token  ${token.token} (kept in ${relative(kept)})\n`}${tries(url, roles, token)}
`;
}

function rehearsal(faked: readonly string[], asks: boolean): string {
  const who = faked.length === 0 ? "no provider of heed.yaml has one" : `of ${faked.join(", ")}`;
  return `  fakes      ${who}: NO MESSAGE LEAVES THIS MACHINE, and the store is one of its own;
             recipients say what becomes of theirs: heed fake --recipients lists them
${asks ? "             look-ups are not played: they ask your systems\n" : ""}`;
}

function tries(url: string, roles: Roles, token: ApiToken | null): string {
  const kept = token?.file ?? null;
  const bearer = kept === null ? "$HEED_API_TOKEN" : `$(cat ${relative(kept)})`;
  const post = `
Try a demo request:

  curl -sS ${url}/v1/events -H "Authorization: Bearer ${bearer}" -H "Content-Type: application/json" \\
    -d '{"event_type":"lead.demo_requested","contact_id":"ana-1","address":{"email":"ana@example.com"},"data":{"first_name":"Ana","company":"Example Inc"}}'
`;
  const look = `
and see what Heed made of it:

  curl -sS ${url}/api/outbox -H "Authorization: Bearer ${bearer}"
`;
  return (roles.has("ingest") ? post : "") + (roles.has("ingest") && roles.has("console") ? look : "");
}

function relative(file: string): string {
  const here = `${process.cwd()}/`;
  return file.startsWith(here) ? file.slice(here.length) : file;
}
