import { drawGraph, type GraphFormat, graphFormats } from "../rulebook/draw-graph.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { readSoundWorkspace } from "./read-sound-workspace.ts";

/** Prints a graph of the rules, which GitHub draws in Markdown as it is, or for Graphviz. */
export function graph(workspace: string, format: string, io: Output): ExitCode {
  if (!isGraphFormat(format)) {
    io.err(`heed graph: unknown format "${format}": write one of ${graphFormats.join(", ")}\n`);
    return EXIT.usage;
  }
  const sound = readSoundWorkspace(workspace, io);
  if (sound === null) return EXIT.unreadable;
  io.out(drawGraph(sound.parsed.rules, format));
  return EXIT.fine;
}

function isGraphFormat(format: string): format is GraphFormat {
  return graphFormats.some((known) => known === format);
}
