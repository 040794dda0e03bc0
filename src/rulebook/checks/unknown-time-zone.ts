import { isTimeZone } from "../../core/time/instant.ts";
import { type Check, problemAt } from "../check.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import { expandPath, jsonAt } from "../json-at.ts";
import type { Path, Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";
import { stepsOf } from "../steps.ts";

/** A time zone that the time zone database does not have. */
export const unknownTimeZone = {
  id: "unknown-time-zone",
  pages: {
    HEED208: {
      what: "A time zone is not in the time zone database. Or it has a clock that nobody lives by: `EST` has no summer time, and `Etc/GMT+5` is behind UTC.",
      why: "Local times, windows and days could not be reckoned, or would be an hour off for most of the year.",
      example: { in: "heed.yaml", bad: "time_zone: New York", good: "time_zone: America/New_York" },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules, tests, fixtures }: ParsedWorkspace): readonly Problem[] {
  const ofWorkspace = workspace === null ? [] : judge(workspace.document, ["time_zone"], false);
  const capsOfWorkspace = workspace === null ? [] : inCaps(workspace.document);
  const ofRules = rules.flatMap(({ document, file }) => [
    ...judge(document, ["window", "zone"], true),
    ...inCaps(document),
    ...stepsOf(file).flatMap(({ path }) => judge(document, [...path, "wait", "zone"], true)),
  ]);
  const ofPeople = [...fixtures, ...tests].flatMap(({ document }) =>
    expandPath(document.data, ["contacts", "*", "time_zone"]).flatMap((path) => judge(document, path, false)),
  );
  return [...ofWorkspace, ...capsOfWorkspace, ...ofRules, ...ofPeople];
}

function inCaps(document: SourceDocument): readonly Problem[] {
  return expandPath(document.data, ["caps", "*", "within", "zone"]).flatMap((path) => judge(document, path, true));
}

function judge(document: SourceDocument, path: Path, orContact: boolean): readonly Problem[] {
  const zone = jsonAt(document.data, path);
  if (typeof zone !== "string" || (orContact && zone === "contact")) return [];
  const meant = withoutSummer(zone);
  if (meant !== null) {
    return [problemAt(document, { code: "HEED208", severity: "warning", path, ...meant })];
  }
  if (isKnown(zone)) return [];
  const help = `write ${orContact ? "contact, or " : ""}an IANA name, such as America/New_York or Europe/Berlin`;
  return [problemAt(document, { code: "HEED208", path, message: `\`${zone}\` is not a time zone`, help })];
}

/** Zones that are in the database and rarely what their name makes one think, with a place that has the clock of it. */
const abbreviations: ReadonlyMap<string, string> = new Map([
  ["EST", "America/New_York"],
  ["MST", "America/Denver"],
]);

function withoutSummer(zone: string): Pick<Problem, "message" | "help"> | null {
  const place = abbreviations.get(zone.toUpperCase());
  if (place !== undefined) {
    const message = `\`${zone}\` has no summer time: for most of the year it is an hour behind the clocks of ${place}`;
    return { message, help: `write ${place}, or the place that is meant` };
  }
  const [, sign, hours] = /^Etc\/GMT([+-])(\d+)$/i.exec(zone) ?? [];
  if (sign === undefined || hours === undefined || hours === "0") return null;
  const message = `\`${zone}\` is ${hours} hours ${sign === "+" ? "behind" : "ahead of"} UTC: its sign is the other way round, and it has no summer time`;
  return { message, help: "write the place that is meant, such as America/New_York or Europe/Berlin" };
}

let listed: ReadonlySet<string> | undefined;

/** Of the zones that are listed, which lacks other names of theirs, nobody needs to ask: a first question takes 20 ms. */
function isKnown(zone: string): boolean {
  listed ??= new Set(Intl.supportedValuesOf("timeZone"));
  return listed.has(zone) || isTimeZone(zone);
}
