import type { YAMLError } from "yaml";
import type { ProblemCode } from "./codes.ts";
import type { Problem, Range } from "./problem.ts";
import { problemIn, rangeAt, type SourceFile } from "./source-file.ts";

interface Explanation {
  readonly code: ProblemCode;
  readonly message: string;
  readonly help?: string;
}

/** The parser's words for its errors, in ours: what happened and what to write. */
const explanations: Readonly<Record<string, Explanation>> = {
  TAB_AS_INDENT: { code: "HEED008", message: "a tab is used for indentation", help: "use spaces" },
  MULTIPLE_DOCS: {
    code: "HEED007",
    message: "the file holds more than one document",
    help: "remove the `---` and keep one document per file",
  },
  TAG_RESOLVE_FAILED: {
    code: "HEED005",
    message: "tags (`!name`) are not allowed",
    help: "remove it; quote the value if it is a text",
  },
  BAD_ALIAS: {
    code: "HEED004",
    message: "aliases (`*name`) are not allowed",
    help: "write the value out; quote it if it is a text",
  },
  BAD_SCALAR_START: {
    code: "HEED002",
    message: "a text cannot begin with this character unless it is quoted",
    help: "put the whole text in quotes",
  },
  BAD_DQ_ESCAPE: {
    code: "HEED002",
    message: "a backslash in double quotes begins an escape, and this is none",
    help: "use single quotes, or write \\\\ for a backslash",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    code: "HEED002",
    message: "this text holds a colon followed by a space, so YAML takes it for a map",
    help: "put the whole text in quotes, or below a `|`",
  },
  MULTILINE_IMPLICIT_KEY: {
    code: "HEED002",
    message: "a key must be on one line; is a colon or an indentation missing?",
  },
  MISSING_CHAR: { code: "HEED002", message: "something is not closed or not complete here" },
  BAD_INDENT: {
    code: "HEED002",
    message: "the indentation does not fit what stands above, or a bracket is not closed",
  },
  BLOCK_IN_FLOW: { code: "HEED002", message: "inside of brackets, entries are separated by commas, not by lines" },
  RESOURCE_EXHAUSTION: { code: "HEED009", message: "the file nests too deep" },
};

export function yamlSyntaxProblem(source: SourceFile, fault: YAMLError): Problem {
  const [start, end] = fault.pos;
  const range =
    fault.code === "BLOCK_AS_IMPLICIT_KEY"
      ? restOfLine(source, start)
      : rangeAt(source, start, Math.max(end, start + 1));
  const liquid = unquotedLiquid(source, start);
  if (liquid !== null) return liquid;
  const indented = keyTooFarIn(source, fault);
  if (indented !== null) return indented;
  if (isBehindQuote(source, fault)) {
    return problemIn(source, {
      code: "HEED002",
      message: "a quote inside the text ends it, and more follows",
      help: "use the other kind of quote around the text, double the one inside '…', or write the text below a `|`",
      range,
    });
  }
  const explained = explanations[fault.code];
  const first = lowerFirst(fault.message.split("\n", 1)[0] ?? "");
  if (/closing "quote/.test(first)) {
    return problemIn(source, {
      code: "HEED002",
      message: "a quoted text is not closed",
      help: "add the closing quote, or check that quotes inside of the text are doubled or escaped",
      range,
    });
  }
  return problemIn(source, {
    code: explained?.code ?? "HEED002",
    message: explained?.message ?? `this is not YAML: ${first}`,
    help: explained?.help ?? (explained?.code === "HEED002" && explained.help === undefined ? first : null),
    range,
  });
}

/** `'it's here'`: the parser stumbles over what follows the second quote. */
function isBehindQuote(source: SourceFile, { code, pos: [start] }: YAMLError): boolean {
  if (code === "BLOCK_AS_IMPLICIT_KEY") {
    const quoted = /^(?:'[^'\n]*'|"(?:[^"\\\n]|\\.)*")(?=[^\s:,])/.exec(source.text.slice(start, start + 1000));
    return quoted !== null;
  }
  if (code !== "UNEXPECTED_TOKEN" && code !== "MISSING_CHAR") return false;
  const line = source.text.slice(source.text.lastIndexOf("\n", start - 1) + 1, start);
  return /(?:[:,[{-]\s+|[[{])(?:'[^']*'|"(?:[^"\\]|\\.)*")$/.test(line.slice(-1000)) && source.text[start] !== "#";
}

/** A key that stands further in than the one it belongs beside: YAML takes it for more words of that one's text. */
function keyTooFarIn(source: SourceFile, { code, pos: [start] }: YAMLError): Problem | null {
  if (code !== "BLOCK_AS_IMPLICIT_KEY") return null;
  const [first = "", ...others] = source.text.slice(start, start + 2000).split("\n");
  if (/^["'|>]|:(?:\s|$)/.test(first)) return null;
  const above = /([^\s:,{}[\]]+):\s+$/.exec(
    source.text.slice(source.text.lastIndexOf("\n", start - 1) + 1, start),
  )?.[1];
  const line = others.findIndex((other) => /^\s*[^\s#"']+:(?:\s|$)/.test(other));
  const key = /[^\s:]+/.exec(others[line] ?? "");
  if (above === undefined || key === null) return null;
  const at = start + [first, ...others.slice(0, line)].join("\n").length + 1 + key.index;
  return problemIn(source, {
    code: "HEED002",
    message: `\`${key[0]}:\` stands further in than \`${above}:\`, so YAML takes it for more of the text \`${first.trim()}\``,
    help: `begin it in the column of \`${above}\`; if it is part of the text, put the whole text in quotes`,
    range: rangeAt(source, at, at + key[0].length),
  });
}

function restOfLine(source: SourceFile, start: number): Range {
  const end = source.text.indexOf("\n", start);
  return rangeAt(source, start, end < 0 ? source.text.length : end);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** `text: {{ name }}, hello`: the braces open a map, and the parser stumbles somewhere behind them. */
function unquotedLiquid(source: SourceFile, offset: number): Problem | null {
  const from = source.text.lastIndexOf("\n", offset - 1) + 1;
  const to = source.text.indexOf("\n", offset);
  const line = source.text.slice(from, to < 0 ? source.text.length : to);
  const match = /[:-]\s+(\{[{%].*)$/.exec(line);
  if (match?.[1] === undefined) return null;
  const before = line.slice(0, match.index).replace(/"[^"]*"|'[^']*'/g, "");
  if (/[:,[{-]\s+["']/.test(before)) return null;
  const start = from + match.index + match[0].length - match[1].length;
  return problemIn(source, {
    code: "HEED018",
    message: `a text that begins with ${match[1].slice(0, 2)} must be quoted, because { opens a map`,
    help: "put the whole text in single quotes",
    range: rangeAt(source, start, start + match[1].trimEnd().length),
  });
}
