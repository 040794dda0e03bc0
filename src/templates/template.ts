import type { Template as LiquidNode } from "liquidjs";

/** Where a text will stand, which decides how what a contact supplied is written into it. */
export type TemplateKind = "text" | "html" | "header" | "url" | "soql";

/** A text parsed once, ready to be rendered many times. */
export interface Template {
  readonly kind: TemplateKind;
  readonly nodes: readonly LiquidNode[];
  /** The roots of facts it reads. Nothing else is copied into the scope of a rendering. */
  readonly roots: readonly string[];
  /** Paths that are written without a fallback because the workspace promises them. Where one is missing all the same, nothing is rendered. */
  readonly promised: readonly (readonly string[])[];
  /** Names of the look-ups that it reads. */
  readonly lookups: readonly string[];
}

/** An author's mistake in a text. The rulebook gives it a code and a place in the file. */
export interface TemplateProblem {
  readonly kind: "syntax" | "tag" | "filter" | "variable" | "fallback";
  readonly message: string;
  readonly help?: string;
  /** In characters of the text; the end is not included. */
  readonly start: number;
  readonly end: number;
  /** A name nobody knows, and those it may have been meant to be. */
  readonly unknown?: { readonly word: string; readonly known: readonly string[] };
}

/** Characters of a text as written. */
export const maxSourceLength: Readonly<Record<TemplateKind, number>> = {
  text: 20_000,
  html: 200_000,
  header: 500,
  url: 2_000,
  soql: 10_000,
};
/** Outputs and tags of a text: more than any letter has, and few enough to be judged in no time. */
export const maxInserts = 1_000;
/** Characters of a text as rendered. RFC 5322 allows a header line of 998. */
export const maxRenderedLength: Readonly<Record<TemplateKind, number>> = {
  text: 100_000,
  html: 500_000,
  header: 998,
  url: 8_000,
  soql: 16_000,
};
