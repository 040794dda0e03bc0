/**
 * The life of a message as its provider tells it. Events come late, twice and in any order; the state is a function of
 * the set of events alone: each status keeps its latest time, and the status with the highest rank is the current one.
 * `delivered` is not absorbing, because a bounce may follow it.
 */
export interface MessageState {
  readonly status: string;
  /** Epoch milliseconds of the latest event of each status. */
  readonly times: Readonly<Record<string, number>>;
}

const RANKS: Readonly<Record<string, number>> = {
  queued: 1,
  processed: 1,
  sent: 2,
  deferred: 3,
  blocked: 4,
  delivered: 5,
  opened: 6,
  clicked: 7,
  undelivered: 8,
  failed: 8,
  dropped: 8,
  bounced: 9,
  complained: 10,
};

/** Every status that a message can have. */
export const messageStatuses: readonly string[] = Object.keys(RANKS);

/** The status that an event type such as `email.delivered` reports, or null when it reports none. */
export function statusOfEvent(eventType: string): string | null {
  return STATUSES_BY_TYPE.get(eventType) ?? null;
}

const STATUSES_BY_TYPE: ReadonlyMap<string, string> = new Map(
  ["email", "sms", "push", "voice"].flatMap((channel) =>
    messageStatuses.map((status) => [`${channel}.${status}`, status] as const),
  ),
);

export function advanceMessage(state: MessageState | undefined, status: string, atMs: number): MessageState {
  const times = { ...state?.times, [status]: Math.max(state?.times[status] ?? atMs, atMs) };
  let current = status;
  for (const name of Object.keys(times)) if (outranks(name, current, times)) current = name;
  return { status: current, times };
}

/** Rank decides, then the later time, then the name, so that no order of arrival can matter. */
function outranks(a: string, b: string, times: Readonly<Record<string, number>>): boolean {
  const rank = (RANKS[a] ?? 0) - (RANKS[b] ?? 0);
  if (rank !== 0) return rank > 0;
  const later = (times[a] ?? 0) - (times[b] ?? 0);
  return later !== 0 ? later > 0 : a > b;
}
