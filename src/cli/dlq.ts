import type { CommandContext } from "./command-context.ts";
import type { DeadLettersPort, LetterView, ReplayedView } from "../console/dead-letters-api.ts";
import type { Clock } from "../core/model/clock.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { mayBePersonal } from "../runtime/read-letter.ts";
import { actorHere } from "./actor.ts";
import { keyNamed } from "./contact.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { momentOf } from "./moment.ts";
import { createProgress } from "./progress.ts";
import { withDeadLetters } from "./reach-dead-letters.ts";
import { BadSetting } from "./run-settings.ts";

/** Which dead letters are meant. */
export interface DlqFilter {
  /** Its first words: `provider.failed`, `quarantined`. */
  readonly reason?: string;
  readonly contact?: string;
  /** `2h` ago, or a moment. */
  readonly since?: string;
}

export interface DlqListFlags extends DlqFilter {
  readonly format?: string;
  readonly show?: boolean;
  readonly limit?: string;
}

export interface DlqReplayFlags extends DlqFilter {
  readonly all?: boolean;
  readonly mayDouble?: boolean;
}

export interface DlqDiscardFlags {
  readonly reason?: string;
}

/** Where and with what a command works. */
const PAGE = 200;

/** Prints what lies on the dead lane, oldest first. Throws `BadSetting`. */
export async function listDeadLetters(flags: DlqListFlags, { settings, clock, io }: CommandContext): Promise<ExitCode> {
  const { format = "pretty", limit = "50" } = flags;
  if (format !== "pretty" && format !== "json") throw new BadSetting("--format: expected pretty or json");
  if (!/^[1-9]\d{0,4}$/.test(limit)) throw new BadSetting("--limit: expected a whole number from 1 to 99999");
  const matches = filterOf(flags, clock);
  const found = await withDeadLetters(settings, clock, io, (letters) => lookUp(letters, matches, Number(limit)));
  const shown = found.letters.map((letter) => ({
    ...letter,
    key: flags.show === true ? letter.key : hidden(letter.key),
  }));
  if (format === "json") {
    io.out(`${printableJson({ dead_letters: shown, more: found.more })}\n`);
    return EXIT.fine;
  }
  if (shown.length === 0) io.out("there is no dead letter\n");
  for (const { id, at, reason, key, about } of shown)
    io.out(`${printable(`${id}  ${at}  ${key}  ${about}: ${reason}`)}\n`);
  if (found.more) io.err(`heed dlq list: these are the oldest ${shown.length}; --limit shows more\n`);
  return EXIT.fine;
}

/** Prints all that is in one: for people with access to the store. Throws `BadSetting`. */
export async function showDeadLetter(id: string, { settings, clock, io }: CommandContext): Promise<ExitCode> {
  const place = idNamed(id);
  const letter = await withDeadLetters(settings, clock, io, (letters) => letters.show(place));
  if (letter === null) {
    io.err(`heed dlq show: there is no dead letter ${place}; heed dlq list tells which there are\n`);
    return EXIT.findings;
  }
  io.out(`${printableJson(letter)}\n`);
  return EXIT.fine;
}

/** Lets dead letters have another try, through all gates. Exit code 1 when one could not. Throws `BadSetting`. */
export async function replayDeadLetters(
  ids: readonly string[],
  flags: DlqReplayFlags,
  { settings, clock, io }: CommandContext,
): Promise<ExitCode> {
  const { reason, contact, since } = flags;
  const filtered = reason !== undefined || contact !== undefined || since !== undefined;
  if ([ids.length > 0, filtered, flags.all === true].filter(Boolean).length !== 1)
    throw new BadSetting("say which: ids, or some by --reason, --contact and --since, or --all");
  const places = ids.map(idNamed);
  const matches = filterOf(flags, clock);
  return withDeadLetters(settings, clock, io, async (letters) => {
    // Whatever dies again is another letter: only those that lie there now are meant.
    const meant =
      ids.length > 0 ? places : (await lookUp(letters, matches, Number.POSITIVE_INFINITY)).letters.map(({ id }) => id);
    const progress = createProgress(io, clock, "replayed", meant.length);
    const tally = { replayed: 0, settled: 0, refused: 0, gone: 0, doubtful: 0 };
    for (const place of meant) {
      const outcome = await letters.replay(place, { mayDouble: flags.mayDouble === true, by: actorHere() });
      tally[outcome.kind] += 1;
      if (outcome.kind === "refused" && outcome.doubt) tally.doubtful += 1;
      progress.step();
      if (outcome.kind !== "replayed") io.out(`${place}  ${printable(told(outcome))}\n`);
    }
    progress.end();
    const gone = tally.gone === 0 ? "" : `, ${tally.gone} not there`;
    io.out(`${tally.replayed} replayed, ${tally.settled} had nothing left to do, ${tally.refused} stay${gone}\n`);
    if (tally.replayed > 0) io.err("heed explain --contact tells what becomes of them\n");
    if (tally.doubtful > 0)
      io.err(
        `${tally.doubtful} may have been sent: repeat with --may-double if a second copy is better than none, or settle them with heed dlq discard\n`,
      );
    // One that was listed a moment ago was dealt with by somebody else; a number may be a slip of the pen.
    const missed = ids.length > 0 ? tally.gone : 0;
    return tally.refused + missed === 0 ? EXIT.fine : EXIT.findings;
  });
}

function told(outcome: Exclude<ReplayedView, { kind: "replayed" }>): string {
  if (outcome.kind === "gone")
    return "there is no dead letter of this number, or no longer: somebody may have dealt with it";
  return `${outcome.kind === "refused" ? "stays" : "is settled"}: ${outcome.why}`;
}

/** Takes one off the lane for good. What it was about stays as it is. Throws `BadSetting`. */
export async function discardDeadLetter(
  id: string,
  { reason = "" }: DlqDiscardFlags,
  { settings, clock, io }: CommandContext,
): Promise<ExitCode> {
  if (reason.trim() === "") throw new BadSetting("say why with --reason, for everybody who asks what became of it");
  const place = idNamed(id);
  if (
    await withDeadLetters(settings, clock, io, (letters) => letters.discard(place, { note: reason, by: actorHere() }))
  ) {
    io.out(`discarded ${place}\n`);
    return EXIT.fine;
  }
  io.err(`heed dlq discard: there is no dead letter ${place}; heed dlq list tells which there are\n`);
  return EXIT.findings;
}

function idNamed(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BadSetting(`expected the number of a dead letter, as heed dlq list tells it, found "${text.slice(0, 40)}"`);
}

type Matches = (letter: LetterView) => boolean;

function filterOf({ reason, contact, since }: DlqFilter, clock: Clock): Matches {
  const key = contact === undefined ? null : keyNamed(contact);
  const from = since === undefined ? null : momentOf("--since", since, clock);
  return (letter) =>
    (reason === undefined || letter.reason.startsWith(reason)) &&
    (key === null || letter.key === key) &&
    (from === null || Date.parse(letter.at) >= from);
}

async function lookUp(
  letters: DeadLettersPort,
  matches: Matches,
  limit: number,
): Promise<{ readonly letters: readonly LetterView[]; readonly more: boolean }> {
  const found: LetterView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page = await letters.list({ after, limit: PAGE });
    found.push(...page.dead_letters.filter(matches));
    if (found.length > limit) return { letters: found.slice(0, limit), more: true };
    after = page.next;
  }
  return { letters: found, more: false };
}

/** Addresses are for those who ask for them; an id of a contact is your own name for it, unless it looks like one. */
function hidden(key: string): string {
  const kind = /^(email|phone|anon):/.exec(key)?.[1] ?? (mayBePersonal(key) ? "id" : undefined);
  return kind === undefined ? key : `${kind}:…`;
}
