import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Readable } from "node:stream";
import { parse } from "yaml";
import { check } from "../src/cli/check.ts";
import { explain } from "../src/cli/explain.ts";
import { describeRoles } from "../src/cli/roles.ts";
import { readRunSettings } from "../src/cli/run-settings.ts";
import { plan } from "../src/cli/plan.ts";
import { systemClock } from "../src/cli/system-clock.ts";
import { test as heedTest } from "../src/cli/test.ts";
import { createSendGridKeys } from "../src/providers/sendgrid/sign.ts";
import { compileWorkspace } from "../src/rulebook/compile-workspace.ts";
import { gitIn } from "./support/git.ts";
import { scratchDirectory, writeFiles } from "./support/scratch.ts";

/** What the README shows must be what happens. */

const root = new URL("..", import.meta.url).pathname;
const readme = readFileSync(join(root, "README.md"), "utf8");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

function block(language: string, containing: string): string {
  const blocks = [...readme.matchAll(/```(\w*)\n([\s\S]*?)```/g)];
  const found = blocks.find(([, name, text]) => name === language && text?.includes(containing));
  if (found?.[2] === undefined) throw new Error(`README.md has no ${language} block with ${containing}`);
  return found[2];
}

test("the rule at the top is the one in the example workspace", () => {
  const {
    description: _description,
    owner: _owner,
    ...shipped
  } = parse(read("rules/verification/verification-sms.yaml"));
  expect(parse(block("yaml", "rule: verification-sms"))).toEqual(shipped);
});

test("the settings for real providers compile", async () => {
  const { providers, channels } = parse(block("yaml", "secrets come from the environment"));
  const heed = { ...parse(read("rules/heed.yaml")), providers: { ...providers, outbox: {} } };
  heed.channels = { ...heed.channels, ...channels };
  const directory = writeFiles(scratchDirectory(), {
    "heed.yaml": JSON.stringify(heed, null, 1),
    "leads/sales-demo.yaml": read("rules/leads/sales-demo.yaml"),
  });
  const compiled = await compileWorkspace(directory, {
    SENDGRID_API_KEY: "SG.key",
    SENDGRID_WEBHOOK_PUBLIC_KEY: createSendGridKeys().publicKey,
    TWILIO_ACCOUNT_SID: "AC00000000000000000000000000000001",
    TWILIO_AUTH_TOKEN: "token",
  });
  expect(compiled.ok ? [] : compiled.problems).toEqual([]);
});

test("the checker's output is what the checker prints", () => {
  const directory = writeFiles(scratchDirectory(), {
    "heed.yaml": read("rules/heed.yaml"),
    "verification/verification-sms.yaml": read("rules/verification/verification-sms.yaml").replace("delay:", "dealy:"),
  });
  let printed = "";
  const code = check(
    [directory],
    {},
    { write: (text) => void (printed += text), colours: false, talk: () => {}, now: Date.now },
  );
  expect(code).toBe(1);
  expect(block("", "dealy").trim()).toBe(printed.trim());
});

test("what a failing rule test tells is what it tells", async () => {
  const rule = read("rules/verification/verification-sms.yaml");
  const directory = writeFiles(scratchDirectory(), {
    "heed.yaml": read("rules/heed.yaml"),
    "verification/verification-sms.yaml": rule.replace("delay: 15m", "delay: 20m"),
    "verification/verification-sms.test.yaml": read("rules/verification/verification-sms.test.yaml"),
    "fixtures/people.yaml": read("rules/fixtures/people.yaml"),
    "fixtures/events.yaml": read("rules/fixtures/events.yaml"),
  });
  let printed = "";
  const io = { write: (text: string) => void (printed += text), talk: () => {}, colours: false };
  expect(await heedTest(directory, { filter: "one text" }, io)).toBe(1);
  const shown = block("", "✗ verification").trimEnd();
  expect(printed).toContain(shown);
});

test("what an explanation tells is what it tells", async () => {
  let printed = "";
  const settings = readRunSettings(join(root, "rules"), {}, {});
  const io = { write: (text: string) => void (printed += text), talk: () => {}, colours: false, clock: systemClock };
  expect(await explain(settings, { test: "who becomes a customer during the night" }, io)).toBe(0);
  expect(block("", "clicked-guide-sms ends").trim()).toBe(printed.trim());
});

test("what a plan tells of a change is what it tells", async () => {
  const repository = scratchDirectory();
  cpSync(join(root, "rules"), join(repository, "rules"), { recursive: true });
  gitIn(repository, "init", "--quiet", "--initial-branch", "main");
  gitIn(repository, "add", "--all");
  gitIn(repository, "commit", "--quiet", "--message", "rules");
  const [reminders, verification] = [
    "rules/orders/checkout-reminders.yaml",
    "rules/verification/verification-sms.yaml",
  ];
  writeFiles(repository, {
    [reminders]: read(reminders)
      .replace(/^stop_on:\n.*\n/m, "")
      .replace("{ max: 2,", "{ max: 5,"),
    [verification]: read(verification).replace("delay: 15m", "delay: 5m"),
  });
  let printed = "";
  const io = { write: (text: string) => void (printed += text), talk: () => {}, colours: false };
  const rest = { stdin: Readable.from([]), env: {}, clock: systemClock };
  expect(await plan(readRunSettings(join(repository, "rules"), {}, {}), { base: "main" }, { ...io, ...rest })).toBe(1);
  // Where it lies, and the commit, are another time others.
  const alike = (text: string): string =>
    text.replace(/^Plan of \S+:/m, "Plan of rules:").replaceAll(/\b[0-9a-f]{8}\b/g, "commit");
  expect(alike(block("", "PLN102")).trim()).toBe(alike(printed).trim());
});

test("the defaults in the table are the defaults", () => {
  const settings = readRunSettings(undefined, {}, {});
  const { workspace, store, namespace, dataDirectory, host, port } = settings;
  const here = `${process.cwd()}/`;
  const roles = describeRoles(settings.roles);
  const defaults = [workspace, store.kind, namespace, dataDirectory, host, String(port), roles].map((text) =>
    text.replace(here, ""),
  );
  const table = [...readme.matchAll(/^\| `.*?` \| .*? \| `(.*?)` \|/gm)].map(([, value]) => value);
  expect(table).toEqual(defaults);
});
