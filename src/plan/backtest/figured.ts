import type { Changes } from "../compare/changes.ts";
import type { Recording } from "../recording.ts";
import type { Setting } from "./arm.ts";
import type { Arm, Compared } from "./compare-arms.ts";
import type { Survey } from "./survey.ts";

/** Both arms, what they differ in, and what they were made of. */
export interface Figured {
  readonly survey: Survey;
  readonly changes: Changes;
  readonly recording: Recording;
  readonly base: Arm;
  readonly head: Arm;
  readonly compared: Compared;
  readonly setting: Setting;
  /** Events that were played. */
  readonly events: number;
}
