import type { Reason } from "../core/model/reason.ts";
import { riskPageOf } from "../plan/risks/risks-of.ts";
import { type ProblemCode, problemCodes } from "../rulebook/codes.ts";
import type { Example } from "../rulebook/page.ts";
import { pageOf } from "../rulebook/pages.ts";
import { isReason, reasonPages, reasons } from "../rulebook/reasons/pages.ts";
import { isRiskCode, type RiskCode, riskCodes } from "../rulebook/risk-codes.ts";
import { didYouMean } from "../rulebook/suggest.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

/**
 * Prints the page of a problem or a risk, given as `HEED301`, `PLN203` or by its name, or of a reason, given as
 * `guard.false`; without one a line for each.
 */
export function codes(wanted: string | undefined, io: Output): ExitCode {
  if (wanted === undefined) {
    io.out(`${listOfProblems()}\n${listOfReasons()}\n${listOfRisks()}`);
    return EXIT.fine;
  }
  const code = problems.find((each) => each === wanted.toUpperCase() || problemCodes[each] === wanted);
  const risk = risks.find((each) => each === wanted.toUpperCase() || riskCodes[each].name === wanted);
  if (code !== undefined) io.out(printPage(code, problemCodes[code]));
  else if (risk !== undefined) io.out(printRisk(risk));
  else if (isReason(wanted)) io.out(printReason(wanted));
  else {
    const near =
      didYouMean(wanted.toUpperCase(), [...problems, ...risks]) ??
      didYouMean(wanted, [...reasons, ...Object.values(problemCodes), ...Object.values(riskCodes).map(nameOf)]) ??
      "heed codes lists them";
    io.err(`heed codes: there is no code or reason "${wanted.slice(0, 40)}"; ${near}\n`);
    return EXIT.usage;
  }
  return EXIT.fine;
}

const problems: readonly ProblemCode[] = Object.keys(problemCodes).filter(isCode);

const risks: readonly RiskCode[] = Object.keys(riskCodes).filter(isRiskCode);

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function listOfRisks(): string {
  const width = Math.max(...risks.map((code) => riskCodes[code].name.length));
  const lines = risks.map((code) => `${code}  ${riskCodes[code].name.padEnd(width)}  ${riskPageOf(code).what}\n`);
  return ["Risks, which heed plan finds in a change:\n\n", ...lines].join("");
}

function listOfProblems(): string {
  const width = Math.max(...problems.map((code) => problemCodes[code].length));
  const lines = problems.map((code) => `${code}  ${problemCodes[code].padEnd(width)}  ${pageOf(code).what}\n`);
  return ["Problems, which heed check finds:\n\n", ...lines].join("");
}

function listOfReasons(): string {
  const width = Math.max(...reasons.map((reason) => reason.length));
  const lines = reasons.map((reason) => `${reason.padEnd(width)}  ${reasonPages[reason].says}\n`);
  return ["Reasons, for which something happened to a message or did not:\n\n", ...lines].join("");
}

function printRisk(code: RiskCode): string {
  const { what, why, todo, example } = riskPageOf(code);
  const { name, severity } = riskCodes[code];
  const shown: readonly (readonly [string, string])[] =
    example.in === "words"
      ? [["Example", wrap(example.story)]]
      : [
          ["Before", indent(example.before)],
          ["After", indent(example.after)],
        ];
  const waiver = `On the line that the plan names, above it, or at the top of the file:\n\n${indent(`# heed allow ${code} until 2027-01-31: why it is right here`)}\n\nOf a rule that is deleted, at the top of heed.yaml. The reason is part of the review, and after that day the risk is back.`;
  return printSections(`${code} ${name} (${severity})`, what, [
    ["Why it matters", wrap(why)],
    ["What to do", wrap(todo)],
    ...shown,
    ["How to waive", waiver],
  ]);
}

function printReason(reason: Reason): string {
  const { what, why, todo, example } = reasonPages[reason];
  const lines = example.lines === undefined ? "" : `${indent(example.lines)}\n\n`;
  const see = [
    wrap("`heed explain --contact <who>` tells it with the values that decided. A test names it beside its messages:"),
    indent(`because: [{ rule: my-rule, reason: ${reason} }]`),
  ].join("\n\n");
  return printSections(reason, what, [
    ["Why it happens", wrap(why)],
    ["What to do", wrap(todo)],
    ["Example", `${lines}${wrap(example.story)}`],
    ["How to see it", see],
  ]);
}

function printPage(code: ProblemCode, name: string): string {
  const { what, why, example, waivable } = pageOf(code);
  const waiver =
    waivable === true
      ? `On the line above the problem, at its end, or for the whole file at its top:\n\n${indent(`# heed allow ${code} until 2027-01-31: why it is right here`)}\n\nAfter that day the problem is back. The reason is part of the review.`
      : "It cannot be waived: the rule would not run as it is written, or the message would not be what it says.";
  const sections: readonly (readonly [string, string])[] = [
    ["Why", wrap(why)],
    ["Bad", exampleText(example, example.bad)],
    ["Good", exampleText(example, example.good)],
    ["How to waive", waiver],
  ];
  return printSections(`${code} ${name}`, what, sections);
}

function printSections(title: string, what: string, sections: readonly (readonly [string, string])[]): string {
  const body = sections.map(([heading, text]) => `${heading}\n\n${text}\n`).join("\n");
  return `${title}\n\n${wrap(what)}\n\n${body}`;
}

function exampleText(example: Example, text: string): string {
  return example.in === "words" ? `  ${text}` : indent(text);
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= 88) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

function isCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCodes, code);
}
