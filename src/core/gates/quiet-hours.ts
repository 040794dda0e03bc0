import { isOpen } from "../time/weekly-window.ts";
import { type GateVerdict, pass, passed, type Speaking } from "./gate.ts";
import { hoursSeen, quietOpening, waitForHours } from "./hours.ts";

/** Marketing waits while it is quiet where the contact may be. */
export function quietHours(speaking: Speaking): GateVerdict {
  const opening = quietOpening(speaking);
  if (opening === null) return pass;
  const saw = () => hoursSeen(speaking, opening, true);
  return isOpen([opening], speaking.run.now) ? passed(saw) : waitForHours(speaking, "quiet_hours.deferred", saw);
}
