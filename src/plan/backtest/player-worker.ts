import { parentPort, workerData } from "node:worker_threads";
import { compileParsed } from "../../rulebook/compile-workspace.ts";
import { parseWorkspace } from "../../rulebook/parse-workspace.ts";
import { createSourceFile } from "../../rulebook/source-file.ts";
import type { ArmRules } from "./arm.ts";
import { type Asked, type PlayerOrder, playHere, type Told } from "./players.ts";

/** The thread of a player: compiles the rules of both sides for itself, and plays when it is asked to. */
function serve({ setting, files, sameSettings, turns }: PlayerOrder): void {
  const rules = { base: compile(files.base), head: compile(files.head), sameSettings };
  const player = playHere(setting, rules, turns);
  const say = (told: Told, buffers: readonly ArrayBuffer[] = []): void => parentPort?.postMessage(told, [...buffers]);
  const answer = async (asked: Asked): Promise<void> => {
    switch (asked.kind) {
      case "alone": {
        const alone = await player.alone((events) => say({ kind: "events", events }));
        return say({ kind: "alone", alone }, alone.log.chunks);
      }
      case "together": {
        const together = await player.together(asked.arm, asked.crowd);
        return say({ kind: "together", together }, together.log.chunks);
      }
      case "tell":
        return say({ kind: "stories", stories: await player.tell(asked.arm, asked.clusters, asked.showContent) });
    }
  };
  parentPort?.on("message", (asked: Asked) => {
    answer(asked).catch((fault: unknown) => {
      // Whoever asked must hear of it, as an error of this thread.
      throw fault;
    });
  });
}

function compile(files: PlayerOrder["files"]["base"]): ArmRules {
  const sources = files.map(({ name, text }) => createSourceFile(name, text));
  const { parsed } = parseWorkspace({ files: sources, problems: [] });
  if (parsed.workspace === null) throw new Error("a workspace that compiled before has no heed.yaml");
  // Nothing that is played hinges on the environment, whose secrets stay where they are.
  return compileParsed(parsed, parsed.workspace, {});
}

serve(workerData as PlayerOrder);
