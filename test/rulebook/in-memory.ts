import type { LoadedWorkspace } from "../../src/rulebook/load-workspace.ts";
import { createSourceFile } from "../../src/rulebook/source-file.ts";

/** A workspace from texts, as if it had been read from a folder. */
export function inMemory(files: Readonly<Record<string, string>>): LoadedWorkspace {
  const names = Object.keys(files).toSorted();
  return allTested({ files: names.map((name) => createSourceFile(name, files[name] ?? "")), problems: [] });
}

/** The workspace with a test that lists every rule, so that none is reported as untested, unless it has tests itself. */
export function allTested(loaded: LoadedWorkspace): LoadedWorkspace {
  const names = loaded.files.map(({ name }) => name);
  const rules = names.some((name) => name.endsWith(".yaml") && name !== "heed.yaml" && !name.startsWith("fixtures/"));
  if (!rules || names.some((name) => name.endsWith(".test.yaml"))) return loaded;
  return { ...loaded, files: [...loaded.files, createSourceFile("every.test.yaml", testYaml("**/*"))] };
}

export const heedYaml = `
workspace: acme
time_zone: America/New_York
country: US
providers:
  outbox: {}
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>", rate: 100/s }
  sms: { kind: sms, provider: outbox, from: "+12025550100", rate: 30/m }
  sales: { kind: slack, provider: outbox }
contacts:
  fields:
    first_name: { type: string }
    status: { type: string }
    account_id: { type: string, required: true }
events:
  lead.demo_requested: { data: { company: string } }
  Order Completed: {}
consent: { email: opt_out }
caps:
  - { max: 3, per: contact, class: marketing, within: 7d }
  - { max: 1, per: contact, class: transactional, within: 10m }
opt_out: { keywords: [baja] }
`;

export function ruleYaml(id: string, more = ""): string {
  return `
rule: ${id}
description: For a test.
owner: growth-ops
class: transactional
trigger:
  event: lead.demo_requested
${more}
actions:
  - { send: sms, text: Hello. }
`;
}

/** A test of one rule beside it, in which nothing happens. */
export function testYaml(id: string): string {
  return `
suite: ${JSON.stringify(id)}
rules: ["${id}.yaml"]
start: 2026-03-06T14:00:00-05:00
contacts: { ana: { id: c1 } }
cases:
  - name: nothing happens
    given:
      - { at: 0s, contact: ana, event: email.processed }
    expect: none
`;
}
