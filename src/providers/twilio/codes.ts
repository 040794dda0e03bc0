import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning } from "../refusal-meaning.ts";
import { vendorCodes } from "../vendor-codes.ts";

/**
 * Twilio's error codes by what they mean for a message and its recipient (https://www.twilio.com/docs/api/errors), in
 * answers and in reports. A code that is not here is judged by its HTTP status.
 */
export const twilioCodes = vendorCodes({
  // 10004 is the limit of calls at once. 20429 is documented as never processed, 21611 is a full sender queue, the 30xxx are queue and rate limits.
  retryable: words("10004 14107 20429 20503 21611 30001 30017 30020 30021 30022 30410"),
  // 30004 includes the carriers' own STOP of toll-free numbers; 63014 is a block by the user of a channel.
  opted_out: words("21610 30004 63014"),
  // 21635 is a landline, 30005 an unknown and 30006 an unreachable handset.
  invalid_address: words("21211 21214 21217 21614 21635 30005 30006 63003 63024"),
  content: words("21602 21617 21618 21620 21623 30007 30019"),
  // A pair of numbers or a country that cannot be served, and a trial account that may not write to or call this number.
  other: words("21215 21216 21219 21408 21604 21608 21612 30011"),
  misconfigured: [
    ...words("20003 20005 20008 21210 21212 21603 21606 21657 21701 21702 21703 21704 21705"),
    // Registration of senders in the United States: toll-free verification, 10DLC campaigns, suspected pumping.
    ...words("30002 30018 30024 30032 30033 30034 30035 30450"),
  ],
  ambiguous: ["20500"],
});

function words(text: string): readonly string[] {
  return text.split(" ");
}

/** What becomes of a message that Twilio refused. The only thing that a create names in its path is the account. */
export function outcomeOfRefusal({ status, code, afterMs }: Refusal, codes = twilioCodes): SendOutcome {
  const meaning = (code === null ? undefined : codes.get(code)) ?? meaningOfStatus(status ?? 400);
  return outcomeOfMeaning(meaning, code ?? `http_${status ?? 0}`, afterMs);
}
