import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory } from "./in-memory.ts";

/** The lines of heed.yaml that have a secret, as the checker says. */
function secretsIn(more: string): readonly string[] {
  const text = `${heedYaml.replace("opt_out: { keywords: [baja] }\n", "")}${more}`;
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": text }), null);
  const lines = text.split("\n");
  return problems
    .filter(({ code }) => code === "HEED401")
    .map(({ range }) => (lines[range.start.line - 1] ?? "").trim())
    .toSorted();
}

test("secrets are found by the names of their settings, wherever they are in heed.yaml", () => {
  const long = "x".repeat(32);
  const found = secretsIn(`
opt_out:
  unsubscribe:
    public_url: https://hooks.acme.example
    secret: ${long}
lookups:
  a:
    http:
      url: https://crm.example.com/{{ contact.id }}
      auth:
        bearer: hunter2
      headers:
        Authorization: Basic aGVlZDpodW50ZXIy
        X-Api-Key: hunter2
        Accept: application/json
      body:
        api_key: hunter2
        token: "{{ contact.id }}"
  b:
    http:
      url: https://crm.example.com/{{ contact.id }}
      auth:
        basic:
          user: heed
          password: hunter2
  c:
    hubspot:
      access_token: pat-hunter2
  d:
    salesforce:
      instance_url: https://acme.my.salesforce.com
      client_id: heed
      client_secret: hunter2
      refresh_token: hunter2
      query: select Id from Contact where Email = '{{ contact.email }}'
`);
  expect(found).toEqual(
    [
      `secret: ${long}`,
      "bearer: hunter2",
      "Authorization: Basic aGVlZDpodW50ZXIy",
      "X-Api-Key: hunter2",
      "api_key: hunter2",
      "password: hunter2",
      "access_token: pat-hunter2",
      "client_secret: hunter2",
      "refresh_token: hunter2",
    ].toSorted(),
  );
});

test("what comes from the environment is no secret in a file, nor is a field that an author calls so", () => {
  const found = secretsIn(`
sources:
  shop:
    auth: bearer
    secret: \${SHOP_SECRET}
    events: { event: cart.left, contact_id: token, data: { key: body.key, token: body.token } }
lookups:
  a:
    http:
      url: https://crm.example.com/{{ contact.id }}
      auth: { bearer: "\${CRM_TOKEN}" }
      headers: { Authorization: "Bearer \${CRM_TOKEN}" }
    fields: { token: { type: string }, key: { type: string } }
  b:
    http: { url: "https://crm.example.com", headers: { X-Key: "{{ contact.id }}" } }
`);
  expect(found).toEqual([]);
});
