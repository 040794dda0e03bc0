import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory } from "./in-memory.ts";

const today = "2026-06-01";
const allow = "# heed allow HEED301 until 2026-12-31: paused over the holidays";

function rule(caps: string, top = "", text = "Hello."): string {
  return `${top}rule: a
description: For a test.
owner: growth-ops
class: transactional
trigger: { event: lead.demo_requested }
${caps}
actions:
  - { send: sms, text: ${text} }
`;
}

function judge(text: string, day: string | null = today) {
  const { problems, waived } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": text }), null, day);
  return {
    waived: waived.length,
    problems: problems.map(({ code, severity, range }) => `${range.start.line} ${severity} ${code}`),
  };
}

const zero = "{ max: 0, per: contact, within: 24h }";

describe("a waiver silences", () => {
  test.each([
    ["on the line above", rule(`caps:\n  ${allow}\n  - ${zero}`)],
    [
      "above, with blank lines and other comments between",
      rule(`caps:\n  ${allow}\n\n  # Back in January.\n  - ${zero}`),
    ],
    ["at the end of the line", rule(`caps:\n  - ${zero} ${allow}`)],
    ["at the top of the file, for all of it", rule(`caps:\n  - ${zero}`, `# About this rule.\n${allow}\n`)],
  ])("%s", (_, text) => {
    expect(judge(text)).toEqual({ waived: 1, problems: [] });
  });

  test("every problem of its code on that line, and in a whole file wherever they are", () => {
    const two = `caps:\n  - ${zero}\n  - ${zero}`;
    expect(judge(rule(two, `${allow}\n`))).toEqual({ waived: 2, problems: [] });
    expect(judge(rule(`${allow}\ncaps: [${zero}, ${zero}]`))).toEqual({ waived: 2, problems: [] });
  });

  test("up to and including its last day", () => {
    const text = rule(`caps:\n  - ${zero} ${allow}`);
    expect(judge(text, "2026-12-31").problems).toEqual([]);
    expect(judge(text, "2027-01-01").problems).toEqual(["7 error HEED902"]);
  });

  test("for ever where no day is given, as at the start of the system", () => {
    expect(judge(rule(`caps:\n  - ${zero} ${allow}`), null)).toEqual({ waived: 1, problems: [] });
  });
});

describe("a waiver does not silence", () => {
  test("another line, another code, another file", () => {
    expect(judge(rule(`caps:\n  - { max: 1, per: contact, within: 24h } ${allow}\n  - ${zero}`)).problems).toEqual([
      "7 warning HEED903",
      "8 error HEED301",
    ]);
    const other = allow.replace("HEED301", "HEED302");
    expect(judge(rule(`caps:\n  - ${zero} ${other}`)).problems).toEqual(["7 error HEED301", "7 warning HEED903"]);
    const files = { "heed.yaml": `${allow}\n${heedYaml}`, "a.yaml": rule(`caps:\n  - ${zero}`) };
    const { problems } = checkWorkspace(inMemory(files), null, today);
    expect(problems.map(({ file, code }) => `${file} ${code}`)).toEqual(["a.yaml HEED301", "heed.yaml HEED903"]);
  });

  test("when it stands in a text rather than in a comment", () => {
    const text = rule(`caps:\n  - ${zero}`).replace(
      "{ send: sms, text: Hello. }",
      `send: sms\n    text: |\n      ${allow}\n      Hello.`,
    );
    expect(judge(text)).toEqual({ waived: 0, problems: ["7 error HEED301"] });
    const quoted = rule(`caps:\n  - ${zero}`, "", `"Hello.\n      ${allow}"`);
    expect(judge(quoted)).toEqual({ waived: 0, problems: ["7 error HEED301"] });
  });

  test("what would keep the rule from running", () => {
    const text = rule(`# heed allow HEED202 until 2026-12-31: later\ncaps:\n  - ${zero} ${allow}`);
    expect(judge(text)).toEqual({ waived: 1, problems: ["6 error HEED901"] });
    const shape = rule("# heed allow HEED101 until 2026-12-31: later\ndelya: 5m");
    expect(judge(shape).problems).toEqual(["6 error HEED901", "7 error HEED101"]);
  });
});

describe("a malformed waiver is a problem of its own", () => {
  test.each([
    ["without a reason", allow.replace(": paused over the holidays", "")],
    ["with an empty reason", allow.replace("paused over the holidays", "  -")],
    ["without a date", "# heed allow HEED301: paused"],
    ["with a day that is none", allow.replace("2026-12-31", "2026-02-30")],
    ["with an unknown code", allow.replace("HEED301", "HEED399")],
    ["in words of another tool", "# heed disable HEED301"],
    ["with a misspelt verb", allow.replace("allow", "alow")],
    ["with a colon too many", allow.replace("# heed", "# heed:")],
  ])("%s", (_, comment) => {
    expect(judge(rule(`caps:\n  - ${zero} ${comment}`)).problems).toEqual(["7 error HEED301", "7 error HEED901"]);
  });

  test("and other comments that begin with the name are none", () => {
    expect(judge(rule("# Heed sends this at once.\ndelay: 5m # heed the quiet hours")).problems).toEqual([]);
  });
});

describe("whether a waiver is used", () => {
  test("is not judged while a file cannot be read, because that hides problems", () => {
    const unused = rule("delay: 5m", `${allow}\n`);
    expect(judge(unused).problems).toEqual(["1 warning HEED903"]);
    const files = { "heed.yaml": heedYaml.replace("country:", "contry:"), "a.yaml": unused };
    const { problems } = checkWorkspace(inMemory(files), null, today);
    expect(problems.map(({ code }) => code)).toEqual(["HEED101"]);
  });

  test("counts one that has ended: the problem is told once, in its own severity, with its place", () => {
    const ended = rule("delay: 5m", "# heed allow HEED403 until 2026-05-31: no team yet\n").replace(
      "owner: growth-ops\n",
      "",
    );
    const { problems } = checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": ended }), null, today);
    expect(problems).toMatchObject([
      {
        code: "HEED902",
        severity: "warning",
        message: "the waiver of HEED403 ended on 2026-05-31: this rule has no owner",
        range: { start: { line: 1, col: 1 } },
        related: [{ file: "a.yaml", range: { start: { line: 2 } } }],
      },
    ]);
  });
});

test("a file made of waivers is judged in no time", () => {
  const began = process.cpuUsage();
  judge(rule("delay: 5m", `${allow}\n`.repeat(3_500)));
  // Microseconds of this process, so that a busy machine does not fail it.
  expect(process.cpuUsage(began).user).toBeLessThan(1_500_000);
});

describe("a waiver of a risk", () => {
  const risk = "# heed allow PLN203 until 2026-01-31: a campaign that was agreed on";

  test.each([
    ["which a plan judges, is neither unknown nor unused, nor ended", risk, []],
    ["that there is not is a slip of the pen", risk.replace("PLN203", "PLN293"), ["1 error HEED901"]],
    ["needs the form of all waivers", risk.replace(": a campaign that was agreed on", ""), ["1 error HEED901"]],
  ])("%s", (_, comment, problems) => {
    expect(judge(rule("", `${comment}\n`))).toEqual({ waived: 0, problems });
  });
});
