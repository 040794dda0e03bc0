import type { WorkspaceFile } from "./workspace-file.generated.ts";

type Keywords = NonNullable<WorkspaceFile["opt_out"]>["keywords"];

/** The workspace's own words that opt out, with the place of each below `keywords`. By language or not, all hold everywhere. */
export function optOutWords(
  keywords: Keywords,
): readonly { readonly word: string; readonly path: readonly (string | number)[] }[] {
  if (keywords === undefined) return [];
  if (Array.isArray(keywords)) return keywords.map((word, index) => ({ word, path: [index] }));
  return Object.entries(keywords).flatMap(([language, words]) =>
    words.map((word, index) => ({ word, path: [language, index] })),
  );
}
