import { isJsonObject } from "../core/model/parse-json.ts";
import type { Json } from "../core/model/json.ts";
import type { SettingsProblem } from "./definition.ts";

/** A vendor that does not answer within this time gets no more of ours. */
const defaultTimeoutMs = 15_000;
const maxBytes = 100 * 1_048_576;
const unitBytes: Readonly<Record<string, number>> = { kb: 1_024, mb: 1_048_576 };
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

export interface Settings {
  has(key: string): boolean;
  string(key: string): string | null;
  required(key: string): string;
  /** One string or a list of them, as with keys that are being rotated. */
  strings(key: string): readonly string[];
  /** A vendor's codes: one or a list, each a text or a whole number. */
  codes(key: string): readonly string[];
  /** Texts under names of one's own; empty when the key is absent. */
  texts(key: string): ReadonlyMap<string, string>;
  /** An absolute http(s) URL without a trailing slash. */
  url(key: string): string | null;
  /** The address under which a vendor, named by `whose`, reaches this server: `/webhooks/<provider>` is below it. Needed. */
  publicUrl(key: string, whose: string): string;
  /** Milliseconds, from text like `5s`; `otherwise` when absent. */
  duration(key: string, otherwise?: number): number;
  /** Bytes, from text like `32mb`; `otherwise` when absent. */
  bytes(key: string, otherwise: number): number;
  /** Null when the key is absent. */
  section(key: string): Settings | null;
  /** A map of sections by names that the workspace gives, such as those of its channels. */
  sections(key: string): ReadonlyMap<string, Settings>;
  report(key: string, message: string): void;
}

/**
 * Reads a provider's settings and collects every problem instead of stopping at the first. Reading a key also makes it
 * known: keys that nobody read are reported as unknown. No message ever contains a value.
 */
export function readSettings<T>(
  raw: Json,
  read: (settings: Settings) => T,
): { readonly value: T; readonly problems: readonly SettingsProblem[] } {
  const problems: SettingsProblem[] = [];
  const known: Section[] = [];
  const value = read(openSection(raw, [], problems, known));
  for (const section of known) reportUnknown(section, problems);
  return { value, problems };
}

interface Section {
  readonly raw: Readonly<Record<string, Json>>;
  readonly path: readonly string[];
  readonly seen: Set<string>;
}

function openSection(raw: Json, path: readonly string[], problems: SettingsProblem[], known: Section[]): Settings {
  // One problem for each key: what cannot be read is not also missing.
  const report = (key: string, message: string): void => {
    const place = [...path, key];
    if (!problems.some((known) => known.path.join("\n") === place.join("\n"))) problems.push({ path: place, message });
  };
  if (!isJsonObject(raw)) problems.push({ path, message: "expected a map of settings" });
  const section: Section = { raw: isJsonObject(raw) ? raw : {}, path, seen: new Set() };
  known.push(section);

  const get = (key: string): Json | undefined => {
    section.seen.add(key);
    return Object.hasOwn(section.raw, key) ? section.raw[key] : undefined;
  };
  const string = (key: string): string | null => {
    const value = get(key);
    if (value === undefined || value === null) return null;
    if (typeof value === "string" && value.trim() !== "") return value;
    report(key, "expected a text that is not empty; quote it if it is a number");
    return null;
  };

  const url = (key: string): string | null => {
    const value = string(key);
    if (value === null) return null;
    const read = URL.canParse(value) ? new URL(value) : null;
    if (read !== null && /^https?:$/.test(read.protocol) && read.search === "" && read.hash === "")
      return value.replace(/\/+$/, "");
    report(key, "expected an absolute http or https URL without query and fragment");
    return null;
  };

  return {
    has: (key) => Object.hasOwn(section.raw, key),
    string,
    required(key) {
      const value = string(key);
      if (value === null) report(key, "is required");
      return value ?? "";
    },
    strings(key) {
      const value = get(key);
      if (value === undefined || value === null) return [];
      const list = Array.isArray(value) ? value : [value];
      const texts = list.filter((item): item is string => typeof item === "string" && item.trim() !== "");
      if (texts.length !== list.length || texts.length === 0) report(key, "expected a text or a list of texts");
      return texts;
    },
    codes(key) {
      const value = get(key);
      if (value === undefined || value === null) return [];
      const list: readonly Json[] = Array.isArray(value) ? value : [value];
      const codes = list.flatMap((code) => {
        if (typeof code === "string" && code.trim() !== "") return [code];
        return typeof code === "number" && Number.isSafeInteger(code) ? [String(code)] : [];
      });
      if (codes.length < list.length) report(key, "expected a code or a list of codes");
      return codes;
    },
    texts(key) {
      const value = get(key);
      if (value === undefined || value === null) return new Map();
      const entries = isJsonObject(value) ? Object.entries(value) : [];
      const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
      if (!isJsonObject(value) || texts.length < entries.length) report(key, "expected a map of texts");
      return new Map(texts);
    },
    url,
    publicUrl(key, whose) {
      const value = url(key);
      if (value === null)
        report(key, `is required: the address under which ${whose} reaches this server, which it signs`);
      // Signatures cover the whole address, so with this path twice no webhook would be genuine.
      if (/\/webhooks\/[^/]*$/.test(value ?? "")) {
        report(
          key,
          "expected the address of this server alone: Heed adds `/webhooks/…` itself, so take that off its end",
        );
      }
      return value ?? "";
    },
    duration(key, otherwise = defaultTimeoutMs) {
      const value = get(key);
      if (value === undefined || value === null) return otherwise;
      const match = typeof value === "string" ? /^(\d{1,6})(ms|s|m|h)$/.exec(value) : null;
      const ms = Number(match?.[1] ?? 0) * (unitMs[match?.[2] ?? ""] ?? 0);
      if (ms > 0) return ms;
      report(key, "expected a duration above zero, such as 5s, 10m or 25h");
      return otherwise;
    },
    bytes(key, otherwise) {
      const value = get(key);
      if (value === undefined || value === null) return otherwise;
      const match = typeof value === "string" ? /^(\d{1,5})(kb|mb)$/.exec(value) : null;
      const bytes = Number(match?.[1] ?? 0) * (unitBytes[match?.[2] ?? ""] ?? 0);
      if (bytes > 0 && bytes <= maxBytes) return bytes;
      report(key, "expected a size above zero and up to 100mb, such as 900kb or 32mb");
      return otherwise;
    },
    section(key) {
      const value = get(key);
      return value === undefined || value === null ? null : openSection(value, [...path, key], problems, known);
    },
    sections(key) {
      const value = get(key);
      if (value === undefined || value === null) return new Map();
      if (!isJsonObject(value)) {
        report(key, "expected a map of settings by name");
        return new Map();
      }
      const entries = Object.entries(value);
      return new Map(entries.map(([name, each]) => [name, openSection(each, [...path, key, name], problems, known)]));
    },
    report,
  };
}

function reportUnknown(section: Section, problems: SettingsProblem[]): void {
  const names = [...section.seen].join(", ");
  for (const key of Object.keys(section.raw)) {
    if (section.seen.has(key)) continue;
    const message =
      names === "" ? "is not known here; this section takes no settings" : `is not known here; known are ${names}`;
    problems.push({ path: [...section.path, key], message });
  }
}
