import type { Clock } from "../core/model/clock.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import { factsOf } from "../ingest/facts.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { normalizePhone } from "../ingest/normalize-address.ts";
import type { Backfill, Quarantined } from "../providers/provider.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { substitute, variablesIn } from "../rulebook/environment.ts";
import { jsonAt } from "../rulebook/json-at.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { momentOf } from "./moment.ts";
import type { Output } from "./output.ts";
import { createProgress } from "./progress.ts";
import { reachSystem } from "./reach-system.ts";
import { rulesMeant } from "./rules-source.ts";
import { RulesRefused } from "./rules-refused.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface BackfillFlags {
  readonly since: string;
  readonly until?: string | undefined;
}

export interface BackfillContext {
  readonly settings: RunSettings;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly io: Output;
  readonly colours: boolean;
}

/** How long events are known by their ids, as `seen.ts` of the core has it. */
const KNOWN_HOURS = 72;
const KNOWN_MS = KNOWN_HOURS * 3_600_000;

/** Events of one request to a running system. */
const BATCH = 500;

interface Page {
  readonly events: readonly CanonicalEvent[];
  readonly quarantined: readonly Quarantined[];
}

interface Source {
  readonly pages: AsyncIterable<Page>;
  /** Reports that could not be read become dead letters. */
  readonly keepsUnreadable: boolean;
}

/** Takes a page in; returns how many of it were new. */
type Take = (page: Page) => Promise<number>;

/**
 * Asks a vendor for what its webhooks would have brought while nobody opened the door, and takes it in. What came by
 * both ways is known by its id. Throws `BadSetting` and `RulesRefused`.
 */
export async function backfill(name: string, flags: BackfillFlags, context: BackfillContext): Promise<ExitCode> {
  const { settings, clock, io } = context;
  const since = momentOf("--since", flags.since, clock);
  const until = flags.until === undefined ? clock.now() : momentOf("--until", flags.until, clock);
  if (until <= since) throw new BadSetting("--since must be earlier than --until");
  if (clock.now() - since > KNOWN_MS) {
    io.err(
      `heed backfill: --since is more than ${KNOWN_HOURS} hours ago: reports are known by their ids for that long, so what was decided before is decided again\n`,
    );
  }
  const { ask, close } = await openAsked(name, context);
  try {
    return await reachSystem<ExitCode>(settings, clock, io, {
      running: (system) =>
        takeAll(name, { pages: ask(since, until), keepsUnreadable: false }, context, async ({ events }) => {
          let fresh = 0;
          for (let from = 0; from < events.length; from += BATCH) {
            const answer = await system.ask("POST", "/v1/events", events.slice(from, from + BATCH));
            fresh += "accepted" in answer && typeof answer.accepted === "number" ? answer.accepted : 0;
          }
          return fresh;
        }),
      stored: (store) =>
        takeAll(name, { pages: ask(since, until), keepsUnreadable: true }, context, async (page) => {
          const results = await store.append(factsOf(name, page, defaultLimits));
          return results.slice(0, page.events.length).filter(({ fresh }) => fresh).length;
        }),
    });
  } finally {
    await close();
  }
}

interface Asked {
  readonly ask: Backfill;
  readonly close: () => Promise<void>;
}

/**
 * The one provider that is asked, made of its own settings: what heed.yaml names for others, such as their secrets, need
 * not be at hand. Throws `RulesRefused` for files that are wrong and `BadSetting` for what keeps it from asking.
 */
async function openAsked(name: string, { settings, env, clock, colours }: BackfillContext): Promise<Asked> {
  const { parsed, problems } = checkWorkspace(await rulesMeant(settings, clock), null);
  // What is only advice about rules has nothing to do with it.
  const errors = problems.filter(({ severity }) => severity === "error");
  const { workspace, providers } = parsed;
  if (workspace === null || errors.length > 0)
    throw new RulesRefused(renderProblems(errors, { format: "pretty", colours }));
  const configured = jsonAt(workspace.document.data, ["providers"]);
  const all = isJsonObject(configured) ? configured : {};
  const written = all[name];
  if (written === undefined)
    throw new BadSetting(
      `heed.yaml configures no provider ${name.slice(0, 60)}; it has ${Object.keys(all).join(", ")}`,
    );
  const able = Object.keys(all).filter((each) => providers.registry.get(each)?.door?.backfill === true);
  const cannot = `${name} can't be asked for what it reported; ${able.length === 0 ? "none that heed.yaml configures can" : `those that can: ${able.join(", ")}`}`;
  const definition = providers.registry.get(name);
  if (definition === undefined || !able.includes(name)) throw new BadSetting(cannot);

  const unset = new Set(variablesIn(written).flatMap((use) => ((env[use.name] ?? "") === "" ? [use.name] : [])));
  if (unset.size > 0)
    throw new BadSetting(`providers.${name} of heed.yaml needs ${[...unset].join(", ")}: set it in the environment`);
  const configuration = definition.configure(substitute(written, (variable) => env[variable]));
  if (!configuration.ok) {
    const told = configuration.problems.map(({ path, message }) => [...path, message].join(" "));
    throw new BadSetting(`providers.${name} of heed.yaml can't be used: ${told.join("; ")}`);
  }
  const { country } = workspace.file;
  const provider = await configuration.create({
    clock,
    dataDirectory: settings.dataDirectory,
    readPhone: (text) => normalizePhone(text, country),
  });
  const close = async (): Promise<void> => provider.outbound?.close();
  if (provider.backfill !== undefined) return { ask: provider.backfill, close };
  await close();
  throw new BadSetting(cannot);
}

async function takeAll(
  name: string,
  { pages, keepsUnreadable }: Source,
  { clock, io }: BackfillContext,
  take: Take,
): Promise<ExitCode> {
  const progress = createProgress(io, clock, `reports of ${name}`, 0);
  const sum = { found: 0, fresh: 0, unreadable: 0 };
  // A running system takes events alone: what could not be read is kept, as a dead letter, only by its store.
  const kept = (): string => (keepsUnreadable ? "kept as dead letters" : "not kept: run it on the store to keep them");
  const told = (): string =>
    `${sum.found} ${sum.found === 1 ? "report" : "reports"} of ${name}: ${sum.fresh} new, ${sum.found - sum.fresh} known already, ${sum.unreadable} not readable${sum.unreadable === 0 ? "" : ` (${kept()})`}`;
  /** How many could not be read, by the reason. */
  const why = new Map<string, number>();
  try {
    for await (const page of pages) {
      sum.fresh += await take(page);
      sum.found += page.events.length;
      sum.unreadable += page.quarantined.length;
      for (const { reason } of page.quarantined) why.set(reason, (why.get(reason) ?? 0) + 1);
      progress.step(page.events.length);
    }
  } catch (fault) {
    progress.end();
    const said = fault instanceof Error ? fault.message : "it failed";
    throw new BadSetting(`${told()}, and then: ${said}. What came in stays; the same command goes on from there`);
  }
  progress.end();
  io.out(`${told()}\n`);
  for (const [reason, count] of why) io.err(`not readable, ${count === 1 ? "once" : `${count} times`}: ${reason}\n`);
  return EXIT.fine;
}
