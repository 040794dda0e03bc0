import type { LookedUp, Question } from "../core/model/decision.ts";
import type { Clock } from "../core/model/clock.ts";
import { LookupsClosed } from "../lookups/desk.ts";
import type { Delivery } from "../store/store.ts";
import { LaneClosed } from "./pace.ts";
import type { Deployed } from "./parts.ts";

type LookupQuestion = Extract<Question, { kind: "lookup" }>;

/**
 * How one piece of work asks look-ups: each once, however often it is decided again, and without taking up a place of its
 * lane meanwhile, so that a slow source delays those alone who need it.
 */
export interface Asking {
  lookUp(deployed: Deployed, question: LookupQuestion): Promise<LookedUp>;
  /** Whether an answer had to be waited for since this was asked last: what was decided with it belongs to another moment. */
  hasWaited(): boolean;
  /** What was answered longer ago is asked again. */
  forget(olderThanMs: number): void;
}

/** So many wait for look-ups that this one keeps its place free for others, and comes again. */
export class Crowded extends Error {
  override readonly name = "Crowded";
}

const EXTEND_MS = 3_000;

interface Known {
  readonly found: LookedUp;
  /** Monotonic. */
  readonly at: number;
}

/** Without a delivery there is no place to give up. */
export function createAsking(clock: Clock, delivery: Pick<Delivery, "extend" | "stepAside"> | null): Asking {
  const answered = new Map<string, Known>();
  let waited = false;
  const waitFor = async (answer: Promise<LookedUp>): Promise<LookedUp> => {
    waited = true;
    if (delivery === null) return answer;
    const comeBack = delivery.stepAside();
    if (comeBack === null) {
      answer.catch(() => undefined);
      throw new Crowded("too many wait for look-ups");
    }
    let cancel: () => void = () => undefined;
    const hold = (): void => {
      delivery.extend();
      cancel = clock.after(EXTEND_MS, hold);
    };
    hold();
    try {
      return await answer;
    } finally {
      cancel();
      comeBack();
    }
  };
  return {
    async lookUp({ lookups }, { name, texts }) {
      const asked = JSON.stringify([name, texts]);
      const known = answered.get(asked);
      if (known !== undefined) return known.found;
      const answer = lookups?.ask(name, texts) ?? { kind: "failed" };
      const found = answer instanceof Promise ? await waitFor(answer).catch(closed) : answer;
      answered.set(asked, { found, at: clock.monotonic() });
      return found;
    },
    hasWaited() {
      const before = waited;
      waited = false;
      return before;
    },
    forget(olderThanMs) {
      for (const [asked, { at }] of answered) if (clock.monotonic() - at > olderThanMs) answered.delete(asked);
    },
  };
}

/** Nobody knows the answer, and nobody decides without: the delivery comes again. */
function closed(fault: unknown): never {
  throw fault instanceof LookupsClosed ? new LaneClosed(fault.message) : fault;
}
