import type { ContactReading } from "../ingest/contact-statement.ts";
import { compileSettings } from "../rulebook/compile-settings.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { parseWorkspace } from "../rulebook/parse-workspace.ts";
import { BadSetting } from "./run-settings.ts";

/**
 * How contacts are read by the heed.yaml at hand: its fields, zone, channels and country. Throws `BadSetting` without one,
 * because nobody could say what a column or a value is.
 */
export function contactReading(directory: string): ContactReading {
  const files = loadWorkspace(directory).files.filter(({ name }) => name === "heed.yaml");
  const { parsed, problems } = parseWorkspace({ files, problems: [] });
  if (parsed.workspace === null || problems.some(({ severity }) => severity === "error")) {
    const what = files.length === 0 ? "is not there" : "has problems, which heed check tells";
    throw new BadSetting(
      `contacts are read by what ${directory}/heed.yaml says of their fields, and it ${what}: name its folder with HEED_RULES`,
    );
  }
  const { file } = parsed.workspace;
  const { fields, timeZone, channels } = compileSettings(file, (text) => text);
  return { fields, timeZone, channels, country: file.country };
}
