import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { isList } from "../../core/model/path.ts";
import { canonicalJson } from "../../rulebook/digest.ts";
import type { Path } from "../../rulebook/problem.ts";
import type { SourceDocument } from "../../rulebook/source-file.ts";
import type { AttributeChange, ChangeClass, Implication } from "../plan.ts";
import { align } from "./align.ts";
import { withoutSecrets } from "./hide-secrets.ts";
import type { EitherShape, LeafShape, ListShape, MapShape, Shape } from "./shape.ts";

/** A change with its place in each file, as far as it is there. */
export interface Found {
  readonly change: AttributeChange;
  /** The change's own, and those of all that came or went with it: a new step brings a text, too. */
  readonly classes: ReadonlySet<ChangeClass>;
  readonly at: Place;
}

/** Where something is: as its author would say it, and in the files. */
export interface Place {
  readonly name: string;
  readonly before: Path;
  readonly after: Path;
}

export interface Comparison {
  /** Null where all is new, or gone: then nothing is filled in that nobody wrote. */
  readonly before: SourceDocument | null;
  readonly after: SourceDocument | null;
  /** What all that is judged there lets through, measured by what it did. */
  readonly judge: (place: Place, judged: "condition" | "hearing") => Implication | null;
}

/** Every leaf in which two files differ by what they mean, and those that are only written in another way. */
export function compareFiles(shape: Shape, comparison: Comparison): readonly Found[] {
  const sides: Sides = { before: comparison.before?.data, after: comparison.after?.data };
  return compare(shape, sides, { comparison, place: { name: "", before: [], after: [] }, implication: null });
}

/** Undefined where there is none. */
interface Sides {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

interface Here {
  readonly comparison: Comparison;
  readonly place: Place;
  /** Of what is judged around it. */
  readonly implication: (() => Implication | null) | null;
}

function compare(shape: Shape, sides: Sides, here: Here): readonly Found[] {
  const { before, after } = sides;
  if (isDeepStrictEqual(before, after)) return [];
  switch (shape.kind) {
    case "leaf":
      return compareLeaf(shape, sides, here);
    case "map":
      return compareMap(shape, sides, here);
    case "list":
      return compareList(shape, sides, here);
    case "either":
      return compareEither(shape, sides, here);
  }
}

function compareLeaf(shape: LeafShape, sides: Sides, here: Here): readonly Found[] {
  const { before, after } = sides;
  if (shape.deep && isJsonObject(before) && isJsonObject(after)) {
    return keysOf(before, after).flatMap((key) =>
      compare(shape, { before: entry(before, key), after: entry(after, key) }, inside(here, key)),
    );
  }
  const filled = {
    before: before ?? usualOf(shape, here.comparison),
    after: after ?? usualOf(shape, here.comparison),
  };
  if (filled.before === undefined || filled.after === undefined) return [changed(shape, filled, here)];
  if (!isDeepStrictEqual(shape.meaning(filled.before), shape.meaning(filled.after)))
    return [changed(shape, filled, here)];
  return [cosmetic(filled, here)];
}

/** What everybody writes who writes nothing, where something else is compared with it. */
function usualOf({ usual }: LeafShape, { before, after }: Comparison): Json | undefined {
  return before === null || after === null ? undefined : (usual ?? undefined);
}

function compareMap(shape: MapShape, sides: Sides, around: Here): readonly Found[] {
  const here = judgedIn(shape, around);
  const [before, after] = [sides.before, sides.after].map((side) => (side === undefined ? side : shape.long(side)));
  if (shape.whole && (before === undefined || after === undefined)) return [changed(shape, sides, here)];
  if (before !== undefined && after !== undefined) {
    if (!isJsonObject(before) || !isJsonObject(after)) return [changed(shape, sides, here)];
    const meant = shape.meaning(before);
    // Of a shape without a meaning of its own, the keys say what is different.
    if (meant !== before && isDeepStrictEqual(meant, shape.meaning(after))) return [cosmetic(sides, here)];
  }
  const maps = { before: isJsonObject(before) ? before : {}, after: isJsonObject(after) ? after : {} };
  return keysOf(maps.before, maps.after).flatMap((key) => {
    const inner = Object.hasOwn(shape.keys, key) ? shape.keys[key] : shape.others;
    if (inner === undefined || inner === null) return [];
    const both = { before: entry(maps.before, key), after: entry(maps.after, key) };
    return compare(inner, both, inside(shape.judged === "hearing" && !heard.has(key) ? around : here, key));
  });
}

/** What says which events are heard. What else is beside it is not judged. */
const heard: ReadonlySet<string> = new Set(["event", "where"]);

/** Whatever changes inside has one implication, which is looked for when the first change is found. */
function judgedIn({ judged }: MapShape, here: Here): Here {
  if (judged === null) return here;
  let known: { readonly implication: Implication | null } | null = null;
  const implication = (): Implication | null => {
    known ??= { implication: here.comparison.judge(here.place, judged) };
    return known.implication;
  };
  return { ...here, implication };
}

/** More entries than a person writes are compared as one. */
const mostPairs = 40_000;

function compareList(shape: ListShape, sides: Sides, here: Here): readonly Found[] {
  const [before, after] = [sides.before ?? [], sides.after ?? []];
  if (!isList(before) || !isList(after) || before.length * after.length > mostPairs)
    return [changed(shape, sides, here)];
  const pairs = align(before, after, shape);
  const found = pairs.flatMap((pair) =>
    compare(
      shape.of,
      {
        before: pair.before === null ? undefined : before[pair.before],
        after: pair.after === null ? undefined : after[pair.after],
      },
      { ...here, place: placeOfEntry(here.place, pair, before, after) },
    ),
  );
  const kept = pairs.flatMap((pair) => (pair.before === null || pair.after === null ? [] : [pair.before]));
  if (!shape.ordered || kept.every((index, at) => at === 0 || index > (kept[at - 1] ?? 0))) return found;
  const order = (entries: readonly Json[]): readonly Json[] => entries.map(shortly);
  const moved = made("timing", { before: order(before), after: order(after) }, here, null);
  return [moved, ...found];
}

/** An entry by its name, or by what it begins with: `wait: 2d`. */
function shortly(value: Json): string {
  const [first] = isJsonObject(value) ? Object.entries(value) : [];
  return (
    nameOf(value) ??
    (first === undefined
      ? canonicalJson(value)
      : `${first[0]}: ${typeof first[1] === "object" ? "…" : String(first[1])}`)
  );
}

function placeOfEntry(
  { name, before, after }: Place,
  pair: { readonly before: number | null; readonly after: number | null },
  old: readonly Json[],
  now: readonly Json[],
): Place {
  const index = pair.after ?? pair.before ?? 0;
  const id = nameOf(pair.after === null ? old[index] : now[index]);
  return {
    name: id === null ? `${name}[${index}]` : `${name}.${id}`,
    before: pair.before === null ? before : [...before, pair.before],
    after: pair.after === null ? after : [...after, pair.after],
  };
}

function nameOf(value: Json | undefined): string | null {
  const id = isJsonObject(value) ? value["id"] : null;
  return typeof id === "string" ? id : null;
}

function compareEither(shape: EitherShape, sides: Sides, here: Here): readonly Found[] {
  const lists = [sides.before, sides.after].flatMap((side) => (side === undefined ? [] : [isList(side)]));
  if (new Set(lists).size > 1) return [changed(shape, sides, here)];
  return compare(lists[0] === true ? shape.list : shape.map, sides, here);
}

function changed(shape: Shape, sides: Sides, here: Here): Found {
  const implication = here.implication?.() ?? null;
  const classes = [sides.after, sides.before].flatMap((value) => (value === undefined ? [] : [classOf(shape, value)]));
  const [first = "state"] = classes;
  const of = classes.includes("volume") ? "volume" : first;
  // Who is proven to be let through as before has nothing to fear from other words for it.
  if (implication?.kind === "equal") return made("cosmetic", sides, here, implication);
  const { change, at } = made(of, sides, here, implication);
  const isWhole = sides.before === undefined || sides.after === undefined;
  const within = isWhole ? classesWithin(shape, sides.after ?? sides.before) : [];
  return { change, at, classes: new Set([of, ...within]) };
}

/** Of what stands inside of a value, without what is only cosmetic. */
function classesWithin(shape: Shape, value: Json | undefined): readonly ChangeClass[] {
  if (value === undefined) return [];
  switch (shape.kind) {
    case "leaf":
      return [classOf(shape, value)].filter((each) => each !== "cosmetic");
    case "list":
      return isList(value) ? value.flatMap((inner) => classesWithin(shape.of, inner)) : [];
    case "either":
      return classesWithin(isList(value) ? shape.list : shape.map, value);
    case "map": {
      const long = shape.long(value);
      const entries = isJsonObject(long) ? Object.entries(long) : [];
      return entries.flatMap(([key, inner]) => {
        const of = Object.hasOwn(shape.keys, key) ? shape.keys[key] : shape.others;
        return of === undefined || of === null ? [] : classesWithin(of, inner);
      });
    }
  }
}

function cosmetic(sides: Sides, here: Here): Found {
  return made("cosmetic", sides, here, null);
}

function made(of: ChangeClass, sides: Sides, here: Here, implication: Implication | null): Found {
  const { comparison, place } = here;
  const { before = null, after = null } = sides;
  const inHead = comparison.after !== null && isWritten(comparison.after, place.after);
  const inBase = comparison.before !== null && isWritten(comparison.before, place.before);
  const document = inHead || !inBase ? comparison.after : comparison.before;
  const path = document === comparison.after ? place.after : place.before;
  const change: AttributeChange = {
    path: place.name,
    before: withoutSecrets(before),
    after: withoutSecrets(after),
    class: of,
    file: document?.source.name ?? "",
    line: document?.rangeOf(path, "key").start.line ?? 1,
    implication,
  };
  return { change, classes: new Set([of]), at: place };
}

/** Also where a short form says what is usually written below it. */
function isWritten({ data }: SourceDocument, path: Path): boolean {
  let value: Json | undefined = data;
  for (const step of path) {
    if (isList(value)) value = typeof step === "number" ? value[step] : undefined;
    else if (isJsonObject(value)) value = entry(value, String(step));
  }
  return value !== undefined;
}

function classOf({ class: of }: Pick<Shape, "class">, value: Json): ChangeClass {
  return typeof of === "string" ? of : of(value);
}

/** In the order in which head has them, then those that only base has. */
function keysOf(before: JsonObject, after: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])];
}

function entry(of: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

function inside(here: Here, key: string): Here {
  const { name, before, after } = here.place;
  const place = { name: name === "" ? key : `${name}.${key}`, before: [...before, key], after: [...after, key] };
  return { ...here, place };
}
