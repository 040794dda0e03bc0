import { parentPort, workerData } from "node:worker_threads";
import { compileParsed } from "../../rulebook/compile-workspace.ts";
import { parseWorkspace } from "../../rulebook/parse-workspace.ts";
import { createSourceFile } from "../../rulebook/source-file.ts";
import { type ArmOrder, type Asked, playerOf, type Told } from "./arms.ts";

/** The thread of one arm: compiles the rules for itself, and plays when it is asked to. */
function serve({ setting, files }: ArmOrder): void {
  const sources = files.map(({ name, text }) => createSourceFile(name, text));
  const { parsed } = parseWorkspace({ files: sources, problems: [] });
  if (parsed.workspace === null) throw new Error("a workspace that compiled before has no heed.yaml");
  // Nothing that is played hinges on the environment, whose secrets stay where they are.
  const player = playerOf(setting, compileParsed(parsed, parsed.workspace, {}));
  const say = (told: Told, buffers: readonly ArrayBuffer[] = []): void => parentPort?.postMessage(told, [...buffers]);
  const answer = async (asked: Asked): Promise<void> => {
    if (asked.kind === "count") {
      const { refusals: _kept, ...count } = await player.count((events) => say({ kind: "events", events }));
      return say({ kind: "counted", count }, count.log.chunks);
    }
    say({ kind: "stories", stories: await player.tell(asked.clusters, asked.showContent) });
  };
  parentPort?.on("message", (asked: Asked) => {
    answer(asked).catch((fault: unknown) => {
      // Whoever asked must hear of it, as an error of this thread.
      throw fault;
    });
  });
}

serve(workerData as ArmOrder);
