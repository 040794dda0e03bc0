import { isOpen } from "../time/weekly-window.ts";
import { type GateVerdict, pass, passed, type Speaking } from "./gate.ts";
import { hoursSeen, waitForHours, windowOpening } from "./hours.ts";

/** Outside of the rule's window, a message waits. */
export function window(speaking: Speaking): GateVerdict {
  const opening = windowOpening(speaking);
  if (opening === null) return pass;
  const saw = () => hoursSeen(speaking, opening, speaking.rule.window?.zone === "contact");
  return isOpen([opening], speaking.run.now) ? passed(saw) : waitForHours(speaking, "window.deferred", saw);
}
