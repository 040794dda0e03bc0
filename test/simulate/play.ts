import { expect } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { type CaseResult, runTests, type TestedWorkspace, type TestReport } from "../../src/simulate/run-tests.ts";
import { inMemory } from "../rulebook/in-memory.ts";

export const heedYaml = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {}, twilio: { account_sid: "\${SID}", auth_token: "\${TOKEN}" } }
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>" }
  sms: { kind: sms, provider: outbox, from: "+12025550100", quiet_hours: { from: "21:00", to: "08:00" } }
  texts: { kind: sms, provider: twilio, from: "+12025550101" }
  sales: { kind: slack, provider: outbox }
contacts:
  fields:
    first_name: { type: string }
    status: { type: string }
    lead_source: { type: string }
events:
  asked: { data: { source: string, id: string } }
  bought: { data: { id: string } }
  lead.qualified: { data: { source: string } }
consent: { sms: opt_in, email: opt_out }
`;

/** A rule that an \`asked\` starts. */
export function ruleYaml(id: string, more: string): string {
  return `rule: ${id}\ndescription: For a test.\nowner: growth-ops\n${/^class:/m.test(more) ? "" : "class: transactional\n"}trigger: { event: asked }\n${more}`;
}

/** A test file; Ana is in New York, Ben in London; `mail` has no phone, `cold` no address. */
export function testYaml(cases: string, more = "", people = ""): string {
  return `
suite: story
rules: ["*.yaml"]
start: 2026-03-06T14:00:00-05:00
horizon: 10d
contacts:
  ana: { id: c1, email: ana@example.com, phone: "+12025550143", time_zone: America/New_York, consent: { sms: granted } }
  ben: { extend: ana, id: c2, email: ben@example.com, phone: "+442071838750", time_zone: Europe/London }
  mail: { id: c8, email: mail@example.com }
  cold: { id: c9, tags: [cold] }
${people}
${more}
cases:
${cases}
`;
}

/** A workspace in which nothing is wrong but what is said. */
export function workspaceOf(files: Readonly<Record<string, string>>, but: readonly string[] = []): TestedWorkspace {
  const { parsed, problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, ...files }), null);
  const errors = problems.filter(({ severity, code }) => severity === "error" && !but.includes(code));
  expect(errors.map(({ file, range, code, message }) => `${file}:${range.start.line} ${code} ${message}`)).toEqual([]);
  if (parsed.workspace === null) throw new Error("no heed.yaml");
  return { parsed, heed: parsed.workspace };
}

export async function play(files: Readonly<Record<string, string>>, but: readonly string[] = []): Promise<TestReport> {
  return runTests(workspaceOf(files, but), () => true);
}

/** Plays the cases of one rule, and gives what failed of each, by name. */
export async function outcomes(
  rule: string,
  cases: string,
  more = "",
  people = "",
): Promise<Record<string, readonly string[]>> {
  const files = { "story.yaml": ruleYaml("story", rule), "story.test.yaml": testYaml(cases, more, people) };
  const report = await play(files);
  return Object.fromEntries(report.cases.map((result) => [nameOf(result), messagesOf(result)]));
}

function nameOf({ name, combination }: CaseResult): string {
  return combination.length === 0 ? name : `${name} [${combination.join(", ")}]`;
}

export function messagesOf({ outcome }: CaseResult): readonly string[] {
  return outcome.status === "failed" ? outcome.failures.map(({ message }) => message) : [];
}
