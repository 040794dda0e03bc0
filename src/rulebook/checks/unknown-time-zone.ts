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
      what: "A time zone is not in the time zone database.",
      why: "Local times, windows and days could not be reckoned.",
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
  if (typeof zone !== "string" || (orContact && zone === "contact") || isKnown(zone)) return [];
  const help = `write ${orContact ? "contact, or " : ""}an IANA name, such as America/New_York or Europe/Berlin`;
  return [problemAt(document, { code: "HEED208", path, message: `\`${zone}\` is not a time zone`, help })];
}

let listed: ReadonlySet<string> | undefined;

/** Of the zones that are listed, which lacks other names of theirs, nobody needs to ask: a first question takes 20 ms. */
function isKnown(zone: string): boolean {
  listed ??= new Set(Intl.supportedValuesOf("timeZone"));
  return listed.has(zone) || isTimeZone(zone);
}
