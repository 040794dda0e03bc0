import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../core/model/clock.ts";
import { placeInFlags, placeInWords } from "../store/migration.ts";
import { Unavailable, Unsupported } from "../store/store.ts";
import type { Examined, Finding } from "./doctor-finding.ts";
import { type DomainsAsked, examineDomains } from "./doctor-domains.ts";
import { examineJetStream } from "./doctor-jetstream.ts";
import { examineLookups } from "./doctor-lookups.ts";
import { examineCredentials } from "./doctor-providers.ts";
import { examineWorkspace } from "./doctor-workspace.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { healthOf } from "./reach-system.ts";
import type { RunSettings } from "./run-settings.ts";
import { assertKnownFormat } from "./store-format.ts";

export interface DoctorContext {
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly io: Output;
  readonly env: NodeJS.ProcessEnv;
  /** What is asked outside of what Heed itself stands on: vendors and the DNS. Null asks nobody. */
  readonly outside: DomainsAsked | null;
}

/**
 * Looks at all that Heed stands on, and explains what it finds in plain words. Changes nothing and tells no secret. Exit
 * code 1 for findings, 3 when Heed could not run here.
 */
export async function doctor(context: DoctorContext): Promise<ExitCode> {
  const { settings, io } = context;
  const { workspace } = settings;
  const { findings: store, depth, unattended } = await examineStore(context);
  const findings = [
    ...examineNode(),
    ...(await examineWorkspace(workspace, context.env)),
    ...(context.outside === null ? [] : await examineCredentials(workspace, context.clock, context.env)),
    ...(context.outside === null ? [] : await examineDomains(workspace, context.env, context.outside)),
    ...(await examineLookups(workspace, context.clock, context.env)),
    ...store,
    ...(depth === null ? notLookedAt : lanesOf(depth, unattended)),
    ...examineDisk(settings),
    ...(await examineRunning(context)),
  ];
  for (const finding of findings) io.out(render(finding));
  const bad = findings.filter(({ mark }) => mark === "bad").length;
  const doubts = findings.filter(({ mark }) => mark === "doubt").length;
  io.out(bad + doubts === 0 ? "all is well\n" : `${bad} that keep Heed from running, ${doubts} to look at\n`);
  if (bad > 0) return EXIT.usage;
  return doubts > 0 ? EXIT.findings : EXIT.fine;
}

const MARKS = { good: "✓", doubt: "!", bad: "✗" } as const;

function render({ mark, about, says, help }: Finding): string {
  return `${MARKS[mark]} ${about}: ${says}\n${help === undefined ? "" : `    ${help}\n`}`;
}

const OLDEST_NODE = 20;

function examineNode(): readonly Finding[] {
  const { node } = process.versions;
  const enough = Number(node.split(".")[0]) >= OLDEST_NODE;
  return [
    {
      mark: enough ? "good" : "bad",
      about: "Node",
      says: node,
      ...(!enough && { help: `install Node ${OLDEST_NODE} or newer` }),
    },
  ];
}

async function examineStore(context: DoctorContext): Promise<Examined> {
  try {
    return context.settings.store.kind === "embedded"
      ? await examineEmbedded(context.settings.dataDirectory)
      : await examineJetStream(context.settings, context.clock);
  } catch (fault) {
    if (!(fault instanceof Unavailable) && !(fault instanceof Unsupported)) throw fault;
    return { findings: [{ mark: "bad", about: "store", says: fault.message }], depth: null, unattended: [] };
  }
}

async function examineEmbedded(directory: string): Promise<Examined> {
  const { lookIntoEmbedded } = await import("../store/embedded-checkup.ts");
  const durability: Finding = {
    mark: "good",
    about: "durability",
    says: "an acknowledgement means that it is on this machine's disk (fdatasync): it survives a crash and a loss of power, and not the loss of the disk",
  };
  const found = await lookIntoEmbedded(directory);
  if (found !== null) await assertFormatOf(directory);
  if (found === null) {
    const says = `embedded, in ${directory}: empty, nothing has run here yet`;
    return { findings: [{ mark: "good", about: "store", says }, durability], depth: {}, unattended: [] };
  }
  const { owner, documents, moving, depth } = found;
  const who = owner === null ? "nobody has it open" : `open in process ${owner}`;
  const store: Finding = {
    mark: "good",
    about: "store",
    says: `embedded, in ${directory}: ${documents} documents, ${who}`,
  };
  const move: readonly Finding[] =
    moving === null
      ? []
      : [
          {
            mark: moving.done ? "bad" : "doubt",
            about: "move",
            says: moving.done
              ? `everything was moved to ${placeInWords(moving.to)}`
              : `a move to ${placeInWords(moving.to)} has begun and not ended`,
            help: moving.done
              ? `run with ${placeInFlags(moving.to)}`
              : `repeat heed migrate --to ${moving.to.url} --namespace ${moving.to.namespace}; a start of Heed on this store makes it void`,
          },
        ];
  return { findings: [store, ...move, durability], depth, unattended: [] };
}

/** Throws `Unsupported`. */
async function assertFormatOf(directory: string): Promise<void> {
  const { readEmbeddedStore } = await import("../store/embedded-reading.ts");
  const reading = readEmbeddedStore(directory);
  try {
    await assertKnownFormat(reading);
  } finally {
    await reading.close();
  }
}

/** More than this is no burst any more. */
const MANY = 10_000;

const notLookedAt: readonly Finding[] = ["lanes", "dead letters"].map((about) => {
  return { mark: "doubt", about, says: "not looked at, because of what is said above" };
});

/** Who takes what waits there. */
function roleOf(lane: string): string {
  if (lane === "inbox") return "ingest";
  return lane.startsWith("jobs.") ? "dispatch" : "decide";
}

function lanesOf(depth: Readonly<Record<string, number>>, unattended: readonly string[]): readonly Finding[] {
  const { dead = 0, ...others } = depth;
  const waiting = Object.entries(others).filter(([, count]) => count > 0);
  const lanes = waiting.map(([lane, count]) => `${count} in ${lane}`).join(", ");
  const many = waiting.some(([, count]) => count > MANY);
  return [
    ...unattended.map((lane): Finding => {
      const role = roleOf(lane);
      const says = `${depth[lane] ?? 0} wait in ${lane}, and no process with the role ${role} asks for them`;
      return { mark: "doubt", about: "lanes", says, help: `start heed run, or heed run --role ${role}` };
    }),
    {
      mark: many ? "doubt" : "good",
      about: "lanes",
      says: waiting.length === 0 ? "nothing waits" : `waiting: ${lanes}`,
      ...(many && {
        help: "see whether deciders and dispatchers run, and whether a provider or a pause holds them up",
      }),
    },
    dead === 0
      ? { mark: "good", about: "dead letters", says: "none" }
      : {
          mark: "doubt",
          about: "dead letters",
          says: `${dead}`,
          help: "heed dlq list shows them; heed dlq replay lets them try again, heed dlq discard sets them aside",
        },
  ];
}

const GIB = 1024 ** 3;
/** The embedded store takes nothing in when its disk has less. */
const LEAST_BYTES = 64 * 1024 ** 2;

function examineDisk({ dataDirectory, store }: RunSettings): readonly Finding[] {
  let place = dataDirectory;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const tight = free < GIB;
  const stops = store.kind === "embedded" && free < LEAST_BYTES;
  return [
    {
      mark: stops ? "bad" : tight ? "doubt" : "good",
      about: "disk",
      says: `${(free / GIB).toFixed(1)} GiB free where ${dataDirectory} lies`,
      ...(tight && { help: "make room: with less than 64 MiB the embedded store takes nothing in" }),
    },
  ];
}

async function examineRunning({ settings, clock }: DoctorContext): Promise<readonly Finding[]> {
  const { where, health } = await healthOf(settings, clock);
  if (health === null) return [{ mark: "good", about: "running system", says: `none answers at ${where}` }];
  return [
    health.ok
      ? { mark: "good", about: "running system", says: `ready at ${where}` }
      : { mark: "doubt", about: "running system", says: `not ready at ${where}: ${health.problems.join("; ")}` },
  ];
}
