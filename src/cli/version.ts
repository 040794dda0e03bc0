import { readFileSync } from "node:fs";

/** The version of Heed, from its package.json: the same two folders above this file, compiled or not. */
export const version: string = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const found: unknown = typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "version") : null;
  if (typeof found !== "string") throw new Error("package.json names no version");
  return found;
}
