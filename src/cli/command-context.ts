import type { Clock } from "../core/model/clock.ts";
import type { Output } from "./output.ts";
import type { RunSettings } from "./run-settings.ts";

/** What a command that reads or changes the store is given beside its flags. */
export interface CommandContext {
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly io: Output;
}
