import { decodeText } from "./decode.ts";

/** A form with its fields as bytes, because vendors say the character set of each in a field of its own. */
export interface MultipartForm {
  /** The first value of each field, by name. A Map, because names come from a stranger. */
  readonly fields: ReadonlyMap<string, Uint8Array>;
  /** What was attached; the bytes are not kept. */
  readonly files: readonly MultipartFile[];
}

export interface MultipartFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: number;
}

/** A mail comes in about twenty parts, and one for each attachment. */
const maxParts = 1_000;
const maxHeaderBytes = 16_384;
const maxNameLength = 200;
const lineBreak = Buffer.from("\r\n");
const emptyLine = Buffer.from("\r\n\r\n");

/**
 * Reads `multipart/form-data` (RFC 7578) that has come whole. Never throws. Written here because the parsers for Node
 * are streams, which end later than a pure function returns, and decode before anybody knows the character set.
 */
export function parseMultipart(
  contentType: string | undefined,
  body: Uint8Array,
): MultipartForm | { readonly malformed: string } {
  const boundary = boundaryOf(contentType ?? "");
  if (boundary === null) return { malformed: "expected multipart/form-data with a boundary" };
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter may be the very beginning.
  const bytes = Buffer.concat([lineBreak, body]);
  const fields = new Map<string, Uint8Array>();
  const files: MultipartFile[] = [];
  let start = bytes.indexOf(delimiter);
  for (let parts = 0; start !== -1; parts += 1) {
    const next = start + delimiter.length;
    if (bytes.subarray(next, next + 2).toString("latin1") === "--") return { fields, files };
    if (parts === maxParts) return { malformed: `more than ${maxParts} parts` };
    const end = bytes.indexOf(delimiter, next);
    if (end === -1) break;
    const part = readPart(bytes.subarray(next, end));
    if (part === null) return { malformed: "a part without a name" };
    const { field, file, content } = part;
    if (file !== null) files.push({ field, name: file, bytes: content.length });
    else if (!fields.has(field)) fields.set(field, content);
    start = end;
  }
  return { malformed: "the form is cut off" };
}

/** A field as text. Where its character set is unknown it is read as UTF-8; null when there is no such field. */
export function fieldText(form: MultipartForm, name: string, charset = "utf-8"): string | null {
  const bytes = form.fields.get(name);
  if (bytes === undefined) return null;
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return decodeText(bytes);
  }
}

function boundaryOf(contentType: string): string | null {
  const [, quoted, bare] =
    /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))/i.exec(contentType.slice(0, 500)) ?? [];
  return quoted ?? bare ?? null;
}

interface Part {
  readonly field: string;
  /** The name of a file; null for a plain field. */
  readonly file: string | null;
  readonly content: Buffer;
}

/** From behind its delimiter to before the next one. */
function readPart(bytes: Buffer): Part | null {
  const headerEnd = bytes.subarray(0, maxHeaderBytes).indexOf(emptyLine);
  if (headerEnd === -1) return null;
  const header = bytes.subarray(0, headerEnd).toString("utf8");
  const disposition = /(?:^|\n)content-disposition:\s*form-data\b([^\r\n]*)/i.exec(header)?.[1] ?? "";
  const field = parameter(disposition, "name");
  if (field === null || field === "") return null;
  return { field, file: parameter(disposition, "filename"), content: bytes.subarray(headerEnd + emptyLine.length) };
}

function parameter(disposition: string, name: string): string | null {
  const pattern = new RegExp(`;\\s*${name}=(?:"((?:\\\\.|[^"\\\\])*)"|([^\\s;"]+))`, "i");
  const [, quoted, bare] = pattern.exec(disposition) ?? [];
  return (quoted?.replace(/\\(.)/g, "$1") ?? bare)?.slice(0, maxNameLength) ?? null;
}
