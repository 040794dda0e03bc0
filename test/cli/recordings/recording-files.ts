import { join } from "node:path";
import { writeFiles } from "../../support/scratch.ts";

export function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
events:
  trial.began: { data: { plan: string } }
  page.viewed: {}
`;

const trial = `rule: trial
description: Says something.
owner: growth-ops
class: transactional
trigger: { event: trial.began }
actions:
  - send: sms
    text: "Your trial has begun."
`;

/** One rule, which says something as soon as a trial begins. */
export function starterWorkspace(folder: string): string {
  return writeFiles(join(folder, "rules"), { "heed.yaml": heed, "trial.yaml": trial });
}
