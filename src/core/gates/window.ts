import { isOpen } from "../time/weekly-window.ts";
import { type GateVerdict, pass, type Speaking } from "./gate.ts";
import { waitForHours, windowOpening } from "./hours.ts";

/** Outside of the rule's window, a message waits. */
export function window(speaking: Speaking): GateVerdict {
  const opening = windowOpening(speaking);
  if (opening === null || isOpen([opening], speaking.run.now)) return pass;
  return waitForHours(speaking, "window.deferred");
}
