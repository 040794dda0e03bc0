import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../../core/model/json.ts";
import {
  type ContactFault,
  type ContactReading,
  readContact,
  readMoment,
  textOf,
  type WrittenContact,
} from "../../ingest/contact-statement.ts";
import { normalizeAddress } from "../../ingest/normalize-address.ts";
import { statementEvents } from "../../ingest/statement-events.ts";
import type { Columns, ImportKind } from "./columns.ts";
import type { ImportRecord } from "./records.ts";

/** What is the same for all rows. */
export interface RowReading {
  readonly kind: ImportKind;
  readonly columns: Columns;
  readonly reading: ContactReading;
  /** RFC 3339: as of when a row is true that does not say so itself. */
  readonly at: string;
  /** Proof for consents whose row has none. */
  readonly source?: string;
  readonly wording?: string;
  /** For the account: who imports, from which file, and why. */
  readonly said: JsonObject;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** One thing that keeps a row out. */
export interface Reject {
  readonly row: number;
  readonly column: string;
  readonly value: string;
  readonly reason: string;
  readonly help: string;
}

/** The events of a row, with ids that are the same whenever it is read again, or all that is wrong with it. */
export function readRow(
  record: ImportRecord,
  given: RowReading,
): { readonly events: readonly JsonObject[] } | { readonly rejects: readonly Reject[] } {
  if (record.cells === null) return { rejects: [broken(record.row, record.fault ?? "cannot be read")] };
  const said: Record<string, Json> = {};
  const columns: Record<string, string> = {};
  for (const [column, cell] of Object.entries(record.cells)) {
    const meaning = given.columns.meaningOf(column);
    const value = typeof cell === "string" ? cell.trim() : cell;
    if (meaning === null || value === "") continue;
    if (typeof value === "string" && value.includes("\uFFFD"))
      return { rejects: [unreadable(record.row, column, value)] };
    said[meaning] = value;
    columns[meaning] = column;
  }
  const read = given.kind === "contacts" ? contactEvents(said, given) : suppressionEvents(said, given);
  if ("events" in read) return read;
  const rejects = read.faults.map((fault): Reject => {
    // A part of a consent has a column of its own, or one for all channels, or none.
    const [first, , part] = fault.path;
    const shared = first === "consent" && part !== undefined ? [[`consent_${part}`]] : [];
    const places = [fault.path, ...shared, fault.path.slice(0, 2), fault.path.slice(0, 1)].map((path) =>
      path.join("."),
    );
    const place = places.find((name) => said[name] !== undefined) ?? "";
    const value = said[place] ?? "";
    return {
      row: record.row,
      column: columns[place] ?? "",
      value: typeof value === "string" ? value : JSON.stringify(value),
      reason: fault.message,
      help: helpFor(fault.path),
    };
  });
  return { rejects };
}

type Read = { readonly events: readonly JsonObject[] } | { readonly faults: readonly ContactFault[] };

function contactEvents(said: Readonly<Record<string, Json>>, given: RowReading): Read {
  const moment = readMoment(said["at"], given);
  if ("fault" in moment) return { faults: [{ path: ["at"], message: moment.fault }] };
  const read = readContact(writtenIn(said, given), given.reading, given.now);
  if ("faults" in read) return read;
  const at = moment.at ?? given.at;
  const eventId = idOf([at, read.statement]);
  return { events: statementEvents(read.statement, { eventId, provider: "import", at, said: given.said }) };
}

function writtenIn(said: Readonly<Record<string, Json>>, given: RowReading): WrittenContact {
  const attributes: Record<string, Json> = {};
  const consent: Record<string, Record<string, Json>> = {};
  const rest: Record<string, Json> = {};
  for (const [meaning, value] of Object.entries(said)) {
    const [first = "", second = "", third = "state"] = meaning.split(".");
    if (first === "attributes") attributes[second] = value;
    else if (first === "consent") consent[second] = { ...consent[second], [third]: value };
    else rest[meaning] = value;
  }
  const proof = {
    source: rest["consent_source"] ?? given.source ?? null,
    wording: rest["consent_wording"] ?? given.wording ?? null,
    at: rest["consent_at"] ?? null,
  };
  const { id, email, phone, push, tags, untag } = rest;
  return {
    ...(id !== undefined && { id }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(push !== undefined && { push }),
    ...(tags !== undefined && { tags }),
    ...(untag !== undefined && { untag }),
    attributes,
    consent: Object.fromEntries(Object.entries(consent).map(([channel, word]) => [channel, { ...proof, ...word }])),
  };
}

const CAUSES: Readonly<Record<string, readonly string[]>> = {
  opted_out: ["", "opt_out", "optout", "stop", "unsubscribe", "unsubscribed", "manual", "suppressed"],
  complained: ["complaint", "spam", "spam_report", "spamreport", "abuse"],
  bounced: ["bounce", "hard_bounce", "hard_bounced", "invalid", "invalid_email"],
};

/** An address that another system kept silent until now: as strong a word as a STOP that Heed heard itself. */
function suppressionEvents(said: Readonly<Record<string, Json>>, given: RowReading): Read {
  const faults: ContactFault[] = [];
  const address = addressIn(said, given.reading.country);
  if (address === null) {
    const path = [["address", "email", "phone"].find((name) => said[name] !== undefined) ?? "address"];
    faults.push({ path, message: "must be an email address or a possible phone number" });
  }
  const channel = channelIn(said["channel"], address, given.reading);
  if (channel === null) faults.push({ path: ["channel"], message: "must be email, sms or voice, and fit the address" });
  const word = (textOf(said["reason"]) ?? "").toLowerCase().replaceAll(/[\s-]+/g, "_");
  const reason = Object.keys(CAUSES).find((cause) => cause === word || CAUSES[cause]?.includes(word) === true);
  if (reason === undefined) faults.push({ path: ["reason"], message: `must be ${Object.keys(CAUSES).join(", ")}` });
  const since = readMoment(said["since"], given);
  if ("fault" in since) faults.push({ path: ["since"], message: since.fault });
  if (address === null || channel === null || reason === undefined || "fault" in since) return { faults };
  const at = since.at ?? given.at;
  const [source, wording] = [said["source"] ?? given.source, said["wording"] ?? given.wording];
  const data = {
    channel,
    reason,
    ...(source !== undefined && { source }),
    ...(wording !== undefined && { wording }),
  };
  const event = { event_type: "address.suppressed", occurred_at: at, provider: "import", address };
  return { events: [{ event_id: idOf([at, address, data]), ...event, data: { ...data, ...given.said } }] };
}

type OneAddress = { readonly email: string } | { readonly phone: string };

function addressIn(said: Readonly<Record<string, Json>>, country: string): OneAddress | null {
  const { address, email, phone } = said;
  const mail = textOf(email ?? (typeof address === "string" && address.includes("@") ? address : undefined));
  if (mail !== null) {
    const normal = normalizeAddress("email", mail, country);
    return normal === null ? null : { email: normal };
  }
  const normal = normalizeAddress("phone", textOf(phone ?? address) ?? "", country);
  return normal === null ? null : { phone: normal };
}

function channelIn(said: Json | undefined, address: OneAddress | null, { channels }: ContactReading): string | null {
  const usual = address !== null && "email" in address ? "email" : "sms";
  const word = (textOf(said) ?? usual).toLowerCase();
  const kind = channels.get(word)?.kind ?? (word === "text" || word === "phone" ? "sms" : word);
  const fits = usual === "email" ? kind === "email" : kind === "sms" || kind === "voice";
  return fits ? kind : null;
}

/** The same for the same row as of the same moment, so that reading it twice says it once. */
function idOf(said: readonly unknown[]): string {
  return `import-${createHash("sha256").update(JSON.stringify(said)).digest("base64url").slice(0, 27)}`;
}

function broken(row: number, reason: string): Reject {
  const help = "look for a cell with a separator or a line break in it that is not in quotes";
  return { row, column: "", value: "", reason, help };
}

function unreadable(row: number, column: string, value: string): Reject {
  return { row, column, value, reason: "is not UTF-8", help: "save the file as CSV in UTF-8" };
}

function helpFor([first, , third]: readonly string[]): string {
  if (third === "at") return "write when it was said, such as 2026-03-06 or 2026-03-06T14:00:00Z";
  if (third === "source" || third === "wording") return `add a column consent_${third}, or give --${third}`;
  switch (first) {
    case undefined:
      return "fill in an id, an email or a phone, or say with --map which column has it";
    case "phone":
      return "write the number with + and its country's prefix";
    case "attributes":
      return "correct the cell, or leave it empty to leave the field as it is";
    case "consent":
      return "write granted or denied in a column consent.<channel>, or leave it empty";
    default:
      return "correct the cell";
  }
}
