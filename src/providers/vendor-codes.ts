import type { RefusalMeaning } from "./refusal-meaning.ts";
import type { Settings } from "./settings.ts";

/** A vendor's codes by what they mean: the shape of every vendor's table, and of `codes:` in heed.yaml. */
export type CodesByMeaning = Readonly<Partial<Record<RefusalMeaning, readonly string[]>>>;

/** What each code of a vendor means. */
export type VendorCodes = ReadonlyMap<string, RefusalMeaning>;

const ofAnswers = [
  "retryable",
  "opted_out",
  "invalid_address",
  "content",
  "other",
  "misconfigured",
  "ambiguous",
] as const;
/** A report comes after the fact: what it may still tell is about the address. */
const ofReports = ["opted_out", "invalid_address"] as const;

export function vendorCodes(byMeaning: CodesByMeaning): VendorCodes {
  return new Map(ofAnswers.flatMap((meaning) => (byMeaning[meaning] ?? []).map((code) => [code, meaning] as const)));
}

/** What a vendor's answers mean: `standard`, but for the codes of which the workspace says otherwise in `codes:`. */
export function readAnswerCodes(settings: Settings, standard: VendorCodes): VendorCodes {
  return readCodes(settings, standard, ofAnswers);
}

/** As `readAnswerCodes`, for codes of delivery reports. */
export function readReportCodes(settings: Settings, standard: VendorCodes): VendorCodes {
  return readCodes(settings, standard, ofReports);
}

function readCodes(settings: Settings, standard: VendorCodes, allowed: readonly RefusalMeaning[]): VendorCodes {
  const section = settings.section("codes");
  if (section === null) return standard;
  const said = new Map<string, RefusalMeaning>();
  for (const meaning of allowed) {
    for (const code of section.codes(meaning)) {
      if (said.has(code)) section.report(meaning, "has a code that stands under another meaning, too");
      said.set(code, meaning);
    }
  }
  return new Map([...standard, ...said]);
}

/** What the code of a failed delivery tells of the address. Null when it tells nothing of it. */
export function meaningForAddress(codes: VendorCodes, code: string | null): "opted_out" | "invalid_address" | null {
  const meaning = code === null ? undefined : codes.get(code);
  return meaning === "opted_out" || meaning === "invalid_address" ? meaning : null;
}
