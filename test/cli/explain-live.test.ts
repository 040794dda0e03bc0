import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { explain, type ExplainFlags } from "../../src/cli/explain.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";
import { live, type Living } from "./lived.ts";

/** What only an account that was really written shows: waits for events, pauses, merges, and history that began late. */

const HOUR = 3_600_000;

const heed = `
workspace: acme
time_zone: America/New_York
country: US
providers: { outbox: {} }
channels:
  sms: { kind: sms, provider: outbox, from: "+12025550100" }
  desk: { kind: slack, provider: outbox }
events:
  trial.began: { data: { plan: string } }
  trial.used: {}
  page.viewed: { data: { plan: string } }
  hello.said: {}
  price.viewed: {}
  order.paid: { data: { total: number } }
`;
const ruleHead = "description: Says something.\nowner: growth-ops\nclass: transactional\n";
const trial = `rule: trial
${ruleHead}trigger: { event: trial.began }
stop_on: [{ event: order.paid, where: { event.data.total: { gte: 50 } } }, { event: page.viewed, same: data.plan }]
actions:
  - wait_for:
      event: trial.used
      timeout: 2d
      then: [{ send: desk, text: "Somebody uses their trial." }]
      otherwise: [{ send: sms, text: "Your trial waits for you." }]
`;
const offer = `rule: offer
${ruleHead}trigger:
  event: price.viewed
  where:
    did: { event: order.paid, at_least: 2, within: 30d, where: { event.data.total: { gte: 50 } } }
actions: [{ send: desk, text: "Call them." }]
`;

const hello = `rule: hello
${ruleHead}trigger: { event: hello.said }
actions: [{ send: sms, text: "Hello." }]
`;

const folder = scratchDirectory();
const data = join(folder, "data");
const before = writeFiles(join(folder, "before"), { "heed.yaml": heed, "trial.yaml": trial });
const workspace = writeFiles(join(folder, "after"), {
  "heed.yaml": heed,
  "trial.yaml": trial,
  "offer.yaml": offer,
  "hello.yaml": hello,
});
const broken = writeFiles(join(folder, "broken"), { "heed.yaml": heed, "trial.yaml": "rule: [\n" });

async function run(flags: ExplainFlags, from = workspace): Promise<string> {
  let out = "";
  await explain(readRunSettings(from, { dataDir: data, store: "embedded" }, {}), flags, {
    write: (text) => void (out += text),
    talk: () => {},
    colours: false,
    clock: systemClock,
  });
  return out;
}

const answer = (out: string): string => out.trimEnd().split("\n").at(-1) ?? "";
const person = (id: string, digit: number) => ({ contact_id: id, address: { phone: `+1202555010${digit}` } });

/** By the first rules: three trials, of which one is used, one is used in vain after a pause, and one goes on. */
async function first({ post, leap, lines, engine }: Living): Promise<void> {
  await post("u1", "id:uma", { ...person("uma", 1), event_type: "trial.began" });
  await post("v1", "id:vic", { ...person("vic", 2), event_type: "trial.began" });
  await lines(3, "id:uma");
  await lines(3, "id:vic");
  leap(HOUR);
  await post("u2", "id:uma", { ...person("uma", 1), event_type: "trial.used" });
  await lines(7, "id:uma");
  await engine.pause("channel:sms", "wrong link", null);
  leap(48 * HOUR);
  await lines(5, "id:vic");
  await post("w1", "id:wim", { ...person("wim", 3), event_type: "price.viewed" });
  await lines(1, "id:wim");
}

/** By the second: a condition that asks for what happened before it was known, and later for what did. */
async function second({ post, leap, lines }: Living): Promise<void> {
  const wim = person("wim", 3);
  const paid = { ...wim, event_type: "order.paid" };
  await post("w2", "id:wim", { ...wim, event_type: "price.viewed" });
  await lines(2, "id:wim");
  leap(31 * 24 * HOUR);
  await post("w2b", "id:wim", { ...wim, event_type: "price.viewed" });
  await lines(3, "id:wim");
  leap(HOUR);
  await post("o1", "id:wim", { ...paid, data: { total: 60 } });
  await lines(4, "id:wim");
  leap(HOUR);
  await post("w3", "id:wim", { ...wim, event_type: "price.viewed" });
  await lines(5, "id:wim");
  leap(HOUR);
  for (let view = 0; view < 25; view++) await post(`p${view}`, "id:wim", { ...wim, event_type: "page.viewed" });
  await lines(30, "id:wim");
  await post("x1", "id:xi", { ...person("xi", 4), event_type: "price.view" });
  await lines(1, "id:xi");
  await post("h1", "id:hal", { ...person("hal", 6), event_type: "hello.said" });
  await lines(3, "id:hal");
  await post("y1", "id:yves", { ...person("yves", 5), event_type: "trial.began" });
  await lines(3, "id:yves");
  await post("y2", "id:yves", { ...person("yves", 5), event_type: "order.paid", data: { total: 5 } });
  await post("y3", "id:yves", { ...person("yves", 5), event_type: "page.viewed", data: { plan: "pro" } });
  await lines(5, "id:yves");
  await post("z1", "id:zoe", { contact_id: "zoe", event_type: "trial.used" });
  await lines(1, "id:zoe");
  await post("z2", "id:uma", { contact_id: "uma", event_type: "contact.merged", data: { from: "zoe" } });
  await lines(2, "id:zoe");
  await lines(9, "id:uma");
}

beforeAll(async () => {
  await live({ workspace: before, data, from: "2026-03-06T10:00:00-05:00" }, first);
  await live({ workspace, data, from: "2026-03-09T10:00:00-04:00" }, second);
}, 120_000);

describe("a wait for an event", () => {
  test("is told with what was heard", async () => {
    const out = await run({ contact: "uma", rule: "trial" });
    expect(out).toContain("trial step 1 waits for trial.used until Sun 8 Mar 10:00");
    expect(out).toContain("trial step 1 hears trial.used, which it waited for");
    expect(answer(out)).toMatch(/^`trial` told your team of uma through desk on Fri 6 Mar 11:00/);
  });

  test("with what it still waits for", async () => {
    const out = await run({ contact: "yves", rule: "trial" });
    expect(answer(out)).toMatch(/^yves has not got `trial` yet: it waits in step 1 for trial\.used, until /);
  });

  test("and that it was in vain", async () => {
    expect(await run({ contact: "vic" })).toContain("trial step 1 has waited in vain until Sun 8 Mar");
  });
});

test("a pause is told with what is paused, and why, and not as if it ended when it is looked at again", async () => {
  const out = await run({ contact: "vic" });
  expect(out).toMatch(/… trial step .*, message through sms waits, and looks again on .*\(paused\)$/m);
  expect(answer(out)).toMatch(
    /^vic did not get `trial`: the channel sms was paused on Fri 6 Mar 11:00.* \("wrong link"\), until somebody resumes it, so it waited until Thu 9 Apr .*, and then the rule's `expires` was over/,
  );
  expect(answer(await run({ contact: "hal" }))).toMatch(
    /^hal has not got `hello` yet: it waits, and looks again on .* to send step 1: the channel sms was paused on .* \("wrong link"\), until somebody resumes it\.$/,
  );
});

describe("a question about history", () => {
  test("that began later says so", async () => {
    const said =
      /^`offer` did not start for wim: whether order\.paid happened before Mon 9 Mar 10:0.*, nobody could have seen\.$/;
    expect(answer(await run({ event: "w1" }))).toMatch(said);
    expect(answer(await run({ contact: "wim", event: "w2" }))).toMatch(said);
  });

  test("is told whole, and without what happened later", async () => {
    expect(answer(await run({ event: "w2b" }))).toMatch(/ where event\.data\.total gte 50: none \(fails\)\.$/);
    expect(answer(await run({ event: "w3" }))).toMatch(
      /: did order\.paid at least 2 times within 30d where event\.data\.total gte 50: last on Thu 9 Apr .* \(fails\)\.$/,
    );
  });
});

describe("asked about one rule and one contact", () => {
  test("tells the newest event that might have started it, whatever came after", async () => {
    expect(answer(await run({ contact: "wim", rule: "offer" }))).toContain("did order.paid at least 2 times");
  });

  test("names the event that was likely meant", async () => {
    expect(answer(await run({ contact: "xi", rule: "offer" }))).toBe(
      "`offer` did not start for xi: no price.viewed arrived; no rule listens to price.view (did you mean price.viewed, which starts offer?).",
    );
    expect(answer(await run({ contact: "xi", rule: "trial" }))).toBe(
      "`trial` did not start for xi: no trial.began arrived.",
    );
  });
});

test("an event that might have stopped a run, and did not, is told with why", async () => {
  const out = await run({ contact: "yves", rule: "trial" });
  expect(out).toMatch(/order\.paid \(y2\).*\n.*trial does not stop: event\.data\.total is 5 \(`gte 50` fails\)$/m);
  expect(out).toMatch(/page\.viewed \(y3\).*\n.*trial does not stop: its data\.plan is not that of the trigger$/m);
  expect(await run({ contact: "uma", rule: "trial" })).not.toContain("does not stop");
});

test("who was merged is told to have been, and lines say whose they are", async () => {
  const out = await run({ contact: "zoe" });
  expect(out).toMatch(/^id:zoe was merged into id:uma on Thu 9 Apr .*: this is the story of both$/m);
  expect(out).toMatch(/event trial\.used \(z1\).* \[id:zoe\]$/m);
  expect(out).toMatch(/event trial\.began \(u1\)$/m);
  expect(await run({ contact: "uma" })).not.toContain("was merged into");
});

test("what your own people were told is known from the account, where the rules cannot be read", async () => {
  expect(answer(await run({ contact: "uma", rule: "trial" }, broken))).toContain(
    "`trial` told your team of uma through desk",
  );
});

test("JSON tells what was asked", async () => {
  const asked: unknown = JSON.parse(await run({ contact: "zoe", rule: "trial", format: "json" }));
  expect(asked).toMatchObject({
    asked: { test: null, contact: "zoe", rule: "trial", event: null, message: null },
    explained: [{ contacts: [{ contact: { key: "id:uma", asked: "id:zoe" } }] }],
  });
});
