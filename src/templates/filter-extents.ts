import { compileTemplate } from "./compile-template.ts";
import { either, type Extent, extentBetween, extentOf, joined, nothing } from "./extent.ts";
import { render } from "./render.ts";

/** How long a value can be where it is there, and whether it may be missing. */
export interface Measured {
  readonly extent: Extent;
  readonly optional: boolean;
  /** Surely a time where it is there. What is none passes the filter `date` as it is. */
  readonly time?: true;
}

export function present(extent: Extent): Measured {
  return { extent, optional: false };
}

export function missing(extent: Extent): Measured {
  return { extent, optional: true };
}

export interface FilterUse {
  readonly name: string;
  readonly args: readonly FilterArgument[];
}

interface FilterArgument extends Measured {
  /** What is written, unless it is a variable. */
  readonly literal: string | number | null;
}

/** What a filter makes of the length of a value. What is not known of one is taken as far as it can go. */
export function filtered({ time, ...value }: Measured, { name, args }: FilterUse): Measured {
  const { extent } = value;
  const [first, second] = args;
  switch (name) {
    case "default":
      // What is blank is missing, too.
      if (first === undefined || (!value.optional && extent.shortest.units > 0))
        return { ...value, ...(time && { time }) };
      return { extent: either([extent, first.extent]), optional: first.optional };
    case "append":
    case "prepend":
      return {
        extent: joined([whole(value), first === undefined ? nothing : whole(first)]),
        optional: value.optional && !/\S/.test(String(first?.literal ?? "")),
      };
    case "truncate":
      return truncated(value, first, second?.extent ?? extentOf("..."));
    case "truncatewords":
      return { ...value, extent: joined([atMost(extent), either([second?.extent ?? extentOf("..."), nothing])]) };
    case "date":
      return { ...value, extent: time ? dated(first) : either([dated(first), extent]) };
    case "size":
      return present(extentBetween(1, 5, "plain"));
    case "replace":
    case "replace_first":
      return { ...value, extent: replaced(extent, first, second) };
    case "url_encode":
      return { ...value, extent: encoded(extent) };
    case "join":
    case "map":
    case "split":
      return missing(joined([atMost(extent), atMost(extent)]));
    default:
      if (numberFilters.has(name)) return { ...value, extent: extentBetween(1, 12, "plain") };
      return sameLengthFilters.has(name) ? value : { ...value, extent: atMost(extent) };
  }
}

const numberFilters: ReadonlySet<string> = new Set([
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
const sameLengthFilters: ReadonlySet<string> = new Set([
  "capitalize",
  "compact",
  "downcase",
  "escape",
  "escape_once",
  "reverse",
  "sort",
  "upcase",
]);

function whole({ extent, optional }: Measured): Extent {
  return optional ? either([extent, nothing]) : extent;
}

/** The same text or a part of it. */
function atMost(extent: Extent): Extent {
  return { ...extent, shortest: nothing.shortest };
}

function truncated(value: Measured, to: FilterArgument | undefined, ellipsis: Extent): Measured {
  const { shortest, longest } = value.extent;
  const limit = to === undefined ? 50 : to.literal === null ? Number.POSITIVE_INFINITY : Number(to.literal);
  if (Number.isNaN(limit) || longest.units <= limit) return value;
  const least = Math.max(0, limit);
  const most = Math.max(least, ellipsis.longest.units);
  // What is left may be no more than blanks, and so be missing.
  return missing({
    shortest: { septets: Math.min(shortest.septets ?? least, least), units: Math.min(shortest.units, least) },
    longest: {
      ...longest,
      septets: Math.min(longest.septets, most),
      units: Math.min(longest.units, most),
      leaves: longest.leaves || ellipsis.longest.leaves,
    },
  });
}

function replaced(extent: Extent, from: FilterArgument | undefined, to: FilterArgument | undefined): Extent {
  if (to === undefined) return atMost(extent);
  const growth = Math.max(1, to.extent.longest.units / Math.max(1, from?.extent.shortest.units ?? 1));
  const { septets, units, leaves, uneven } = extent.longest;
  return {
    shortest: nothing.shortest,
    longest: {
      septets: Math.ceil(septets * growth),
      units: Math.ceil(units * growth),
      leaves: leaves || to.extent.longest.leaves,
      uneven: uneven || to.extent.longest.uneven,
      outputs: [],
    },
  };
}

/** Every character but letters and digits becomes three. Those of other scripts become more, and are rare in what is encoded. */
function encoded({ shortest, longest }: Extent): Extent {
  const most = 3 * longest.units;
  // Whatever it was before, it is of plain characters now.
  const least = shortest.units;
  return {
    shortest: { septets: least, units: least },
    longest: { septets: most, units: most, leaves: false, uneven: false, outputs: [] },
  };
}

/** Of all dates the one with the longest names, a Wednesday in September, and one with the shortest. */
const dates = ["2026-09-30T22:22:22Z", "2026-05-01T01:01:01Z"] as const;

function dated(format: FilterArgument | undefined): Extent {
  if (format === undefined || typeof format.literal !== "string") return extentBetween(1, 40, "plain");
  const texts = dates.map((at) => dateText(at, format.literal));
  return either(texts.map((text) => (text === null ? extentBetween(1, 40, "plain") : extentOf(text))));
}

const dateTemplate = compileTemplate('{{ event.at | date: event.format, "UTC" | default: "" }}', "text");

function dateText(at: string, format: string | number | null): string | null {
  if (!dateTemplate.ok) return null;
  const rendered = render(dateTemplate.template, { event: { at, format } });
  return "text" in rendered ? rendered.text : null;
}
