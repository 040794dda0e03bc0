import { readFileSync } from "node:fs";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

const names: readonly string[] = ["rule", "workspace", "test", "fixtures", "event", "plan"];

/** Prints a JSON Schema as it is shipped. */
export function printSchema(name: string, { out, err }: Output): ExitCode {
  if (!names.includes(name)) {
    err(`heed schema: there is no schema "${name}": write one of ${names.join(", ")}\n`);
    return EXIT.usage;
  }
  out(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8"));
  return EXIT.fine;
}
