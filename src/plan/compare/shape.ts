import type { Json } from "../../core/model/json.ts";
import type { ChangeClass } from "../plan.ts";
import { asWritten, type Meaning } from "./meaning.ts";

/** What stands somewhere in a file, for whom a change of it matters, and when two of it mean the same. */
export type Shape = LeafShape | MapShape | ListShape | EitherShape;

interface Common {
  /** Of a change to it, or of its coming and going. */
  readonly class: ChangeClass | ((value: Json) => ChangeClass);
  /** Values that mean the same are no change but of spelling. */
  readonly meaning: Meaning;
}

/** Compared as one. */
export interface LeafShape extends Common {
  readonly kind: "leaf";
  /** What it is when nobody says. */
  readonly usual: Json | null;
  /** Whether two maps are compared key by key. */
  readonly deep: boolean;
}

export interface MapShape extends Common {
  readonly kind: "map";
  readonly keys: Readonly<Record<string, Shape>>;
  /** Of keys with names of the author's own; null where there are none. */
  readonly others: Shape | null;
  /** Whether it comes and goes as one; otherwise a map that is not there says what an empty one does. */
  readonly whole: boolean;
  /** Written as a map, whatever its short form. */
  readonly long: (value: Json) => Json;
  /** Which keys are judged together, so that all of them have one implication; null where none is judged. */
  readonly judged: "condition" | "hearing" | null;
}

export interface ListShape extends Common {
  readonly kind: "list";
  readonly of: Shape;
  /** Whether the order of its entries means anything. */
  readonly ordered: boolean;
  /** Whether two entries can be one that was changed. */
  readonly alike: (before: Json, after: Json) => boolean;
}

/** A list or a map; one in place of the other is another thing. */
export interface EitherShape extends Common {
  readonly kind: "either";
  readonly list: ListShape;
  readonly map: MapShape;
}

export function leaf(of: LeafShape["class"], meaning: Meaning = asWritten, usual: Json | null = null): LeafShape {
  return { kind: "leaf", class: of, meaning, usual, deep: false };
}

/** A map that comes and goes as one. */
export function map(of: MapShape["class"], keys: MapShape["keys"], more: Partial<MapShape> = {}): MapShape {
  return {
    kind: "map",
    class: of,
    keys,
    others: null,
    whole: true,
    long: asWritten,
    judged: null,
    meaning: asWritten,
    ...more,
  };
}

/** A map of which each key is compared, whether or not the map is there. */
export function section(keys: MapShape["keys"], more: Partial<MapShape> = {}): MapShape {
  return map("cosmetic", keys, { whole: false, ...more });
}

/** A map of which each key is compared, under names of the author's own. */
export function named(of: Shape): MapShape {
  return section({}, { others: of });
}

/** Two maps are compared key by key, and those in them. */
export function tree(of: LeafShape["class"]): LeafShape {
  return { ...leaf(of), deep: true };
}

export function list(of: Shape, more: Partial<ListShape> = {}): ListShape {
  return { kind: "list", class: of.class, meaning: asWritten, of, ordered: false, alike: () => true, ...more };
}
