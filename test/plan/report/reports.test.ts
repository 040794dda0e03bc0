import { describe, expect, test } from "vitest";
import type { RuleChange } from "../../../src/plan/plan.ts";
import { cell, code, comment, html, inline, label } from "../../../src/plan/report/escape-markdown.ts";
import { renderExample } from "../../../src/plan/report/example-story.ts";
import { verdictOf } from "../../../src/plan/report/headline.ts";
import { type PlanFormat, planFormats, renderPlan } from "../../../src/plan/report/render-plan.ts";
import { sayChange } from "../../../src/plan/report/say-change.ts";
import { lengthOf, percent, signed, written, writtenPair } from "../../../src/plan/say-numbers.ts";
import { hostilePlan, samplePlan } from "./sample-plan.ts";

const options = { classes: null, cosmetic: true, colours: false, workspace: "rules/", version: "1.2.3" };
const render = (format: PlanFormat, plan = hostilePlan()): string => renderPlan(plan, format, options);

describe("texts that try to be more than texts", () => {
  /** Without what stands in code, where nothing does anything. */
  const outsideOfCode = render("md")
    .replaceAll(/^```mermaid\n[\s\S]*?\n```$/gm, "DIAGRAM")
    .replaceAll(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "CODE");

  test("add no tags to the comment, and end none", () => {
    const tags = [...outsideOfCode.matchAll(/(?<!\\)<(\/?[a-z!][a-z-]*)/g)].map((match) => match[1]);
    expect([...new Set(tags)].toSorted()).toEqual(["!--", "/details", "/summary", "br", "details", "summary"]);
    expect(tags.filter((tag) => tag === "details")).toHaveLength(tags.filter((tag) => tag === "/details").length);
    expect(tags.filter((tag) => tag === "!--")).toHaveLength(1);
  });

  test("call nobody, link nowhere, show no picture", () => {
    expect(outsideOfCode).not.toContain("@acme");
    expect(outsideOfCode).not.toMatch(/(?<!\\)!?\[[^\]]*(?<!\\)\]\(/);
    expect(outsideOfCode).not.toContain("https://");
    expect(outsideOfCode).not.toMatch(/(?<![\w\u200b])#1\b/);
  });

  test("begin no line of their own in any form, and move no cursor", () => {
    for (const format of planFormats) {
      const output = render(format);
      expect(output, format).not.toMatch(
        /\n\s*(?:::|##\[)(?!(?:notice|error|warning) (?:title=heed plan|file=rules\/))/,
      );
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      expect(output, format).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    }
  });

  test("are nothing but labels in a diagram", () => {
    const diagrams = [...render("md").matchAll(/```mermaid\n([\s\S]*?)\n```/g)].map((match) => match[1] ?? "");
    expect(diagrams).toHaveLength(3);
    for (const line of diagrams.flatMap((diagram) => diagram.split("\n")).slice(3)) {
      expect(line).toMatch(
        /^(?:sequenceDiagram| {2}participant (?:Base|Plan)| {2}Note over (?:Base|Plan|Base,Plan): [^;<>"`]*(?:#\d+;[^;<>"`]*)*)$/,
      );
    }
  });

  test("keep each annotation on one line with its properties apart", () => {
    for (const line of render("github").trimEnd().split("\n")) {
      expect(line).toMatch(
        /^::notice title=heed plan::|^::(?:error|warning) file=[^:,]*,line=\d+,endLine=\d+,col=1,endColumn=1,title=PLN\d{3} [a-z0-9-]+::/,
      );
      expect(line.length).toBeLessThan(8_000);
    }
  });

  test("come out of an example as they are, on one line each", () => {
    const [example] = hostilePlan().backtest?.examples ?? [];
    if (example === undefined) throw new Error("no example");
    expect(renderExample(example).trimEnd().split("\n")).toHaveLength(6);
  });
});

describe("escaping", () => {
  test.each([
    [inline, "a `b` *c* <d>", "a `b` \\*c\\* \\<d\\>"],
    [inline, "1. first", "1\u200b. first"],
    [inline, "- item", "\\- item"],
    [inline, "an odd ` tick", "an odd ` tick`".replace("` tick`", "` tick`")],
    [code, "a`b", "``a`b``"],
    [code, "`", "`` ` ``"],
    [cell, "a|b", "a\\|b"],
    [html, '<b a="1">&@x', "&#60;b a=&#34;1&#34;&#62;&#38;@\u200bx"],
    [label, 'say "x"; end #1', "say #34;x#34;#59; end #35;1"],
    [comment, "a --> b", "<!-- a - b -->"],
  ])("%o of %j", (escape, text, wanted) => {
    expect(escape(text)).toBe(wanted);
  });
});

describe("the comment", () => {
  const long = "x".repeat(300);
  const many: readonly RuleChange[] = Array.from({ length: 400 }, (_, index) => {
    const [first] = samplePlan.ruleChanges.slice(2);
    const [change] = first?.attributes ?? [];
    if (first === undefined || change === undefined) throw new Error("no rule");
    return {
      ...first,
      rule: `rule-${index}`,
      attributes: Array.from({ length: 3 }, () => ({ ...change, after: long })),
    };
  });

  test("of 400 rules fits, closes what it opens, and says what it leaves out", () => {
    const output = renderPlan({ ...samplePlan, ruleChanges: many }, "md", options);
    expect(output.length).toBeLessThanOrEqual(60_000);
    expect(output.match(/<details>/g)).toHaveLength(output.match(/<\/details>/g)?.length ?? 0);
    expect(output).toMatch(/and \d+ more, which are in the plan's JSON/);
    expect(output).toMatch(/The details of \d+ rules are cut to fit/);
  });

  test("with hostile texts of any length fits, too", () => {
    const hostile = "`|<@".repeat(20_000);
    const risks = samplePlan.risks.map((risk) => ({ ...risk, message: hostile }));
    expect(renderPlan({ ...samplePlan, risks, notes: [hostile] }, "md", options).length).toBeLessThanOrEqual(60_000);
  });

  test("says in plain words what each change does", () => {
    const output = renderPlan(samplePlan, "md", options);
    expect(output).toContain("messages go out 10 minutes earlier");
    expect(output).toContain("sends by push 1h after Checkout Started".replace("sends", "Sends"));
    expect(output).toContain("No longer sends by email, sms");
  });

  test.each([
    ["no change", { ruleChanges: [], workspaceChanges: [], risks: [] }, "nothing changes"],
    ["no risk", { risks: [] }, "no risks found"],
    ["only waived risks", { risks: samplePlan.risks.map((risk) => ({ ...risk, waived: "known" })) }, "no risks found"],
  ])("of %s says so in its title", (_, part, verdict) => {
    expect(verdictOf({ ...samplePlan, ...part })).toBe(verdict);
  });

  test("without recorded events says that nothing is known of numbers", () => {
    const output = renderPlan({ ...samplePlan, backtest: null, inFlight: null }, "md", options);
    expect(output).toContain("how many messages come, go or move is not known");
    expect(output).toContain("What is under way is not known");
    expect(output).not.toContain("### In numbers");
  });
});

test.each([
  ["delay", "15m", "5m", "messages go out 10 minutes earlier"],
  ["delay", null, "2h", "messages go out 2 hours later"],
  ["delay", { between: ["3m", "7m"] }, "1m", "messages go out 2 minutes earlier to 6 minutes earlier"],
  ["delay", "15m", { between: ["10m", "20m"] }, "messages go out 5 minutes earlier to 5 minutes later"],
  ["actions[1].wait", "2d", "3d", "what follows comes 1 day later"],
  ["actions[1]", { wait: "3d" }, null, "what follows comes 3 days earlier"],
  ["actions[1]", { tag: "vip" }, null, null],
  ["trigger.max_age", "24h", "30d", "it starts for events that reach Heed 29 days later"],
  ["actions[0].on_ambiguous", "park", "retry", "a message whose answer was lost is sent again, even if it arrived"],
  ["stop_on[0].event", ["email.opened", "email.clicked"], "email.opened", "email.clicked no longer ends it"],
  ["trigger.event", "a", ["a", "b"], "b starts it"],
  ["class", "marketing", "transactional", "consent to marketing, quiet hours and marketing caps no longer hold for it"],
  ["actions.remind.text", "a", "b", "says something else"],
  ["retry.attempts", 5, 3, null],
])("%s from %j to %j: %s", (path, before, after, said) => {
  const change = { path, before, after, class: "timing", file: "a.yaml", line: 1, implication: null } as const;
  expect(sayChange(change)).toBe(said);
});

test("numbers are said as people read them", () => {
  expect([signed(6523), signed(-12), signed(0)]).toEqual(["+6,523", "−12", "0"]);
  expect([percent(0.5233), percent(0.025), percent(0.992), percent(-0.1, true), percent(0.1, true)]).toEqual([
    "52 %",
    "2.5 %",
    "99.2 %",
    "−10 %",
    "+10 %",
  ]);
  expect([lengthOf(600_000), lengthOf(870_000), lengthOf(90_000_000), lengthOf(0)]).toEqual([
    "10 minutes",
    "14 minutes 30 seconds",
    "1 day 1 hour",
    "0 seconds",
  ]);
  expect(written({ not: "verified", in: ["a", "b c"], x: "- y" })).toBe('{ not: verified, in: [a, b c], x: "- y" }');
});

describe("two values of one change", () => {
  const words = "we sent an important email to your address and wait for an answer there";

  test("are shown from shortly before they part, where they are too long for their place", () => {
    expect(writtenPair(`${words} now`, `${words} soon`, 30)).toEqual(["…wer there now", "…wer there soon"]);
    expect(writtenPair(`old ${words}`, `new ${words}`, 16)).toEqual(["old we sent an …", "new we sent an …"]);
  });

  test("are whole where they fit, and say when there is none", () => {
    expect(writtenPair("15m", "5m", 30)).toEqual(["15m", "5m"]);
    expect(writtenPair(null, words, 10)).toEqual(["nothing", "we sent a…"]);
  });
});
