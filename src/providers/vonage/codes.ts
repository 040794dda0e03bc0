import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";
import { meaningOfStatus, outcomeOfMeaning } from "../refusal-meaning.ts";
import { vendorCodes } from "../vendor-codes.ts";

/**
 * Vonage's codes by what they mean for a message and its recipient: those of one digit or two are the `status` of the SMS
 * API, those of four the codes of the Messages API. A code that is not here is judged by its HTTP status.
 */
export const answerCodes = vendorCodes({
  retryable: ["1", "1000"],
  opted_out: ["1240"],
  // 7 is a number that Vonage itself has barred, 33 one that was given up.
  invalid_address: ["7", "33", "1050", "1170", "1190"],
  content: ["6", "12", "1090"],
  other: ["2", "3", "22", "23"],
  // Credentials, account, balance, and senders that are not ours. 29 is a trial account.
  misconfigured: ["4", "8", "9", "10", "11", "14", "15", "29", "32", "1060", "1070", "1080", "1120", "1290"],
  // An error inside the platform, which may have been after the message was taken.
  ambiguous: ["5", "1030", "1100"],
});

/**
 * What the code of a failed delivery tells of the address. Of the SMS API's `err-code`, 9 is somebody who asked for no
 * more, 3 a number that is permanently absent, and 4 one whose subscription is barred.
 */
export const reportCodes = vendorCodes({
  opted_out: ["9", "1240"],
  invalid_address: ["3", "4", "1050", "1170", "1190"],
});

/** What becomes of a message that Vonage refused. */
export function outcomeOfRefusal({ status, code, afterMs }: Refusal, codes = answerCodes): SendOutcome {
  const meaning = (code === null ? undefined : codes.get(code)) ?? meaningOfStatus(status ?? 400);
  return outcomeOfMeaning(meaning, code ?? `http_${status ?? 0}`, afterMs);
}
