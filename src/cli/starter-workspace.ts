/** What the authors of a new workspace choose; everything else they change in its files. */
export interface Starter {
  readonly workspaceName: string;
  readonly timeZone: string;
  readonly country: string;
}

/** Where the schemas stand in a workspace, so that editors find them without the internet. */
export const schemaFolder = ".schemas";

/** The files of a new workspace, by their paths in it: complete, without a problem, and with a message to send. */
export function starterFiles(starter: Starter): Readonly<Record<string, string>> {
  return {
    "heed.yaml": heedYaml(starter),
    "leads/demo-booking-link.yaml": rule,
    "leads/demo-booking-link.test.yaml": ruleTest,
    "README.md": readme(starter.workspaceName),
    ".vscode/settings.json": editorSettings,
    ".vscode/extensions.json": '{\n  "recommendations": ["redhat.vscode-yaml"]\n}\n',
  };
}

function heedYaml({ workspaceName, timeZone, country }: Starter): string {
  return `# yaml-language-server: $schema=${schemaFolder}/workspace.schema.json
workspace: ${scalar(workspaceName)} # random draws depend on it: do not change it later
time_zone: ${scalar(timeZone)} # of contacts whose own zone is not known
country: ${scalar(country)} # of phone numbers without a prefix
providers:
  outbox: {} # keeps messages on this machine and shows them; put sendgrid: or twilio: here to send for real
channels:
  email: { kind: email, provider: outbox, from: "Acme <hello@acme.example>", rate: 100/s }
  sms: { kind: sms, provider: outbox, from: "+12025550100", rate: 10/s }
contacts:
  fields: # what you know about people; conditions and texts read it as contact.first_name
    first_name: { type: string }
events: # what your own systems report, and what they say about it
  lead.demo_requested: { data: { company: string } }
consent: { sms: opt_in, email: opt_out } # what marketing needs: recorded consent, or no objection
caps:
  - { max: 3, per: contact, class: marketing, within: 7d } # over all rules
`;
}

const rule = `# yaml-language-server: $schema=../${schemaFolder}/rule.schema.json
rule: demo-booking-link
description: Answer a demo request at once with a link to book a time.
owner: sales-ops
class: transactional # they asked for it; marketing needs consent
trigger:
  event: lead.demo_requested
actions:
  - send: email
    subject: Book your demo
    text: |
      Hi {{ contact.first_name | default: "there" }},

      thanks for asking for a demo. Pick a time that suits you:
      https://acme.example/book
`;

const ruleTest = `# yaml-language-server: $schema=../${schemaFolder}/test.schema.json
suite: demo-booking-link
rules: [demo-booking-link.yaml]
start: 2026-03-06T14:00:00-05:00
horizon: 48h # any message until then that is not expected fails its case
contacts:
  ana: { id: ana-1, email: ana@example.com, first_name: Ana }
  ben: { id: ben-1, email: ben@example.com }
  cleo: { id: cleo-1, first_name: Cleo }
cases:
  - name: who asks for a demo gets the link at once
    given:
      - { at: 0s, contact: ana, event: lead.demo_requested, data: { company: Example Inc } }
    expect:
      - { at: 0s, send: email, to: ana@example.com, text: { contains: "Hi Ana," } }
  - name: a person without a first name is greeted all the same
    given:
      - { at: 0s, contact: ben, event: lead.demo_requested }
    expect:
      - { at: 0s, send: email, to: ben@example.com, text: { contains: "Hi there," } }
  - name: nobody is written to whose address is not known
    given:
      - { at: 0s, contact: cleo, event: lead.demo_requested }
    expect: none
    because:
      - { rule: demo-booking-link, reason: address.missing }
`;

/** Files without a \`$schema\` line of their own get theirs by their place. The last pattern that matches counts. */
const editorSettings = `{
  "yaml.schemas": {
    "${schemaFolder}/workspace.schema.json": ["heed.yaml"],
    "${schemaFolder}/rule.schema.json": ["*.yaml", "!heed.yaml", "!*.test.yaml", "!fixtures/*.yaml"],
    "${schemaFolder}/test.schema.json": ["*.test.yaml"],
    "${schemaFolder}/fixtures.schema.json": ["fixtures/*.yaml"]
  }
}
`;

function readme(name: string): string {
  return `# ${name}

The messages we send when something happens to a customer, as rules for Heed. A change to a rule is a change to a file
here, reviewed and tested like any other.

| file | says |
|---|---|
| \`heed.yaml\` | which channels, providers, contact fields and events there are |
| \`<topic>/<rule>.yaml\` | one rule: what starts it, what it sends, when it must not |
| \`<topic>/<rule>.test.yaml\` | its tests: what happens, and which messages must follow |
| \`templates/<name>.liquid\` | a text that several rules share |
| \`fixtures/<name>.yaml\` | people and events that several tests share |
| \`${schemaFolder}/\` | what editors know about all of these; renew it with \`heed schema <name>\` after an update of Heed |

**Change a rule.** Open this folder in an editor that knows YAML schemas (VS Code offers the extension by itself): it
completes keys, explains them and underlines mistakes. \`heed check . --watch\`, started here, says what is wrong, where,
and what to write instead; \`heed codes <code>\` explains more.

**Add a rule.** Copy one, name the file after its id, and write a test beside it.

**In a pull request.** With the whole history fetched (\`fetch-depth: 0\` of actions/checkout),
\`heed check . --strict --changed origin/main --format github\` judges what the branch changes, and what that breaks
elsewhere. \`heed plan .\` says what the change will do: whom it reaches, what is risky in it. \`heed assets --ci github\` (or
\`gitlab\`) prints a file that does all of it on each pull request, and comments on it.
`;
}

/** A word as it is, anything else in quotes. */
function scalar(text: string): string {
  return /^[A-Za-z][\w/+-]*$/.test(text) ? text : JSON.stringify(text);
}
