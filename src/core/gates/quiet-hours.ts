import { isOpen } from "../time/weekly-window.ts";
import { type GateVerdict, pass, type Speaking } from "./gate.ts";
import { quietOpening, waitForHours } from "./hours.ts";

/** Marketing waits while it is quiet where the contact may be. */
export function quietHours(speaking: Speaking): GateVerdict {
  const opening = quietOpening(speaking);
  if (opening === null || isOpen([opening], speaking.run.now)) return pass;
  return waitForHours(speaking, "quiet_hours.deferred");
}
