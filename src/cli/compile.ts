import { lowerWorkspace } from "../rulebook/lower-workspace.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { readSoundWorkspace } from "./read-sound-workspace.ts";

/** Prints the lowered rulebook as JSON. */
export function compile(workspace: string, io: Output): ExitCode {
  const sound = readSoundWorkspace(workspace, io);
  if (sound === null) return EXIT.unreadable;
  io.out(`${JSON.stringify(lowerWorkspace(sound.parsed, sound.heed), null, 2)}\n`);
  return EXIT.fine;
}
