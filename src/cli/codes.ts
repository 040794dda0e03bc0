import { type ProblemCode, problemCodes } from "../rulebook/codes.ts";
import type { Example } from "../rulebook/page.ts";
import { pageOf } from "../rulebook/pages.ts";
import { didYouMean } from "../rulebook/suggest.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

/** Prints the page of a code, given as `HEED301` or by its name, or without one a line for each. */
export function codes(wanted: string | undefined, io: Output): ExitCode {
  const entries = Object.keys(problemCodes)
    .filter(isCode)
    .map((code) => [code, problemCodes[code]] as const);
  if (wanted === undefined) {
    const width = Math.max(...entries.map(([, name]) => name.length));
    for (const [code, name] of entries) io.out(`${code}  ${name.padEnd(width)}  ${pageOf(code).what}\n`);
    return EXIT.fine;
  }
  const found = entries.find(([code, name]) => code === wanted.toUpperCase() || name === wanted);
  if (found === undefined) {
    const near = didYouMean(wanted.toUpperCase(), Object.keys(problemCodes)) ?? "heed codes lists them";
    io.err(`heed codes: there is no code "${wanted.slice(0, 40)}"; ${near}\n`);
    return EXIT.usage;
  }
  io.out(printPage(...found));
  return EXIT.fine;
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
  const body = sections.map(([title, text]) => `${title}\n\n${text}\n`).join("\n");
  return `${code} ${name}\n\n${wrap(what)}\n\n${body}`;
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
