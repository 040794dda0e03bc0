import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { explainPlan } from "../../src/cli/explain-plan.ts";
import { plan, type PlanFlags } from "../../src/cli/plan.ts";
import { readPlan } from "../../src/cli/read-plan.ts";
import { BadSetting, readRunSettings } from "../../src/cli/run-settings.ts";
import { heedYaml, ruleYaml, testYaml } from "../rulebook/in-memory.ts";
import { live } from "./lived.ts";
import { gitIn } from "../support/git.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { virtualClock } from "../support/virtual-clock.ts";

/** On real repositories: what is tested is what git answers. */

let repository = "";
let rules = "";

beforeEach(() => {
  repository = scratchDirectory();
  rules = join(repository, "config/rules");
  git("init", "--quiet", "--initial-branch", "main");
  put("heed.yaml", heedYaml);
  put("hello.yaml", ruleYaml("hello", "delay: 15m"));
  put("hello.test.yaml", testYaml("hello"));
  commit();
  git("switch", "--quiet", "--create", "branch");
});

function git(...args: readonly string[]): string {
  return gitIn(repository, ...args);
}

function put(name: string, text: string): void {
  mkdirSync(dirname(join(rules, name)), { recursive: true });
  writeFileSync(join(rules, name), text);
}

function commit(): void {
  git("add", "--all");
  git("commit", "--quiet", "--message", "a change");
}

async function run(flags: PlanFlags = {}, workspace = rules) {
  let output = "";
  let talk = "";
  const io = {
    write: (text: string): void => void (output += text),
    talk: (text: string): void => void (talk += text),
    colours: false,
    stdin: Readable.from([]),
    env: {},
    clock: virtualClock(Date.UTC(2026, 5, 1)),
  };
  const code = await plan(readRunSettings(workspace, flags, {}), flags, io);
  return { code, output, talk };
}

/** What a plan says changes: `rule: path before → after`. */
async function changes(flags: PlanFlags = {}): Promise<readonly string[]> {
  const file = join(scratchDirectory(), "plan.json");
  await run({ ...flags, out: file });
  const read = readPlan(file).plan;
  return [
    ...read.ruleChanges.map(({ rule, action, attributes }) =>
      action === "update" ? `${rule}: ${attributes.map(({ path }) => path).join()}` : `${rule}: ${action}`,
    ),
    ...read.workspaceChanges.map(({ path }) => path),
  ];
}

describe("what is compared", () => {
  test("the files as they lie there, with the last commit that both branches share", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    expect(await changes()).toEqual(["hello: delay"]);
    commit();
    expect(await changes()).toEqual(["hello: delay"]);
    git("switch", "--quiet", "main");
    put("hello.yaml", ruleYaml("hello", "delay: 15m\nexpires: 2d"));
    commit();
    git("switch", "--quiet", "branch");
    expect(await changes()).toEqual(["hello: delay"]);
  });

  test("two commits, whatever lies there, also when the head is the older one", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    commit();
    put("hello.yaml", "this is no rule");
    expect(await changes({ base: "main", head: "branch" })).toEqual(["hello: delay"]);
    expect(await changes({ base: "branch", head: "main" })).toEqual(["hello: delay"]);
  });

  test("nothing, where nothing means anything else", async () => {
    put("hello.yaml", `# A comment.\n${ruleYaml("hello", "delay: 15m").replace("delay: 15m", "delay:   15m")}`);
    const { code, output } = await run({ detailedExitcode: true });
    expect(output).toContain("changes nobody notices");
    expect(output).toContain("1 cosmetic change hidden");
    expect(code).toBe(10);
    git("checkout", "--quiet", "--", ".");
    expect(await run({ detailedExitcode: true })).toMatchObject({ code: 0 });
    expect((await run()).output).toContain("nothing changes");
  });

  test("a new rule, one that is gone and one of another name", async () => {
    put("hi.yaml", ruleYaml("hi", "moved: { from: hello }\ndelay: 15m"));
    rmSync(join(rules, "hello.yaml"));
    put("bye.yaml", ruleYaml("bye", "delay: 2d\nguard: { contact.status: gone }"));
    put("hello.test.yaml", testYaml("hi"));
    expect(await changes()).toEqual(["bye: create", "hi: move"]);
  });

  test("files behind a link inside of the workspace", async () => {
    git("switch", "--quiet", "main");
    put("shared/hello.txt", ruleYaml("hello", "delay: 15m"));
    rmSync(join(rules, "hello.yaml"));
    symlinkSync("shared/hello.txt", join(rules, "hello.yaml"));
    commit();
    git("switch", "--quiet", "branch");
    git("merge", "--quiet", "main");
    expect(await changes()).toEqual([]);
  });
});

describe("the base", () => {
  test("that has no such workspace makes every rule new, and says so", async () => {
    renameSync(rules, join(repository, "rules"));
    const { output, code } = await run({}, join(repository, "rules"));
    expect(output).toContain("+ hello");
    expect(output).toContain("main has no such folder: every rule is new");
    expect(code).toBe(0);
  });

  test("that does not pass the check is compared as far as it goes, and says so", async () => {
    git("switch", "--quiet", "main");
    put("broken.yaml", ruleYaml("broken", "delya: 5m"));
    put("hello.test.yaml", testYaml("*"));
    commit();
    git("switch", "--quiet", "branch");
    git("merge", "--quiet", "main");
    put("broken.yaml", ruleYaml("broken", "delay: 2d\nguard: { contact.status: gone }"));
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    const { output } = await run();
    expect(output).toContain(
      "main does not pass heed check (HEED101 in broken.yaml); 1 rule with errors is left out, and counts as new",
    );
    expect(await changes()).toEqual(["broken: create", "hello: delay"]);
  });

  test("whose heed.yaml cannot be read is compared with nothing, and says so", async () => {
    git("switch", "--quiet", "main");
    put("heed.yaml", "workspace: [");
    commit();
    git("switch", "--quiet", "branch");
    git("merge", "--quiet", "main");
    put("heed.yaml", heedYaml);
    const { output } = await run();
    expect(output).toContain(
      "heed.yaml of main cannot be read: every rule counts as new, and settings are not compared",
    );
  });

  test.each([
    ["is not known", "nowhere", /--base: git knows no commit "nowhere"; write a branch, tag or commit/],
    ["looks like an option", "--output=x", /git knows no commit "--output=x"/],
  ])("that %s is refused", async (_, base, why) => {
    await expect(run({ base })).rejects.toThrow(why);
  });

  test("is asked for where no usual branch is there", async () => {
    git("branch", "--quiet", "--move", "main", "trunk");
    await expect(run()).rejects.toThrow(
      "--base: git knows none of origin/main, origin/master, main, master; say what to compare with",
    );
    expect(await changes({ base: "trunk" })).toEqual([]);
  });

  test("that a shallow clone lacks asks for the whole history", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    commit();
    const clone = join(scratchDirectory(), "clone");
    git("clone", "--quiet", "--depth", "1", "--branch", "branch", `file://${repository}`, clone);
    await expect(run({ base: "main" }, join(clone, "config/rules"))).rejects.toThrow(
      "this clone is shallow: fetch the whole history (actions/checkout: fetch-depth: 0)",
    );
  });

  test("outside of git is a setting to mend", async () => {
    const outside = scratchDirectory();
    writeFileSync(join(outside, "heed.yaml"), heedYaml);
    await expect(run({}, outside)).rejects.toThrow(BadSetting);
    await expect(run({}, outside)).rejects.toThrow(/no git repository|git knows/);
  });

  test("runs no code of its own: a plugin that lies in the repository", async () => {
    const trap = join(repository, "ran");
    put("node_modules/heed-provider-trap/package.json", '{ "name": "heed-provider-trap", "main": "index.cjs" }');
    put("node_modules/heed-provider-trap/index.cjs", `require("node:fs").writeFileSync(${JSON.stringify(trap)}, "");`);
    git("switch", "--quiet", "main");
    put("heed.yaml", `${heedYaml}plugins: [heed-provider-trap]\n`);
    git("add", "--all", "--force");
    git("commit", "--quiet", "--message", "a trap");
    git("switch", "--quiet", "branch");
    git("merge", "--quiet", "main");
    put("heed.yaml", heedYaml);
    await run();
    expect(() => readFileSync(trap)).toThrow("ENOENT");
  });
});

describe("the head", () => {
  test("with errors is not planned, and its errors are told", async () => {
    put("hello.yaml", ruleYaml("hello", "delya: 5m"));
    const { code, talk, output } = await run();
    expect({ code, output }).toEqual({ code: 2, output: "" });
    expect(talk).toContain("HEED101");
    expect(talk).toContain("mend them first");
  });

  test("that is no folder is a setting to mend", async () => {
    await expect(run({}, join(repository, "nothing"))).rejects.toThrow("there is no folder");
    await expect(run({ head: "main" }, join(repository, "nothing"))).rejects.toThrow("--head: main has no folder");
  });
});

describe("gates", () => {
  beforeEach(() => put("hello.yaml", ruleYaml("hello", "delay: 20s\nstop_on: [{ event: Order Completed }]")));

  test.each<readonly [string, PlanFlags, number]>([
    ["warnings trip no gate unless they are asked for", {}, 0],
    ["changes are told from none", { detailedExitcode: true }, 10],
    ["a warning trips the gate at warnings", { failOn: "warning" }, 1],
    ["a code trips its own gate", { failOn: "PLN106" }, 1],
    ["in any case, and beside others", { failOn: "pln101,pln106", detailedExitcode: true }, 1],
    ["and no other", { failOn: "PLN101" }, 0],
    ["nothing trips when nothing is asked for", { failOn: "none" }, 0],
  ])("%s", async (_, flags, code) => {
    expect(await run(flags)).toMatchObject({ code });
  });

  test("an error trips the usual gate, and a waiver opens it", async () => {
    put("heed.yaml", heedYaml.replace("email: opt_out", "email: opt_out, sms: opt_out"));
    expect(await run()).toMatchObject({ code: 1 });
    put(
      "heed.yaml",
      heedYaml
        .replace("email: opt_out", "email: opt_out, sms: opt_out")
        .replace("consent:", "# heed allow PLN101 until 2026-12-31: only our own staff is in it\nconsent:"),
    );
    const { code, output } = await run();
    expect(output).toContain("allowed PLN101");
    expect(code).toBe(0);
  });

  test.each<readonly [PlanFlags, RegExp]>([
    [{ failOn: "PLN10" }, /--fail-on takes codes such as PLN203/],
    [{ format: "xml" }, /unknown format "xml": write one of pretty, md, json, github, sarif/],
    [{ select: "audiance" }, /--select takes some of cosmetic, content/],
  ])("%j is refused", async (flags, why) => {
    await expect(run(flags)).rejects.toThrow(why);
  });
});

describe("what it writes", () => {
  test("JSON to a file that only its owner reads, and the comment beside it", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    const [json, comment] = [join(repository, "plan.json"), join(repository, "plan.md")];
    const { output } = await run({ out: json, markdown: comment, format: "json" });
    expect(readFileSync(json, "utf8")).toBe(output);
    expect(readFileSync(comment, "utf8")).toMatch(/^<!-- heed-plan:.*rules -->\n\n## /);
    expect(readFileSync(comment, "utf8")).toContain("messages go out 10 minutes earlier");
  });

  test("the same bytes for the same change", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m\nguard: { contact.status: new }"));
    expect((await run({ format: "json" })).output).toBe((await run({ format: "json" })).output);
  });

  test("only the classes that were asked for, and how many others", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m\nguard: { contact.status: new }"));
    const { output } = await run({ select: "audience" });
    expect(output).toContain("guard");
    expect(output).not.toContain("15m → 5m");
    expect(output).toContain("1 change of other classes hidden (--select)");
    put("hello.yaml", ruleYaml("hello", "delay: 20s"));
    expect((await run({ select: "audience" })).output).toContain("warning PLN106");
  });

  test("examples are explained from the file, and where there are none it says why", async () => {
    const file = join(repository, "plan.json");
    await run({ out: file });
    let said = "";
    const io = { out: (text: string) => void (said += text), err: (text: string) => void (said += text) };
    expect(explainPlan(file, "1", io)).toBe(1);
    expect(said).toContain("it was made without recorded events (--events)");
  });
});

describe("with recorded events", () => {
  /** Forty people, one every eight hours, each of whom asks for a demo. */
  function month(): string {
    const file = join(scratchDirectory(), "month.ndjson");
    const lines = Array.from({ length: 40 }, (_, index) => {
      const at = new Date(Date.UTC(2026, 4, 1) + index * 8 * 3_600_000).toISOString();
      const who = { contact_id: `c${index}`, address: { phone: `+12025550${100 + index}` } };
      const what = { schema_version: 1, event_id: `e${index}`, event_type: "lead.demo_requested", provider: "api" };
      return JSON.stringify({ ...what, ...who, occurred_at: at, received_at: at, data: { company: "Acme" } });
    });
    writeFileSync(file, `${lines.join("\n")}\nno event\n`);
    return file;
  }

  test("it says how many messages move, and tells the story of one that does", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    const file = join(scratchDirectory(), "plan.json");
    const { output, code } = await run({ events: [month()], full: true, out: file });
    expect(code).toBe(0);
    expect(output).toMatch(/sends \d+ by sms, as before: \d+ at another time \(10 minutes earlier\)/);
    expect(output).toContain("1 line left out");
    expect(output).not.toContain("+12025550");

    let said = "";
    const io = { out: (text: string) => void (said += text), err: () => undefined };
    expect(explainPlan(file, undefined, io)).toBe(0);
    expect(said).toContain("1  a message of hello by sms is sent at another time");
    said = "";
    expect(explainPlan(file, "1", io)).toBe(0);
    expect(said).toMatch(/\+ plan {2}hello 1 is sent by sms[\s\S]*- base {2}hello 1 is sent by sms/);
    expect(said).not.toContain("Hello.");
    expect(() => explainPlan(file, "99", io)).toThrow("has examples 1 to");
  });

  test("it says when they begin more than an hour later than was asked for, by a length or by a moment", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    const events = [month()];
    // From the first of them to the last it is 312 hours.
    for (const [since, isLate] of [
      ["313h", false],
      ["2026-04-30T23:00:00Z", false],
      ["18781m", true],
      ["2026-04-30T22:59:59Z", true],
    ] as const) {
      const { output } = await run({ events, since });
      const late = `the recording begins at 2026-05-01T00:00:00Z, later than --since ${since} asks for`;
      expect([since, output.replaceAll(/\s+/g, " ").includes(late)]).toEqual([since, isLate]);
    }
  });

  test("texts are shown to whoever asks for them", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    const { output } = await run({ events: [month()], full: true, showContent: true, format: "md" });
    expect(output).toContain("Hello.");
  });

  test("the same events, seed and rules give the same bytes", async () => {
    put("hello.yaml", ruleYaml("hello", "delay: 5m"));
    const events = [month()];
    const one = await run({ events, sample: "0.5", format: "json" });
    expect((await run({ events, sample: "0.5", format: "json" })).output).toBe(one.output);
    expect((await run({ events, sample: "0.5", seed: "2", format: "json" })).output).not.toBe(one.output);
  });

  test.each<readonly [PlanFlags, RegExp]>([
    [{ sample: "0" }, /--sample takes a share above 0 and up to 1/],
    [{ sample: "10%" }, /--sample takes a share above 0/],
    [{ sample: "0.5", full: true }, /either a share or --full/],
    [{ seed: "x" }, /--seed takes a whole number/],
  ])("%j is refused", async (flags, why) => {
    await expect(run({ events: [month()], ...flags })).rejects.toThrow(why);
  });
});

test("with a store it says what becomes of whoever is in a rule that changes", async () => {
  const data = scratchDirectory();
  await live({ workspace: rules, data, from: "2026-05-31T12:00:00Z" }, async ({ post, lines }) => {
    await post("e1", "id:ana", {
      event_type: "lead.demo_requested",
      contact_id: "ana",
      address: { phone: "+12025550143" },
      data: { company: "Acme" },
    });
    await lines(1);
  });
  put("hello.yaml", ruleYaml("hello", "delay: 5m"));
  const { output } = await run({ dataDir: data });
  expect(output).toContain("under way: 1 contact, of which 1 finishes with the rule as it was");
  expect(output).toContain("warning PLN108 1 contact is in hello and finish");
  put("hello.yaml", ruleYaml("hello", "delay: 5m\non_change: cancel"));
  const cancelled = (await run({ dataDir: data })).output;
  expect(cancelled).toContain("under way: 1 contact, of which 1 ends");
  expect(cancelled).not.toContain("PLN108");
});
