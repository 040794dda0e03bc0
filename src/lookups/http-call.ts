import { callOutside, type OutsideAnswer, type OutsideCall, UnusableCall } from "../outgoing/call-outside.ts";
import { type GuardedAgent, refusalIn } from "../outgoing/guarded-agent.ts";
import { sayFailure } from "../outgoing/untrusted.ts";
import { codeOf, type Failure, failed, Unreachable } from "./source.ts";

/** One call, or why there is no answer to it. Never rejects. */
export async function answerTo(
  agent: GuardedAgent,
  call: OutsideCall,
  signal: AbortSignal,
): Promise<OutsideAnswer | Failure> {
  try {
    return await callOutside(agent, call, signal);
  } catch (failure) {
    const refused = refusalIn(failure);
    if (refused !== null) return failed(refused.code, false);
    if (failure instanceof UnusableCall) return failed(failure.code, false);
    return failed(signal.aborted ? "timeout" : codeOf(failure), !signal.aborted);
  }
}

/** What an answer other than a success means: overload and trouble pass, a refusal stays one. */
export function failureOf({ status, headers }: OutsideAnswer): Failure {
  const passes = status === 429 || status === 408 || status >= 500;
  return failed(`http_${status}`, passes, passes ? retryAfterMs(headers["retry-after"]) : null);
}

const MOST_WAIT_MS = 60_000;

/** Seconds only: a date would have to be read by their clock. */
function retryAfterMs(header: unknown): number | null {
  return typeof header === "string" && /^\d{1,6}$/.test(header) ? Math.min(Number(header) * 1_000, MOST_WAIT_MS) : null;
}

/** Whether somebody answers at this origin who does not refuse us. */
export async function probeHttp(agent: GuardedAgent, call: OutsideCall, signal: AbortSignal): Promise<string> {
  const { host } = new URL(call.url);
  const answer = await callOutside(agent, call, signal).catch((failure: unknown) => {
    const said =
      refusalIn(failure)?.message ?? (failure instanceof UnusableCall ? failure.message : sayFailure(codeOf(failure)));
    throw new Unreachable(`${host} was not reached: ${signal.aborted ? "it took too long" : said}`);
  });
  const { status } = answer;
  if (status === 401 || status === 403) throw new Unreachable(`${host} refuses our credentials (HTTP ${status})`);
  if (status >= 500) throw new Unreachable(`${host} is in trouble (HTTP ${status})`);
  return `${host} answers (HTTP ${status})`;
}
