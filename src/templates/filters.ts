import { type Context, type FilterImplOptions, filters as liquidFilters } from "liquidjs";
import { formatInstant, parseInstant } from "../core/time/instant.ts";
import { isMissing } from "./missing.ts";

/**
 * The filters that a message may use. A list of what is allowed, because new versions of Liquid bring new filters, and
 * some of theirs switch escaping off or read the machine's clock.
 */
const taken = [
  "abs",
  "append",
  "at_least",
  "at_most",
  "capitalize",
  "ceil",
  "compact",
  "divided_by",
  "downcase",
  "first",
  "floor",
  "join",
  "last",
  "lstrip",
  "map",
  "minus",
  "modulo",
  "plus",
  "prepend",
  "remove",
  "remove_first",
  "replace",
  "replace_first",
  "reverse",
  "round",
  "rstrip",
  "size",
  "slice",
  "sort",
  "split",
  "strip",
  "strip_html",
  "strip_newlines",
  "times",
  "truncate",
  "truncatewords",
  "uniq",
  "upcase",
  "url_encode",
] as const;

/** After these a text that was there is still there: a fallback before them is as good as one at the end. */
export const textKeepingFilters: ReadonlySet<string> = new Set([
  "append",
  "capitalize",
  "date",
  "downcase",
  "escape",
  "escape_once",
  "lstrip",
  "prepend",
  "rstrip",
  "strip",
  "strip_newlines",
  "truncate",
  "truncatewords",
  "upcase",
  "url_encode",
  "abs",
  "at_least",
  "at_most",
  "ceil",
  "divided_by",
  "floor",
  "minus",
  "modulo",
  "plus",
  "round",
  "times",
]);

/** The contact's zone and the moment of rendering travel in the scope under keys that no template can spell. */
export const zoneKey = Symbol("zone");
export const nowKey = Symbol("now");

/** Numbers below it are epoch seconds, from it on milliseconds, as in conditions. */
const firstMilliseconds = 1e11;

export function messageFilters(): ReadonlyMap<string, FilterImplOptions> {
  const all = new Map<string, FilterImplOptions>();
  for (const name of taken) {
    const filter = liquidFilters[name];
    if (filter === undefined) throw new Error(`liquidjs has no filter ${name}`);
    all.set(name, filter);
  }
  all.set("default", fallback);
  all.set("date", date);
  // Html is escaped as a whole; elsewhere nothing is. Either way an author's habit of writing them does no harm.
  all.set("escape", unchanged);
  all.set("escape_once", unchanged);
  return all;
}

function fallback(value: unknown, otherwise: unknown, ...options: readonly unknown[]): unknown {
  if (value === false) return options.some(allowsFalse) ? false : otherwise;
  return isMissing(value) ? otherwise : value;
}

function allowsFalse(option: unknown): boolean {
  return Array.isArray(option) && option[0] === "allow_false" && option[1] === true;
}

function unchanged(value: unknown): unknown {
  return value;
}

/** Liquid's own `date`, except that its clock is the moment of rendering and its zone the contact's. */
function date(this: { readonly context: Context }, value: unknown, format: unknown, zone: unknown): unknown {
  const scope = this.context.environments;
  const ms = instantOf(value, Reflect.get(scope, nowKey));
  if (ms === null) return value;
  const text = formatInstant(ms);
  const own: unknown = Reflect.get(scope, zoneKey);
  return applyDate(this, [text, format, zone ?? own]);
}

function applyDate(self: unknown, args: readonly unknown[]): unknown {
  const builtIn = liquidFilters["date"];
  if (typeof builtIn !== "function") throw new Error("liquidjs has no filter date");
  return Reflect.apply(builtIn, self, args);
}

function instantOf(value: unknown, now: unknown): number | null {
  if ((value === "now" || value === "today") && typeof now === "number") return now;
  if (typeof value === "string" && /^\d{1,15}$/.test(value)) return instantOf(Number(value), now);
  if (typeof value === "number" && Number.isFinite(value))
    return Math.abs(value) < firstMilliseconds ? value * 1000 : value;
  if (typeof value !== "string" || value.length > 40) return null;
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value);
}
