import { deliberate, nextWake } from "../core/decide.ts";
import { newContact } from "../core/model/contact.ts";
import type { Answer, Effect, Input, LedgerRecord, Question } from "../core/model/decision.ts";
import type { Contact } from "../core/model/contact.ts";
import { type Emit, type Revision, Unavailable } from "../store/store.ts";
import { answerQuestion } from "./answers.ts";
import { type Asking, createAsking } from "./asking.ts";
import { encodeContact, encodeJson } from "./contact-codec.ts";
import { lineId } from "./in-account.ts";
import type { Deployed, Parts, Witnessed } from "./parts.ts";

/** The contact's document would pass the store's limit. Its input goes to the dead letters. */
export class DocumentTooLarge extends Error {
  override readonly name = "DocumentTooLarge";
}

export interface Judged {
  readonly contact: Contact;
  readonly effects: readonly Effect[];
  /** Monotonic time at which the decision was begun that counts. */
  readonly began: number;
}

/** Conflicts in a row after which something other than competition must be wrong. */
const MOST_CONFLICTS = 50;

/**
 * Load, decide, compare-and-set: the one way a contact changes. Everything the decision wants to happen is in the same
 * commit, except a call to a provider, which is the caller's to make once this has resolved.
 */
export async function judgeAndCommit(
  parts: Parts,
  key: string,
  input: Input,
  asking: Asking = createAsking(parts.clock, null),
): Promise<Judged> {
  let how: "cached" | "latest" = "cached";
  const once: Once = new Map();
  for (let tries = 0; tries < MOST_CONFLICTS; tries++) {
    const began = parts.clock.monotonic();
    const doc = await parts.store.load(key, how);
    if (input.kind === "wake" && doc !== null && input.id !== wakeId(doc.rev)) {
      // Somebody was faster. Or this copy is old.
      if (how === "latest") return { contact: parts.decoded.contactOf(doc), effects: [], began };
      how = "latest";
      continue;
    }
    const before = doc === null ? newContact(key) : parts.decoded.contactOf(doc);
    const decision = await judge(parts, before, input, asking, once);
    // An answer that was long in coming is of now, and what was decided with it of then.
    if (decision === null) continue;
    if (!decision.changed) {
      // "Nothing to do" must be as true as a commit: an old copy may not know the ticket it is asked about.
      if (how === "latest") {
        count(parts, decision.records);
        return { contact: decision.contact, effects: [], began };
      }
      how = "latest";
      continue;
    }
    for (const effect of decision.effects) if (effect.kind === "enqueue") parts.onTicket(effect.channel);
    const body = encodeContact(decision.contact);
    const committed = await parts.store.commit({
      key,
      base: doc?.rev ?? "new",
      body,
      wakeAt: decision.wakeAt,
      emit: emitsOf(key, input, decision),
    });
    if (committed.ok) {
      parts.decoded.remember(key, committed.rev, decision.contact);
      parts.metrics.documentBytes(body.length);
      count(parts, decision.records);
      for (const effect of decision.effects) if (effect.kind === "bury") parts.metrics.deadLetter("messages");
      await pauseRules(parts, decision.effects);
      return { contact: decision.contact, effects: decision.effects, began };
    }
    if (committed.why === "too-large")
      throw new DocumentTooLarge(`a contact document of ${body.length} bytes is too large`);
    if (committed.why === "erased") return { contact: before, effects: [], began };
    parts.metrics.commitConflict();
    how = "latest";
  }
  throw new Unavailable(`gave up after ${MOST_CONFLICTS} conflicts on one contact`);
}

function count({ metrics }: Parts, records: readonly LedgerRecord[]): void {
  for (const entry of records) {
    metrics.decided(entry.kind, entry.reason ?? null);
    metrics.tried(entry);
  }
}

const WHY_PAUSED = {
  first_day: "more messages on its first day than limits.first_day allows",
  loop: "more events in an hour for one contact than any plan needs: rules that trigger each other",
} as const;

/**
 * A wake-up is of one revision of its document, because a newer one has set its own: decided on that, an old one would
 * have its lines in the account taken for those of its first time.
 */
export function wakeId(revision: Revision): string {
  return `wake:${revision}`;
}

/** If this process dies first, the next message of the rule is refused as well, and pauses it. */
async function pauseRules({ pauses, clock, log }: Parts, effects: readonly Effect[]): Promise<void> {
  for (const effect of effects) {
    if (effect.kind !== "pause") continue;
    const note = WHY_PAUSED[effect.why];
    await pauses.pause({ target: `rule:${effect.rule}`, reason: "self_paused", since: clock.now(), until: null, note });
    log.error("a rule has paused itself: look at it, then resume it", { rule: effect.rule, why: note });
  }
}

type Verdict = Witnessed["decision"];

/**
 * What was granted already, and what the account knows, by what was asked: a decision made again after a conflict does not
 * take twice, and does not read again.
 */
type Once = Map<string, Answer>;

/** Null when it waited for a look-up: what was answered is known, and the decision is to be made anew. */
async function judge(
  parts: Parts,
  contact: Contact,
  input: Input,
  asking: Asking,
  once: Once,
): Promise<Verdict | null> {
  const deployed = parts.deployed();
  const answers = new Map<string, Answer>();
  const shown = parts.clock.now();
  // A wake-up says that its moment has come. By a clock that is slow it would be set again, at once, until it has caught up.
  const now = input.kind === "wake" ? Math.max(shown, nextWake(contact) ?? shown) : shown;
  const deliberation = deliberate(deployed.workspace.rulebook, contact, input, now);
  let step = deliberation.next();
  while (!step.done) {
    const answer = await answerOnce(parts, deployed, step.value, asking, once);
    if (asking.hasWaited()) return null;
    answers.set(step.value.id, answer);
    step = deliberation.next(answer);
  }
  parts.witness?.({ input, before: contact, now, answers, deployed, decision: step.value });
  return step.value;
}

/**
 * Asks the look-ups that a ticket's decision will ask, and decides nothing: a message waits for them before its turn, not
 * in it, because a turn that waits is lost to others, and would be used in a burst.
 */
export async function askAhead(parts: Parts, key: string, input: Input, asking: Asking): Promise<void> {
  const deployed = parts.deployed();
  if (deployed.workspace.rulebook.workspace.lookups.size === 0) return;
  const doc = await parts.store.load(key, "cached");
  if (doc === null) return;
  const contact = parts.decoded.contactOf(doc);
  const deliberation = deliberate(deployed.workspace.rulebook, contact, input, parts.clock.now());
  let step = deliberation.next();
  // Shared limits are drawn from last of all, and by those who speak.
  while (!step.done && step.value.kind !== "draw") {
    step = deliberation.next(await answerQuestion(parts, deployed, step.value, asking));
  }
}

async function answerOnce(
  parts: Parts,
  deployed: Deployed,
  question: Question,
  asking: Asking,
  once: Once,
): Promise<Answer> {
  if (question.kind !== "draw" && question.kind !== "decided") {
    return answerQuestion(parts, deployed, question, asking);
  }
  const asked = question.kind === "draw" ? JSON.stringify(question.draws) : question.kind;
  const known = once.get(asked);
  if (known !== undefined) return known;
  const answer = await answerQuestion(parts, deployed, question, asking);
  once.set(asked, answer);
  return answer;
}

/** Ids are pure functions of what was decided, so that a decision made twice is handed over once. */
function emitsOf(key: string, input: Input, { effects, records }: Verdict): readonly Emit[] {
  return [
    ...effects.flatMap((effect) => emitOf(key, effect)),
    ...records.map((entry, index): Emit => ({
      lane: "audit",
      key,
      id: lineId(input.id, index),
      body: encodeJson(entry),
    })),
  ];
}

function emitOf(key: string, effect: Effect): readonly Emit[] {
  switch (effect.kind) {
    case "hand":
      return [{ lane: "events", key: effect.key, id: effect.id, body: encodeJson(effect.what) }];
    case "enqueue": {
      const { job } = effect;
      const id = job.kind === "send" ? `${job.intent}.${job.ticket}` : `${job.intent}.${job.attempt}?${job.asked}`;
      return [{ lane: `jobs.${effect.channel}.${effect.class}`, key, id, body: encodeJson(job) }];
    }
    case "bury": {
      const { letter } = effect;
      return [{ lane: "dead", key, id: `dead.${letter.intent}.${letter.attempt}`, body: encodeJson(letter) }];
    }
    case "forget":
      return [{ lane: "events", key, id: `forget:${effect.number}`, body: encodeJson(effect) }];
    case "pause":
    case "call":
      return [];
  }
}
