import { countSegments } from "../segments.ts";
import { type GateVerdict, pass, passed, skip, type Speaking } from "./gate.ts";

/** A text that became longer than the workspace allows is not sent in pieces that nobody has planned to pay for. */
export function segments(speaking: Speaking): GateVerdict {
  if (speaking.channel.kind !== "sms") return pass;
  const most = speaking.run.rulebook.workspace.limits.smsSegments;
  const { count, encoding, units } = countSegments(speaking.content["text"] ?? "");
  const saw = () => ({ segments: count, most, encoding, length: units });
  return count > most ? skip("segments.exceeded", saw) : passed(saw);
}
