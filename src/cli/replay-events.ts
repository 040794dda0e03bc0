import type { CommandContext } from "./command-context.ts";
import { type CanonicalEvent, eventKey } from "../core/model/event.ts";
import { liftEvent } from "../core/model/lift-event.ts";
import { mayBeForgotten, wasSeen } from "../core/model/seen.ts";
import { decodeContact, decodeJson } from "../runtime/contact-codec.ts";
import { isInAccount } from "../runtime/in-account.ts";
import type { AuditLine, Store } from "../store/store.ts";
import { keyNamed } from "./contact.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { momentOf } from "./moment.ts";
import { openExistingStore } from "./open-store.ts";
import { createProgress } from "./progress.ts";
import { BadSetting } from "./run-settings.ts";

export interface ReplayEventsFlags {
  readonly events?: boolean;
  readonly since?: string;
  readonly type?: string;
  readonly contact?: string;
  readonly dryRun?: boolean;
}

const HOUR_MS = 3_600_000;
/** Documents know for 72 hours what they have decided; what is replayed may wait for a while until it is decided. */
const MOST_HOURS = 70;
const PAGE = 500;

/**
 * Lets events that came in be decided by documents that do not know them: those that a restored backup has forgotten. What
 * a document knows is not touched, so that nothing is done twice. Throws `BadSetting`, `Unavailable`, `Unsupported`.
 */
export async function replayEvents(
  ids: readonly string[],
  flags: ReplayEventsFlags,
  { settings, clock, io }: CommandContext,
): Promise<ExitCode> {
  if (ids.length > 0) throw new BadSetting("--events takes no ids: say which with --since, --type and --contact");
  if (flags.since === undefined) throw new BadSetting("say from when on with --since, such as 2h");
  const since = momentOf("--since", flags.since, clock);
  const oldest = clock.now() - MOST_HOURS * HOUR_MS;
  if (since < oldest) {
    throw new BadSetting(
      `--since: at most ${MOST_HOURS} hours ago, because documents know for three days what they have decided; what came earlier could be done twice`,
    );
  }
  const key = flags.contact === undefined ? null : keyNamed(flags.contact);
  const known = new Set<string>();
  /** Each once: it may lie there several times, copies of an earlier replay among them. */
  const meantIn = (line: AuditLine): readonly Past[] => {
    if (line.at < Math.max(since, clock.now() - MOST_HOURS * HOUR_MS)) return [];
    if (key !== null && line.key !== key) return [];
    const event = eventIn(line);
    if (event === null || (flags.type !== undefined && event.event_type !== flags.type)) return [];
    const id = eventKey(event);
    if (known.has(`${line.key} ${id}`)) return [];
    known.add(`${line.key} ${id}`);
    return [{ ...line, id, event }];
  };

  const store = await openExistingStore(settings, clock);
  const progress = createProgress(io, clock, "events that came in", 0);
  const sum = { found: 0, lost: 0 };
  try {
    for await (const page of pagesOf(store, clock.now())) {
      const meant = page.flatMap(meantIn);
      const lost = await unknownAmong(store, meant);
      // The store may still know the event by its own id, and would not deliver it; its document goes by the event alone.
      const facts = lost.map(({ place, key: of, body }) => ({ id: `replay:${place}`, key: of, body }));
      if (flags.dryRun !== true) await store.append(facts);
      sum.found += meant.length;
      sum.lost += lost.length;
      progress.step(page.length);
    }
  } finally {
    progress.end();
    await store.close();
  }
  const verb = flags.dryRun === true ? "would be decided" : "will be decided";
  io.out(`${sum.found} came in: ${sum.lost} ${verb}, ${sum.found - sum.lost} are known to their contacts already\n`);
  return EXIT.fine;
}

/** An event that came in; `id` is the one by which documents know it. */
interface Past extends AuditLine {
  readonly event: CanonicalEvent;
}

/** What came in before this began; what is appended meanwhile, our own among it, is decided anyway. */
async function* pagesOf(store: Store, began: number): AsyncGenerator<readonly AuditLine[]> {
  for (let after = 0; ;) {
    const page = await store.pastEvents({ after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.place;
    yield page;
    if (last.at > began) return;
  }
}

/** Null for words that documents hand on to each other: whoever decides an event again says them again. */
function eventIn({ body }: AuditLine): CanonicalEvent | null {
  try {
    const stored = decodeJson(body);
    if (typeof stored !== "object" || stored === null || "kind" in stored) return null;
    const lifted = liftEvent(stored);
    return lifted.kind === "event" ? lifted.event : null;
  } catch {
    // What is not readable became a dead letter when it came.
    return null;
  }
}

async function unknownAmong(store: Store, lines: readonly Past[]): Promise<readonly Past[]> {
  const docs = new Map(
    await Promise.all(
      [...new Set(lines.map(({ key }) => key))].map(async (key) => [key, await store.load(key, "latest")] as const),
    ),
  );
  const unknown = await Promise.all(
    lines.map(async (line) => {
      const { key, id, at, event } = line;
      const doc = docs.get(key) ?? null;
      if (doc === null) return [line];
      const { seen } = decodeContact(doc);
      // A contact with thousands of events forgets some of them sooner.
      const asked = { key, input: id, event, since: at };
      const known = wasSeen(seen, id) || (mayBeForgotten(seen, at) && (await isInAccount(store, asked)));
      return known ? [] : [line];
    }),
  );
  return unknown.flat();
}
