import type { Rulebook } from "../core/model/rulebook.ts";
import { formatInstant } from "../core/time/instant.ts";
import { originOf } from "../core/versions.ts";
import type { Log } from "../observe/log.ts";
import { startDecider } from "./decider.ts";
import { createDecodedContacts } from "./decoded-contacts.ts";
import { createDeployments } from "./deployments.ts";
import { type Dispatcher, startDispatcher } from "./dispatcher.ts";
import type { Deployed, Parts } from "./parts.ts";
import { createKillSwitch, type KillSwitch } from "./kill-switch.ts";
import { createPauses } from "./pauses.ts";
import { withHistorySince } from "./history-since.ts";
import { withFormerVersions } from "./rule-versions.ts";
import { createSharedLimits } from "./shared-limits.ts";

/** The running deciders and dispatchers of this process. */
export interface Engine extends KillSwitch {
  /** From the next decision on, judges by these rules. */
  deploy(next: Deployed): Promise<void>;
  /** The digest of the rules it judges by now. */
  rulebook(): string;
  /** What an operator should look at, in words. */
  troubles(): readonly string[];
  /** Channels whose provider refuses our credentials or account: their messages wait. */
  stoppedChannels(): readonly string[];
  /** Whether this process is the one that does what one alone should do, such as adding up the account. */
  isFirst(): boolean;
  /** Lets what is under way end, then rests. What was not finished comes again at the next start. */
  stop(drainMs: number): Promise<void>;
}

/** What the engine is given; the rest of its parts it makes. */
export interface EngineParts extends Pick<Parts, "store" | "clock" | "log" | "metrics" | "traces" | "witness"> {
  /** What of it runs in this process; both unless given. */
  readonly runs?: ReadonlySet<"decide" | "dispatch">;
  /**
   * This process's own name among those that divide the contacts of a shared store. Without one it decides for all, as
   * in simulations: no overlap of members could be wider.
   */
  readonly member?: string;
  /** The first rules are the newest that there are, not just what lay in a folder: no others are waited for. */
  readonly isNewest?: boolean;
}

const BOTH = new Set(["decide", "dispatch"] as const);

export async function startEngine(parts: EngineParts, first: Deployed): Promise<Engine> {
  const { store, clock, log, runs = BOTH, member = null, isNewest = false } = parts;
  const deployments = createDeployments(store, clock, log);
  const complete = async (next: Deployed, before: Deployed | null): Promise<Deployed> => {
    // Whoever judges by rules writes down that they are deployed; a process without is no witness of that.
    if (runs.size === 0) return next;
    const workspace = await withFormerVersions(store, next.workspace);
    const completed = await withHistorySince(store, workspace, before?.workspace ?? null, clock.now());
    tellOfBlindness(completed.rulebook, before?.workspace.rulebook ?? null, log);
    await deployments.tell(completed.rulebook.digest, before === null && !isNewest ? "start" : "reload");
    return { ...next, workspace: completed };
  };
  let deployed = await complete(first, null);
  const pauses = createPauses(store, clock);
  const sharedLimits = createSharedLimits(store, clock);
  const decoded = createDecodedContacts();
  let dispatcher: Dispatcher | null = null;
  const onTicket = (channel: string): void => void dispatcher?.open(channel);
  const all: Parts = { ...parts, decoded, pauses, deployments, sharedLimits, deployed: () => deployed, onTicket };
  const decider = runs.has("decide") ? await startDecider(all, store.traits.shared ? member : null) : null;
  dispatcher = runs.has("dispatch") ? await startDispatcher(all) : null;
  const killSwitch = createKillSwitch({
    clock,
    pauses,
    sharedLimits,
    originOf(id) {
      const rule = deployed.workspace.rulebook.rules.get(id);
      return rule === undefined ? id : originOf(rule);
    },
  });
  const stoppedChannels = (): readonly string[] => dispatcher?.stoppedChannels() ?? [];
  return {
    ...killSwitch,
    rulebook: () => deployed.workspace.rulebook.digest,
    isFirst: () => decider?.isFirst() === true,
    stoppedChannels,
    troubles: () =>
      stoppedChannels().map(
        (name) => `the provider of the channel ${name} refuses our credentials or account: its messages wait`,
      ),
    async deploy(next) {
      deployed = await complete(next, deployed);
      await dispatcher?.refresh();
    },
    async stop(drainMs) {
      await Promise.all([decider?.stop(drainMs), dispatcher?.stop(drainMs)]);
    },
  };
}

/** Conditions that ask for more of the past than is known yet hold nobody's ear: whoever deploys them must know. */
function tellOfBlindness({ history, workspace }: Rulebook, before: Rulebook | null, log: Log): void {
  for (const [key, since] of Object.entries(workspace.historySince ?? {})) {
    const question = history.get(key);
    if (question === undefined || before?.workspace.historySince?.[key] === since) continue;
    const { count, unit } = question.within;
    log.warn("a condition asks for what happened before it was deployed; where that decides, nothing is sent", {
      events: question.match.events.join(", "),
      within: `${count}${unit}`,
      known_since: formatInstant(since),
    });
  }
}
