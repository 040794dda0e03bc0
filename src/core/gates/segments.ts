import { countSegments } from "../segments.ts";
import { type GateVerdict, pass, skip, type Speaking } from "./gate.ts";

/** A text that became longer than the workspace allows is not sent in pieces that nobody has planned to pay for. */
export function segments(speaking: Speaking): GateVerdict {
  const most = speaking.run.rulebook.workspace.limits.smsSegments;
  return speaking.channel.kind === "sms" && segmentsOf(speaking) > most ? skip("segments.exceeded") : pass;
}

export function segmentsOf({ content }: Speaking): number {
  return countSegments(content["text"] ?? "").count;
}
