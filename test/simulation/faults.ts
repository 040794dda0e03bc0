/**
 * What may go wrong, by name, with the probability at which it does in a seed that has drawn it. Each seed draws which
 * of them it suffers from (a swarm finds what a mix of everything hides), and all end when its calm begins.
 */
export const FAULTS = {
  /** At any labelled step; another process starts over the same store a while later. */
  "process.crash": 0.004,
  "process.crash_at_delicate_step": 0.03,
  "process.crash_at_rare_step": 0.2,
  /** It stands still for up to a minute, then goes on as if nothing had happened. */
  "process.stall": 0.002,
  /** It stands still for up to three minutes just before it calls a vendor. */
  "process.stall_before_call": 0.2,
  /** Its wall clock is wrong by up to two seconds. */
  "process.skew": 1,
  /** The store says no before it did anything. */
  "store.refuses": 0.01,
  /** The store did it, and its answer is lost. */
  "store.answer_lost": 0.01,
  /** The store takes up to two seconds. */
  "store.slow": 0.02,
  /** A document from a process's own cache is an old one. */
  "store.stale_cache": 0.5,
  /** The verdict on a delivery is lost, so it comes again although it is done. */
  "delivery.verdict_lost": 0.03,
  /** A source never hears the 200 and sends again. */
  "source.answer_lost": 0.05,
  "source.sends_twice": 0.1,
  /** What happened earlier arrives later. */
  "source.late": 0.2,
  /** A stranger knocks with a wrong signature. */
  "source.forged": 0.05,
  /** One element of a signed batch makes no sense. */
  "source.unreadable_part": 0.1,
  /** Another system writes nonsense into the stream. */
  "stream.malformed": 0.05,
  "vendor.busy": 0.1,
  "vendor.down": 0.1,
  /** It takes the message and never answers. */
  "vendor.hangs_after_accepting": 0.15,
  "vendor.hangs": 0.05,
  /** It takes the message after we have given up on the answer. */
  "vendor.accepts_late": 0.1,
  /** The SDK breaks its promise and throws, before or after the message was taken. */
  "vendor.throws": 0.04,
  "vendor.refuses_message": 0.05,
  "vendor.knows_opt_out": 0.03,
  "vendor.knows_dead_address": 0.03,
  /** Credentials are refused for some minutes. */
  "vendor.refuses_credentials": 1,
  /** It can't say what became of a message. */
  "vendor.lookup_down": 0.3,
  /** It answers late, or too late. */
  "crm.slow": 0.2,
  "crm.hangs": 0.1,
  "crm.down": 0.3,
  /** Its values are of other types than declared. */
  "crm.wrong_shape": 0.1,
  "callback.lost": 0.1,
  "callback.out_of_order": 0.3,
} as const;

export type Fault = keyof typeof FAULTS;

export const faultNames: readonly Fault[] = Object.keys(FAULTS).filter(isFault);

export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}

/**
 * The steps at which a process may die, in the order of a message's way. `asked` is before the other side has done it,
 * `done` after, when only the answer is missing.
 */
export const CRASH_LABELS = [
  "door.opened",
  "append.asked",
  "append.done",
  "delivery.taken",
  "load.asked",
  "load.done",
  "commit.event.asked",
  "commit.event.done",
  "commit.link.asked",
  "commit.link.done",
  "commit.handover.asked",
  "commit.handover.done",
  "commit.unlink.asked",
  "commit.unlink.done",
  "commit.merge.asked",
  "commit.merge.done",
  "commit.erase.asked",
  "commit.erase.done",
  "commit.release.asked",
  "commit.release.done",
  "commit.cancel.asked",
  "commit.cancel.done",
  "commit.replay.asked",
  "commit.replay.done",
  "forget.asked",
  "forget.done",
  "commit.wake.asked",
  "commit.wake.done",
  "commit.ticket.asked",
  "commit.ticket.done",
  "call.asked",
  "call.done",
  "commit.result.asked",
  "commit.result.done",
  "lookup.asked",
  "lookup.done",
  "commit.reconciled.asked",
  "commit.reconciled.done",
  "commit.control.asked",
  "commit.control.done",
  "commit.letter.asked",
  "commit.letter.done",
  "settle.asked",
  "settle.done",
  "crm.asked",
  "crm.done",
  "verdict.given",
] as const;

/** Steps that matter most: a process dies there more often. */
export const DELICATE = /^(?:call|commit\.(?:link|handover|wake|ticket|result))\./;
/** Steps that matter as much and are seldom taken: a process dies there more often still. */
export const RARE =
  /^(?:lookup|crm|forget|settle|commit\.(?:unlink|merge|erase|release|cancel|replay|letter|reconciled))\./;

export type CrashLabel = (typeof CRASH_LABELS)[number];
