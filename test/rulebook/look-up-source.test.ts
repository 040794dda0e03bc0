import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory } from "./in-memory.ts";

/** What the checker says of a look-up that is written so. */
function problemsOf(lookup: string): readonly string[] {
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": `${heedYaml}lookups:\n  crm: ${lookup}\n` }), null);
  return problems.map(({ code, message, help }) => `${code} ${message}: ${help ?? ""}`);
}

const http = (url: string, more = ""): string => `{ http: { url: "${url}"${more} } }`;
const hosts = (...listed: readonly string[]): string => `, allow_hosts: ${JSON.stringify(listed)}`;
const sql = (query: string, ...params: readonly string[]): string =>
  `{ postgres: { url: "\${DATABASE_URL}", query: ${JSON.stringify(query)}, params: ${JSON.stringify(params)} } }`;
const id = "{{ contact.id }}";

test.each([
  http("https://crm.example.com/{{ contact.id }}"),
  http("http://crm.internal:9000/", hosts("crm.internal")),
  http("http://10.0.0.7:9000/", hosts("10.0.0.7")),
  http("http://[::1]:9000/", hosts("::1")),
  http("http://[::1]:9000/", hosts("[::1]")),
  http("http://10.0.0.7/", hosts("${CRM_HOST}")),
  http("${CRM_URL}/{{ contact.id }}", hosts("${CRM_HOST}")),
  http("https://8.8.8.8/"),
  sql("select plan from users where id = $1", id),
  sql("  -- the plan\n WITH u AS (select 1) select * from u where id = $1 and $1 <> '$2'", id),
  sql("(select 1 as n)"),
  sql("select $$ $3 $$ as price, $1 as id, $x$ $4 $x$ as b", id),
])("nothing is wrong with %s", (lookup) => {
  expect(problemsOf(lookup)).toEqual([]);
});

test.each([
  ["http://127.0.0.1:18931", "write 127.0.0.1"],
  ["crm.internal:9000", "write crm.internal"],
  ["*.internal", "a host is one name or address, without http://, port, path and *"],
  ["10.0.0.0/8", "HEED105"],
])("an allowed host is no %s", (host, said) => {
  expect(problemsOf(http("http://crm.internal/", hosts(host)))).toEqual([expect.stringContaining(said)]);
});

test.each([
  "http://127.0.0.1:80/",
  "http://10.1.2.3/",
  "http://169.254.169.254/",
  "http://[::1]/",
  "http://192.168.1.1:8080/",
])("a private address is asked only when it is listed: %s", (url) => {
  expect(problemsOf(http(url))).toEqual([expect.stringMatching(/^HEED225 .* private or reserved .*allow_hosts/)]);
  expect(problemsOf(http(url, hosts("crm.internal")))).toHaveLength(1);
});

test.each([
  [sql("update users set plan = 'x' where id = $1", id), /^HEED225 .* does not begin with `select` or `with`/],
  [sql("/* select */ delete from users"), /^HEED225 .* does not begin with/],
  [sql("select plan from users where id = $1 and x = $2", id), /^HEED225 .* asks for \$2, and params has 1 entry/],
  [sql("select plan from users where id = '$1'", id), /^HEED225 params has 1 entry, and the query uses none/],
  [sql("select plan from users where id = $1", "{{ contact.acount_id }}"), /^HEED220 .*`acount_id`.*account_id/],
  [http("https://crm.example.com/{{ contact.nothing }}"), /^HEED220 contacts have no field `nothing`/],
])("%s is a problem", (lookup, said) => {
  expect(problemsOf(lookup)).toEqual([expect.stringMatching(said)]);
});
