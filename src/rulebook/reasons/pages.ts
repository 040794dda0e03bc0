import type { Reason } from "../../core/model/reason.ts";
import { endingReasons } from "./ending.ts";
import type { ReasonPage } from "./page.ts";
import { sendingReasons } from "./sending.ts";
import { speakingReasons } from "./speaking.ts";
import { startingReasons } from "./starting.ts";

/** The page of every reason, as a message meets them. A reason without one does not compile. */
export const reasonPages: Readonly<Record<Reason, ReasonPage>> = {
  ...startingReasons,
  ...speakingReasons,
  ...sendingReasons,
  ...endingReasons,
};

export const reasons: readonly Reason[] = Object.keys(reasonPages).filter(isReason);

export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasonPages, word);
}
