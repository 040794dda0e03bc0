import type { Example } from "../../src/rulebook/page.ts";

const heed = `workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
contacts:
  fields:
    first_name: { type: string }
    status: { type: string }
events:
  lead.demo_requested: { data: { company: string } }
`;

const rule = `rule: hello
description: Greet people who asked for a demo.
owner: growth-ops
class: transactional
trigger:
  event: lead.demo_requested
actions:
  - send: sms
    text: Hello. Reply STOP to opt out.
`;

const ruleTest = `suite: hello
rules: [hello.yaml]
start: 2026-03-06T14:00:00-05:00
contacts:
  ana: { phone: "+12025550143" }
  ben: { email: ben@example.com }
cases:
  - name: nothing happens
    given:
      - { at: 0s, contact: ana, event: email.processed }
    expect: none
`;

/** The files of a workspace in which nothing is wrong but what the example is about. */
export function exampleFiles(
  example: Exclude<Example, { in: "words" }>,
  which: "bad" | "good",
): Record<string, string> {
  const { in: place, without = [] } = example;
  const files: Record<string, string> = { "heed.yaml": heed, "hello.yaml": rule, "hello.test.yaml": ruleTest };
  const file = { rule: "hello.yaml", "heed.yaml": "heed.yaml", test: "hello.test.yaml" }[place];
  files[file] = replaceKeys(files[file] ?? "", example[which], without);
  return files;
}

/** The file with the top-level entries of the lines in place of its own. */
function replaceKeys(base: string, lines: string, without: readonly string[]): string {
  const keys = new Set([...without, ...[...lines.matchAll(/^(\w+):/gm)].map((match) => match[1] ?? "")]);
  const kept = base.split(/^(?=\w)/m).filter((entry) => !keys.has(entry.split(":", 1)[0] ?? ""));
  return `${kept.join("")}${lines}\n`;
}
