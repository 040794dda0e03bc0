import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { BadSetting } from "../run-settings.ts";

export type ImportFormat = "csv" | "ndjson";

/** One row as it stands in the file. The header is row 1, as spreadsheets count. */
export interface ImportRecord {
  readonly row: number;
  /** By column; null where it is none, for which `fault` says why. */
  readonly cells: JsonObject | null;
  readonly fault?: string;
}

/** What is known of a file before a row of it is read. */
export interface FileFacts {
  /** Of its bytes: whether it is still the same file. */
  readonly digest: string;
  /** Lines, of which a row has at least one. */
  readonly lines: number;
  /** Epoch milliseconds of its last change: as of when its rows are true. */
  readonly changedAt: number;
}

/** Characters. A row is far smaller; what is larger is a quote that was opened and never closed. */
const MOST_CHARACTERS = 1_000_000;
const SNIFFED_BYTES = 65_536;

/** What is in the file ends the reading of it: it goes on only when the file is another one. */
export class BrokenFile extends BadSetting {}

/** Reads the file once through. Throws `BadSetting` when it cannot be read. */
export async function factsOfFile(file: string): Promise<FileFacts> {
  const hash = createHash("sha256");
  let lines = 0;
  try {
    const { mtimeMs } = await stat(file);
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
    }
    return { digest: hash.digest("hex"), lines, changedAt: Math.floor(mtimeMs) };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The names of the columns. Throws `BadSetting` when there are none. */
export interface OpenRecords {
  /** Of a CSV file; null where each row names its own. */
  readonly header: readonly string[] | null;
  readonly records: AsyncIterable<ImportRecord>;
}

/** Opens the rows of a file, one after the other and never more of them than fit into a buffer. Throws `BadSetting`. */
export async function openRecords(file: string, format: ImportFormat, delimiter: string | null): Promise<OpenRecords> {
  if (format === "ndjson") return { header: null, records: jsonRecords(file) };
  const rows = csvRows(file, delimiter ?? (await sniffDelimiter(file)));
  const first = await rows.next();
  const header = first.done === true ? [] : first.value.map((name) => name.trim());
  if (header.every((name) => name === ""))
    throw new BadSetting(`${file}: expected the names of the columns in its first row`);
  const twice = header.find((name, index) => name !== "" && header.indexOf(name) !== index);
  if (twice !== undefined) throw new BadSetting(`${file}: two columns are called "${twice}": give each its own name`);
  return { header, records: csvRecords(rows, header) };
}

async function* csvRecords(
  rows: AsyncIterable<readonly string[]>,
  header: readonly string[],
): AsyncGenerator<ImportRecord> {
  let row = 1;
  for await (const cells of rows) {
    row += 1;
    if (cells.length === 1 && cells[0] === "") continue;
    if (cells.length === header.length) {
      yield { row, cells: Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ""])) };
      continue;
    }
    const fault = `has ${cells.length} cells where the header has ${header.length}`;
    yield { row, cells: null, fault };
  }
}

/** Quotes in the middle of a cell are part of it, which is how most programs write them. */
async function* csvRows(file: string, delimiter: string): AsyncGenerator<readonly string[]> {
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MOST_CHARACTERS,
  });
  const input = createReadStream(file);
  input.on("error", (error) => parser.destroy(unreadable(file, error)));
  input.pipe(parser);
  try {
    for await (const row of parser as AsyncIterable<readonly string[]>) yield row;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = "lines" in error && typeof error.lines === "number" ? error.lines : 0;
    throw new BrokenFile(
      `${file}: a cell is not closed, or a row is longer than ${MOST_CHARACTERS} characters, around line ${line}: look for a quote without its other one; nothing behind it was read`,
    );
  } finally {
    input.destroy();
  }
}

/** The sign that stands most often between the names of the columns. */
async function sniffDelimiter(file: string): Promise<string> {
  const header = firstLine(await firstBytes(file)).replaceAll(/"[^"]*"/g, "");
  const counted = [",", ";", "\t", "|"].map((sign) => ({ sign, count: header.split(sign).length }));
  return counted.toSorted((a, b) => b.count - a.count)[0]?.sign ?? ",";
}

function firstLine(bytes: Buffer): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(wide ? "utf16le" : "utf8").split(/\r?\n/, 1)[0] ?? "";
}

async function firstBytes(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file, { end: SNIFFED_BYTES }) as AsyncIterable<Buffer>)
      chunks.push(chunk);
  } catch (error) {
    throw unreadable(file, error);
  }
  return Buffer.concat(chunks);
}

async function* jsonRecords(file: string): AsyncGenerator<ImportRecord> {
  let row = 0;
  for await (const line of linesOf(file)) {
    row += 1;
    const text = row === 1 ? line.replace(/^\uFEFF/, "") : line;
    if (text.trim() === "") continue;
    const parsed = parseJson(text);
    if (parsed.ok && isJsonObject(parsed.value)) yield { row, cells: flat(parsed.value) };
    else yield { row, cells: null, fault: "is not one JSON object" };
  }
}

/** `consent: { sms: granted }` is the cell `consent.sms`, as the columns of a CSV file are called. */
function flat(object: JsonObject): JsonObject {
  const cells = Object.entries(object).flatMap(([name, value]): readonly (readonly [string, Json])[] => {
    const isPart = name === "consent" || name.startsWith("consent.") || name === "attributes" || name === "addresses";
    if (!isPart || !isJsonObject(value)) return [[name, value]];
    const prefix = name === "attributes" || name === "addresses" ? "" : `${name}.`;
    return Object.entries(flat(Object.fromEntries(Object.entries(value).map(([key, inner]) => [prefix + key, inner]))));
  });
  return Object.fromEntries(cells);
}

/** Lines that are bounded: a file without any must not fill the memory. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const input: Readable & AsyncIterable<string> = createReadStream(file, "utf8");
  let rest = "";
  let number = 0;
  try {
    for await (const chunk of input) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        number += 1;
        yield line;
      }
      if (rest.length > MOST_CHARACTERS) {
        throw new BrokenFile(
          `${file}: line ${number + 1} is longer than ${MOST_CHARACTERS} characters: write one JSON object in each line`,
        );
      }
    }
  } catch (error) {
    throw error instanceof BadSetting ? error : unreadable(file, error);
  }
  if (rest !== "") yield rest;
}

function unreadable(file: string, error: unknown): BadSetting {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : code;
  return new BadSetting(`${file} cannot be read: ${why}`);
}
