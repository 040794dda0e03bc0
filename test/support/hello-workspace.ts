/** A workspace in which every `lead.created` is told one text, through the outbox. */
export function helloWorkspace(text = "Hello.", more = "") {
  return {
    "heed.yaml": `
workspace: hello
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
events: { lead.created: {} }
`,
    "leads/hello.yaml": `
rule: hello
description: Say hello to a new lead.
owner: growth-ops
class: transactional
trigger: { event: lead.created }
${more}
actions:
  - send: sms
    text: ${text}
`,
  };
}
