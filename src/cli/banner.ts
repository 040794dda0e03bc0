import type { ApiToken } from "./api-token.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { Traits } from "../store/store.ts";

/** What a person sees when the system is up: what runs, where to look, and one line to try. */
export function banner(
  url: string,
  { rulebook }: CompiledWorkspace,
  store: Traits,
  { token, file }: ApiToken,
  leavesMachine: readonly string[],
): string {
  const { workspace, rules } = rulebook;
  const bearer = file === null ? "$HEED_API_TOKEN" : `$(cat ${relative(file)})`;
  const outside =
    leavesMachine.length === 0 ? "nothing leaves this machine" : `sends through ${leavesMachine.join(", ")}`;
  const live = [...rules.values()].filter((rule) => rule.enabled).length;
  return `
Heed is listening on ${url}
  workspace  ${workspace.name}: ${live} of ${rules.size} rules live, digest ${rulebook.digest.slice(0, 12)}
  store      ${store.version}
  channels   ${[...workspace.channels.keys()].join(", ")} (${outside})
  health     ${url}/readyz
  metrics    ${url}/metrics
${file === null ? "" : `  API token  ${token} (kept in ${relative(file)})\n`}
Try a demo request:

  curl -sS ${url}/v1/events -H "Authorization: Bearer ${bearer}" -H "Content-Type: application/json" \\
    -d '{"event_type":"lead.demo_requested","contact_id":"ana-1","address":{"email":"ana@example.com"},"data":{"first_name":"Ana","company":"Example Inc"}}'

and see what Heed made of it:

  curl -sS ${url}/api/outbox -H "Authorization: Bearer ${bearer}"

`;
}

function relative(file: string): string {
  const here = `${process.cwd()}/`;
  return file.startsWith(here) ? file.slice(here.length) : file;
}
