import type { ContactReading } from "../../ingest/contact-statement.ts";
import { BadSetting } from "../run-settings.ts";

/**
 * What columns are called that say who somebody is, in the exports of the programs that people have. A field that
 * heed.yaml declares goes before: it may have one of these names.
 */
const CONTACT_NAMES: Readonly<Record<string, readonly string[]>> = {
  id: ["contact_id", "user_id", "userid", "customer_id", "external_id", "subscriber_id"],
  email: ["email_address", "e_mail", "e_mail_address", "mail"],
  phone: ["phone_number", "mobile", "mobile_phone", "mobile_number", "cell", "cell_phone", "telephone", "tel"],
  push: ["push_token", "device_token", "fcm_token"],
  time_zone: ["timezone", "tz"],
  tags: ["tag", "labels"],
  untag: [],
  consent_source: ["opt_in_source"],
  consent_wording: ["opt_in_wording"],
  consent_at: ["consent_time", "consented_at", "opt_in_time", "optin_time"],
  at: [],
};

const SUPPRESSION_NAMES: Readonly<Record<string, readonly string[]>> = {
  address: ["recipient", "contact"],
  email: CONTACT_NAMES["email"] ?? [],
  phone: CONTACT_NAMES["phone"] ?? [],
  channel: ["type_of_channel", "medium"],
  reason: ["cause", "type", "suppression_reason", "status"],
  since: ["at", "date", "created", "created_at", "suppressed_at", "timestamp", "time"],
  source: [],
  wording: ["text", "message"],
};

const MOST_KNOWN = 10_000;
const IDENTITIES = { contacts: ["id", "email", "phone", "push"], suppressions: ["address", "email", "phone"] } as const;

/** What an import is of. */
export type ImportKind = keyof typeof IDENTITIES;

/** What a column says, by its name; null is nothing. */
export interface Columns {
  meaningOf(column: string): string | null;
}

/**
 * What columns mean: what `--map` says, else a field that heed.yaml declares, `consent.<channel>`, or one of the names
 * above. `header` is null where each row names its own. Throws `BadSetting`.
 */
export function readColumns(
  header: readonly string[] | null,
  kind: ImportKind,
  { map, reading }: { readonly map: readonly string[]; readonly reading: ContactReading },
): Columns {
  const mapped = new Map(map.map((entry) => readMapping(entry, kind, reading)));
  const known = new Map<string, string | null>();
  const meaningOf = (column: string): string | null => {
    const found = known.get(column);
    if (found !== undefined) return found;
    // Rows that name their own columns may go on naming new ones.
    if (known.size >= MOST_KNOWN) known.clear();
    const meaning = mapped.has(column) ? (mapped.get(column) ?? null) : guess(column, kind, reading);
    known.set(column, meaning);
    return meaning;
  };
  if (header !== null) judge(header, [...mapped.keys()], kind, meaningOf);
  return { meaningOf };
}

/** `column=field`, or `column=` for a column that is to be left alone. */
function readMapping(entry: string, kind: ImportKind, reading: ContactReading): readonly [string, string | null] {
  const sign = entry.lastIndexOf("=");
  if (sign < 1) throw new BadSetting(`--map: expected column=field such as "Mobile No"=phone, found "${entry}"`);
  const [column, target] = [entry.slice(0, sign), entry.slice(sign + 1).trim()];
  if (target === "") return [column, null];
  const meaning = meaningOfName(target, kind, reading);
  if (meaning !== null) return [column, meaning];
  throw new BadSetting(
    `--map ${entry}: there is no ${target} to be filled; there are ${targets(kind, reading).join(", ")}`,
  );
}

function targets(kind: ImportKind, { fields, channels }: ContactReading): readonly string[] {
  if (kind === "suppressions") return Object.keys(SUPPRESSION_NAMES);
  return [...Object.keys(CONTACT_NAMES), ...fields.keys(), ...[...channels.keys()].map((name) => `consent.${name}`)];
}

function meaningOfName(name: string, kind: ImportKind, { fields }: ContactReading): string | null {
  if (kind === "suppressions") return Object.hasOwn(SUPPRESSION_NAMES, name) ? name : null;
  if (fields.has(name)) return `attributes.${name}`;
  if (name === "time_zone") return "attributes.time_zone";
  if (/^consent\.[^.]+(?:\.(?:source|wording|at))?$/.test(name)) return name;
  return Object.hasOwn(CONTACT_NAMES, name) ? name : null;
}

function guess(column: string, kind: ImportKind, reading: ContactReading): string | null {
  const plain = plainName(column);
  const field = [...reading.fields.keys()].find((name) => name === column || plainName(name) === plain);
  if (kind === "contacts" && field !== undefined) return `attributes.${field}`;
  const exact = meaningOfName(column.trim().toLowerCase(), kind, reading) ?? meaningOfName(plain, kind, reading);
  if (exact !== null) return exact;
  const names = kind === "contacts" ? CONTACT_NAMES : SUPPRESSION_NAMES;
  const synonym = Object.keys(names).find((name) => names[name]?.includes(plain) === true);
  if (synonym !== undefined) return meaningOfName(synonym, kind, reading);
  const consent = /^(?:consent_(.+)|(.+)_(?:consent|opt_in|optin))$/.exec(plain);
  const channel = consent?.[1] ?? consent?.[2];
  const isChannel =
    channel !== undefined && (reading.channels.has(channel) || /^(?:email|sms|push|voice)$/.test(channel));
  return kind === "contacts" && isChannel ? `consent.${channel}` : null;
}

/** `E-Mail Address` and `emailAddress` are one name. */
function plainName(column: string): string {
  return column
    .trim()
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[^a-z\d.]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
}

function judge(
  header: readonly string[],
  mapped: readonly string[],
  kind: ImportKind,
  meaningOf: (column: string) => string | null,
): void {
  const missing = mapped.find((column) => !header.includes(column));
  if (missing !== undefined) {
    throw new BadSetting(`--map: there is no column "${missing}"; the columns are ${header.join(", ")}`);
  }
  const meanings = header.map(meaningOf);
  const twice = meanings.findIndex((meaning, index) => meaning !== null && meanings.indexOf(meaning) !== index);
  if (twice >= 0) {
    const first = header[meanings.indexOf(meanings[twice] ?? null)];
    throw new BadSetting(
      `the columns "${first}" and "${header[twice]}" both say ${meanings[twice]}: leave one alone with --map "${header[twice]}="`,
    );
  }
  if (meanings.some((meaning) => IDENTITIES[kind].some((identity) => identity === meaning))) return;
  throw new BadSetting(
    `no column says who it is about: expected ${IDENTITIES[kind].join(", ")}, found ${header.join(", ")}; say which it is with --map column=${IDENTITIES[kind][0]}`,
  );
}
