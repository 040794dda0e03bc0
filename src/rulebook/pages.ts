import { checks } from "./checks.ts";
import type { ProblemCode } from "./codes.ts";
import type { Page } from "./page.ts";
import { shapePages } from "./shape-pages.ts";
import { waiverPages } from "./waiver-pages.ts";
import { yamlPages } from "./yaml-pages.ts";

type KeysOf<Part> = Part extends unknown ? keyof Part : never;
/** The codes that have a page. While one has none, `pageOf` below does not compile. */
type Paged = KeysOf<typeof yamlPages | typeof shapePages | typeof waiverPages | (typeof checks)[number]["pages"]>;

const pages: ReadonlyMap<string, Page> = new Map(
  [yamlPages, shapePages, waiverPages, ...checks.map((check) => check.pages)].flatMap((part) =>
    Object.entries<Page>(part),
  ),
);

export function pageOf(code: ProblemCode): Page {
  return lookUp(code);
}

function lookUp(code: Paged): Page {
  const page = pages.get(code);
  if (page === undefined) throw new Error(`${code} has no page`);
  return page;
}
