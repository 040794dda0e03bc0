import { segmentLimits, septetsOf, type SmsEncoding } from "../core/segments.ts";
import { maxRenderedLength } from "./template.ts";

/** How long a text can become, as phone networks count: over all of its renderings, the shortest and the longest. */
export interface Extent {
  readonly shortest: {
    /** Of those that stay in GSM-7; null when none does. */
    readonly septets: number | null;
    /** In UTF-16 code units. */
    readonly units: number;
  };
  readonly longest: {
    readonly septets: number;
    readonly units: number;
    /** Whether it can hold a character that GSM-7 lacks. */
    readonly leaves: boolean;
    /** Whether it can hold a character of two units, before which a segment may end early. */
    readonly uneven: boolean;
    /** What of it is put in for a variable. The rest is the text's own. */
    readonly outputs: readonly OutputShare[];
  };
}

export interface OutputShare {
  /** As it is written: `contact.first_name`. */
  readonly name: string;
  readonly units: number;
}

/** The extent of a text that is known. */
export function extentOf(text: string): Extent {
  let septets = 0;
  let leaves = false;
  let uneven = false;
  for (const character of text) {
    const size = septetsOf(character);
    septets += size ?? 1;
    leaves ||= size === null;
    uneven ||= size === 2 || character.length === 2;
  }
  const units = text.length;
  return {
    shortest: { septets: leaves ? null : septets, units },
    longest: { septets, units, leaves, uneven, outputs: [] },
  };
}

export const nothing: Extent = extentOf("");

/** A value of which only the length is known: of that many characters, of any language or of those of a number. */
export function extentBetween(least: number, most: number, letters: "any" | "plain"): Extent {
  const any = letters === "any";
  return {
    shortest: { septets: least, units: least },
    longest: { septets: most, units: most, leaves: any, uneven: any, outputs: [] },
  };
}

/** One text behind the other. */
export function joined(extents: readonly Extent[]): Extent {
  return extents.reduce(
    (a, b) => ({
      shortest: {
        septets:
          a.shortest.septets === null || b.shortest.septets === null ? null : a.shortest.septets + b.shortest.septets,
        units: a.shortest.units + b.shortest.units,
      },
      longest: {
        septets: bounded(a.longest.septets + b.longest.septets),
        units: bounded(a.longest.units + b.longest.units),
        leaves: a.longest.leaves || b.longest.leaves,
        uneven: a.longest.uneven || b.longest.uneven,
        outputs: [...a.longest.outputs, ...b.longest.outputs].slice(0, maxOutputs),
      },
    }),
    nothing,
  );
}

/** One text or the other. */
export function either(extents: readonly Extent[]): Extent {
  return extents.reduce((a, b) => ({
    shortest: {
      septets: leastOf(a.shortest.septets, b.shortest.septets),
      units: Math.min(a.shortest.units, b.shortest.units),
    },
    longest: {
      septets: Math.max(a.longest.septets, b.longest.septets),
      units: Math.max(a.longest.units, b.longest.units),
      leaves: a.longest.leaves || b.longest.leaves,
      uneven: a.longest.uneven || b.longest.uneven,
      outputs: a.longest.units >= b.longest.units ? a.longest.outputs : b.longest.outputs,
    },
  }));
}

/** The text again and again, up to so many times. */
export function upTo(times: number, { longest }: Extent): Extent {
  return {
    shortest: nothing.shortest,
    longest: {
      ...longest,
      septets: bounded(longest.septets * times),
      units: bounded(longest.units * times),
      outputs: longest.outputs.map(({ name, units }) => ({ name, units: bounded(units * times) })),
    },
  };
}

/** More than these are not told apart in a message to a person. */
const maxOutputs = 100;

/** No rendering is longer, so that what doubles itself stays a number. */
function bounded(length: number): number {
  return Math.min(length, maxRenderedLength.text);
}

function leastOf(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

export interface SegmentRange {
  /** No rendering takes fewer segments. */
  readonly fewest: number;
  readonly most: number;
  /** The most where no character leaves GSM-7. */
  readonly mostInGsm7: number;
}

/** How many segments of a text message the shortest and the longest rendering take. */
export function segmentRange({ shortest, longest }: Extent): SegmentRange {
  const { septets, units } = shortest;
  const early = longest.uneven ? 1 : 0;
  const mostInGsm7 = segmentsFor(longest.septets, "gsm-7", early);
  return {
    fewest: Math.min(
      septets === null ? Number.POSITIVE_INFINITY : segmentsFor(septets, "gsm-7", 0),
      septets === null || longest.leaves ? segmentsFor(units, "ucs-2", 0) : Number.POSITIVE_INFINITY,
    ),
    most: Math.max(
      shortest.septets === null ? 0 : mostInGsm7,
      longest.leaves ? segmentsFor(longest.units, "ucs-2", early) : 0,
    ),
    mostInGsm7,
  };
}

/** `early` units of each part may stay empty. */
function segmentsFor(length: number, encoding: SmsEncoding, early: number): number {
  const { single, part } = segmentLimits[encoding];
  return length <= single ? Math.min(length, 1) : Math.ceil(length / (part - early));
}
