import type { NatsConnection } from "nats";
import type { Clock } from "../core/model/clock.ts";
import { decodeEnvelope, HEADER } from "./jetstream-document.ts";
import { keyOfSubject } from "./jetstream-names.ts";
import type { Names } from "./jetstream-names.ts";
import { asUnavailable, isObject } from "./jetstream-request.ts";
import type { JetStreamRequests } from "./jetstream-request.ts";
import { Unavailable } from "./store.ts";
import type { Doc, Key } from "./store.ts";

export interface Connection {
  readonly nc: NatsConnection;
  readonly requests: JetStreamRequests;
  readonly names: Names;
  readonly clock: Clock;
}

/** Rounds of compare-and-set on one budget; each round lets at least one of those who contend through. */
const TAKE_ROUNDS = 200;

/** A counter per budget and window, changed by compare-and-set. Dispatchers take many at a time, so contention stays low. */
export async function takeTokens(
  { requests, names }: Connection,
  subject: string,
  limit: number,
  want: number,
): Promise<number> {
  for (let round = 0; round < TAKE_ROUNDS; round += 1) {
    const message = await requests.last(names.budgets, subject);
    const taken = message === null ? 0 : Number(message.data.toString("utf8"));
    const granted = Math.max(0, Math.min(want, limit - taken));
    if (granted === 0) return 0;
    const body = Buffer.from(String(taken + granted), "utf8");
    const answer = await requests.publish(subject, body, { [HEADER.expected]: String(message?.seq ?? 0) });
    if (answer.ok) return granted;
  }
  throw new Unavailable("a budget is asked for by too many at once");
}

/** In the order of the encoded keys. Lists all subjects for every page: for tools. */
export async function scanContacts(
  connection: Connection,
  page: { readonly after?: Key; readonly limit: number },
): Promise<readonly Doc[]> {
  const { requests, names } = connection;
  const subjects = await listSubjects(connection);
  const start = page.after === undefined ? "" : names.contact(page.after);
  const docs: Doc[] = [];
  for (const subject of subjects.filter((candidate) => candidate > start)) {
    if (docs.length >= page.limit) break;
    const message = await requests.last(names.contacts, subject);
    if (message === null) continue;
    const { erased, body, writtenAt } = decodeEnvelope(message);
    if (!erased) docs.push({ key: keyOfSubject(subject), rev: String(message.seq), body, writtenAt });
  }
  return docs;
}

export async function listSubjects({ requests, names }: Connection): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for (;;) {
      const info = await requests.api(`STREAM.INFO.${names.contacts}`, {
        subjects_filter: names.filters.contacts,
        offset: found.length,
      });
      const state = isObject(info["state"]) ? info["state"] : {};
      const page = isObject(state["subjects"]) ? Object.keys(state["subjects"]) : [];
      found.push(...page);
      if (page.length === 0 || found.length >= Number(info["total"] ?? found.length)) return found.toSorted();
    }
  } catch (error) {
    throw asUnavailable(error);
  }
}
