import { existsSync, readFileSync } from "node:fs";

/** Every reason there is, from the text of the union: a new one is wanted at once. */
export const reasons: readonly string[] = [
  ...readFileSync(findUp("src/core/model/reason.ts"), "utf8").matchAll(/^ {2}\| "([a-z_.]+)"/gm),
].map(([, reason]) => reason ?? "");

/** A file of the repository, from wherever this one was compiled to. */
function findUp(name: string): URL {
  for (const up of ["../../", "../../../"]) {
    const file = new URL(up + name, import.meta.url);
    if (existsSync(file)) return file;
  }
  throw new Error(`${name} is not there`);
}
