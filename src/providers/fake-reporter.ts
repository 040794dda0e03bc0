import { behaviourOf } from "./fake-behaviours.ts";
import type { Behaviour, Report, ReportKind } from "./fake-behaviours.ts";
import { openPoster } from "./fake-poster.ts";
import type { FakeRecipients } from "./fake-server.ts";
import type { FakeContext, FakeWebhooks } from "./fake-vendor.ts";

/** Lets the recipients of a fake behave as their names say, and reports on their messages. */
export interface FakeReporter<M> extends FakeRecipients {
  /** The fake has taken a message: from now on its story is told. */
  taken(recipient: string | null, message: M): void;
  close(): Promise<void>;
}

const staleMs = 3 * 86_400_000;

type Context = Pick<FakeContext, "clock" | "door" | "tell">;

export function openReporter<M, P>(context: Context, webhooks: FakeWebhooks<M, P>): FakeReporter<M> {
  const { clock, tell } = context;
  const poster = openPoster(context, webhooks.retries);
  /** Recipients whose next create is not refused any more. */
  const refused = new Set<string | null>();
  const timers = new Set<() => void>();
  let serial = 0;

  const later = (ms: number, task: () => void): void => {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      task();
    });
    timers.add(cancel);
  };
  const payloadsOf = (report: Report, message: M, takenAt: number): readonly [ReportKind, readonly P[]] => {
    const happenedAt = takenAt + (report.happenedMs ?? report.afterMs);
    for (const kind of [report.kind, report.instead]) {
      const payloads: P[] = [];
      for (let count = 0; kind !== undefined && count < (report.count ?? 1); count += 1) {
        serial += 1;
        const payload = webhooks.report(kind, message, { happenedAt, serial });
        if (payload !== null) payloads.push(payload);
      }
      if (kind !== undefined && payloads.length > 0) return [kind, payloads];
    }
    return [report.kind, []];
  };

  const say = (report: Report, message: M, takenAt: number): void => {
    const { copies = 1, signature = "good" } = report;
    const [kind, payloads] = payloadsOf(report, message, takenAt);
    const at = clock.now() - (signature === "stale" ? staleMs : 0);
    for (let from = 0; from < payloads.length; from += webhooks.batch) {
      const part = payloads.slice(from, from + webhooks.batch);
      const request = webhooks.request(part, { at, forged: signature === "forged" });
      for (let copy = 0; copy < copies; copy += 1) {
        void poster.post(request, (attempt) =>
          tell({ what: "report", kind, count: part.length, signature, ...attempt }),
        );
      }
    }
  };

  return {
    answerFor(recipient) {
      const { word, answer } = behaviourOf(recipient);
      const now = answer === "429" && refused.delete(recipient) ? "ok" : answer;
      if (now === "429") refused.add(recipient);
      tell({ what: "message", behaviour: word, answer: wordFor(now) });
      return now;
    },
    taken(recipient, message) {
      const takenAt = clock.now();
      for (const report of behaviourOf(recipient).story) {
        later(report.afterMs, () => say(report, message, takenAt));
      }
    },
    later,
    async close() {
      for (const cancel of timers) cancel();
      await poster.close();
    },
  };
}

/** For vendors that report nothing: their recipients answer as their names say, and that is all. */
export function openSilentReporter(context: Context): FakeReporter<null> {
  return openReporter<null, never>(context, {
    batch: 1,
    retries: { after: () => "dropped", waitsMs: [] },
    report: () => null,
    request: () => ({ path: "", headers: {}, body: "" }),
  });
}

/** Of what becomes of a create, for people. */
function wordFor(answer: Behaviour["answer"]): string {
  if (answer === "ok") return "taken";
  if (answer === "slow") return "taken, slowly";
  if (answer === "accept-then-hang") return "taken, without an answer";
  return answer === "429" || answer === "500" ? `refused with ${answer}` : "refused, or taken and reported on";
}
