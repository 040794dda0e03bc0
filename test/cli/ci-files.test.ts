import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { assets } from "../../src/cli/assets.ts";
import { type CiHost, ciFile, ciHosts } from "../../src/cli/ci-files.ts";
import { markerOf } from "../../src/plan/report/markdown.ts";

/** Every command of the file, one to a line, as a shell reads it. */
function commandsOf(host: CiHost): readonly string[] {
  const found: string[] = [];
  const collect = (node: unknown): void => {
    if (typeof node === "string") found.push(...node.split("\n"));
    else if (typeof node === "object" && node !== null) Object.values(node).forEach(collect);
  };
  collect(parse(ciFile(host)));
  return found.filter((line) => /\bheed (?:check|test|plan)\b/.test(line) && !line.startsWith("#"));
}

/** What main.ts and its parts register: each command with its options. */
function registered(): ReadonlyMap<string, ReadonlySet<string>> {
  const files = ["main.ts", "plan-command.ts"].map((name) =>
    readFileSync(new URL(`../../src/cli/${name}`, import.meta.url), "utf8"),
  );
  const parts = files
    .join("\n")
    .split(/\.command\("/)
    .slice(1);
  return new Map(
    parts.map((part) => {
      const options = [...part.matchAll(/\.(?:requiredO|o)ption\(\s*"(--[a-z-]+)/g)].map((match) => match[1] ?? "");
      return [part.slice(0, part.indexOf('"')), new Set(options)];
    }),
  );
}

describe.each(ciHosts)("the file for %s", (host) => {
  test("is YAML, and is what heed assets prints", () => {
    let output = "";
    const io = { out: (text: string) => void (output += text), err: () => undefined };
    expect(assets({ ci: host }, io)).toBe(0);
    expect(output).toBe(ciFile(host));
    expect(parse(output, { strict: true })).toBeTypeOf("object");
  });

  test("checks, tests and plans, with commands and options that there are", () => {
    const commands = commandsOf(host).map((line) => /\bheed (\w+)/.exec(line)?.[1]);
    expect(commands).toEqual(["check", "test", "plan"]);
    for (const line of commandsOf(host)) {
      const [, command = "", rest = ""] = /\bheed (\w+)(.*)/.exec(line) ?? [];
      const known = registered().get(command);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(known, `${command} ${option}`).toContain(option);
    }
  });

  test("finds its comment again by the line with which it begins", () => {
    expect(ciFile(host)).toContain(
      `startswith("${markerOf("rules/")}")`.replace("startswith", host === "github" ? "startswith" : "startsWith"),
    );
  });

  test("fetches the whole history, and runs no scripts of packages", () => {
    expect(ciFile(host)).toMatch(host === "github" ? /fetch-depth: 0/ : /GIT_DEPTH: "0"/);
    expect(ciFile(host)).toContain("npm ci --ignore-scripts");
  });
});

test("a fork, whose token may only read, gets a summary and no comment", () => {
  const workflow: unknown = parse(ciFile("github"));
  expect(workflow).toMatchObject({ permissions: { contents: "read", "pull-requests": "write" } });
  const steps = ciFile("github").split("- name: ");
  const [summary, comment] = ["Summary", "Comment"].map((name) => steps.find((step) => step.startsWith(name)) ?? "");
  expect(comment).toContain("github.event.pull_request.head.repo.full_name == github.repository");
  expect(summary).not.toContain("full_name");
  expect(summary).toContain("GITHUB_STEP_SUMMARY");
});

test.each([
  [{ ci: "bitbucket" }, "--ci takes github or gitlab"],
  [{ ci: "github", alerts: true }, "say which"],
  [{}, "say which"],
])("%j is refused", (flags, why) => {
  let said = "";
  expect(assets(flags, { out: () => undefined, err: (text) => void (said += text) })).toBe(3);
  expect(said).toContain(why);
});
