import type { Reason } from "../core/model/reason.ts";
import { type ProblemCode, problemCodes } from "../rulebook/codes.ts";
import type { Example } from "../rulebook/page.ts";
import { pageOf } from "../rulebook/pages.ts";
import { isReason, reasonPages, reasons } from "../rulebook/reasons/pages.ts";
import { didYouMean } from "../rulebook/suggest.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

/**
 * Prints the page of a problem, given as `HEED301` or by its name, or of a reason, given as `guard.false`; without one a
 * line for each.
 */
export function codes(wanted: string | undefined, io: Output): ExitCode {
  if (wanted === undefined) {
    io.out(`${listOfProblems()}\n${listOfReasons()}`);
    return EXIT.fine;
  }
  const code = problems.find((each) => each === wanted.toUpperCase() || problemCodes[each] === wanted);
  if (code !== undefined) io.out(printPage(code, problemCodes[code]));
  else if (isReason(wanted)) io.out(printReason(wanted));
  else {
    const near =
      didYouMean(wanted.toUpperCase(), problems) ??
      didYouMean(wanted, [...reasons, ...Object.values(problemCodes)]) ??
      "heed codes lists them";
    io.err(`heed codes: there is no code or reason "${wanted.slice(0, 40)}"; ${near}\n`);
    return EXIT.usage;
  }
  return EXIT.fine;
}

const problems: readonly ProblemCode[] = Object.keys(problemCodes).filter(isCode);

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
