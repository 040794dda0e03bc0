import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Json } from "../core/model/json.ts";
import { isJsonArray, parseJson } from "../core/model/parse-json.ts";
import { BadSetting } from "./run-settings.ts";

/** An event as somebody wrote it, or why it is none. */
export type WrittenEvent = { readonly where: string } & ({ readonly value: Json } | { readonly fault: string });

/** One JSON text over many lines is read as a whole, up to this. */
const MOST_CHARACTERS = 64_000_000;

/**
 * Reads events from a file, or from standard input for `-`: one in each line (NDJSON), of any number, or a single JSON
 * text, an event or an array of them. Throws `BadSetting` for a file that cannot be read.
 */
export async function* readEventLines(file: string, stdin: Readable): AsyncGenerator<WrittenEvent> {
  /** The lines of a JSON text that did not end with its first. */
  let begun: string[] = [];
  let characters = 0;
  let number = 0;
  for await (const line of linesOf(file, stdin)) {
    number += 1;
    const text = number === 1 ? line.replace(/^\uFEFF/, "") : line;
    if (text.trim() === "") continue;
    if (begun.length === 1 && begun[0]?.trim() !== "[" && isJson(text)) {
      // Events in lines, then, of which the first is broken.
      yield* eventsIn(begun.join(""), "line 1");
      begun = [];
    }
    if (begun.length === 0 && (number > 1 || isJson(text) || !/^\s*[[{]/.test(text))) {
      yield* eventsIn(text, `line ${number}`);
      continue;
    }
    begun.push(text);
    characters += text.length;
    if (characters > MOST_CHARACTERS)
      throw new BadSetting(`${nameOf(file)} is one JSON text of more than 64 MB: write one event in each line`);
  }
  if (begun.length > 0) yield* eventsIn(begun.join("\n"), begun.length === 1 ? "line 1" : "event");
}

function isJson(text: string): boolean {
  return parseJson(text).ok;
}

/** The events of one JSON text. */
function eventsIn(text: string, where: string): readonly WrittenEvent[] {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const why = parsed.why === "too_deep" ? "it is nested too deep" : "it is not JSON";
    return [{ where, fault: `expected an event as JSON, found ${JSON.stringify(text.trim().slice(0, 60))}: ${why}` }];
  }
  if (!isJsonArray(parsed.value)) return [{ where, value: parsed.value }];
  return parsed.value.map((value, index) => ({ where: `${where}, element ${index + 1}`, value }));
}

async function* linesOf(file: string, stdin: Readable): AsyncGenerator<string> {
  const input = file === "-" ? stdin : createReadStream(file, "utf8");
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw new BadSetting(`${nameOf(file)} cannot be read: ${whyOf(error)}`);
  }
}

function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}

function whyOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (code === "ENOENT") return "there is no such file";
  return code === "EISDIR" ? "it is a folder" : code;
}
