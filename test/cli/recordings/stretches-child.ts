/** Gathers stretches of a file in threads and in turns, and prints both: run from a bundle, because a thread needs its file. */
import { type Gathering, gatherStretch } from "../../../src/cli/recordings/gather-stretch.ts";
import { cut } from "../../../src/cli/recordings/file-part.ts";
import { gatherInThread, hasThreads } from "../../../src/cli/recordings/stretch-thread.ts";
import { readBack } from "../../plan/recording-in-pieces.ts";

const [path = "", bytes = "0"] = process.argv.slice(2);

async function told(gather: typeof gatherStretch, file: string): Promise<object> {
  const { survey, ...others } = await readBack({
    source: file,
    count: 0,
    read: async ({ emitted, newFile, onEvents }) =>
      Promise.all(
        cut(Number(bytes), 3).map(async (stretch) => {
          const gathering: Gathering = {
            path: file,
            name: "the month",
            stretch,
            emitted,
            since: Number.NEGATIVE_INFINITY,
            spool: newFile(),
          };
          return gather(gathering, onEvents);
        }),
      ),
  });
  const { events, from, to, types, unreadable } = survey;
  return { ...others, survey: { events, from, to, types: [...types], unreadable } };
}

const refused = await told(gatherInThread, `${path}.gone`).catch((fault: unknown) => fault);
process.stdout.write(
  JSON.stringify({
    threads: hasThreads(),
    results: [await told(gatherInThread, path), await told(gatherStretch, path)],
    refused: refused instanceof Error ? `${refused.name}: ${refused.message}` : "nothing",
  }),
);
