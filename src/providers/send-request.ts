import type { Clock } from "../core/model/clock.ts";
import type { SendOutcome } from "../core/model/outgoing.ts";
import { withDeadline } from "./deadline.ts";
import { transportFailure } from "./transport-failure.ts";
import { addressRefused, type HttpAnswer, HttpFailure, type HttpRequest, type VendorHttp } from "./vendor-http.ts";

/** What a send over plain HTTP needs beside its request. */
export interface Sending {
  readonly http: VendorHttp;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** One create over plain HTTP: whatever its end, it is an outcome. */
export async function sendRequest(
  { http, clock, timeoutMs }: Sending,
  request: HttpRequest,
  outcomeOf: (answer: HttpAnswer) => SendOutcome,
): Promise<SendOutcome> {
  const gaveUp: SendOutcome = { kind: "ambiguous", code: "timeout" };
  return withDeadline(clock, timeoutMs, gaveUp, async (signal) => {
    try {
      return outcomeOf(await http.call(request, signal));
    } catch (error) {
      return outcomeOfFailure(error);
    }
  });
}

/** As `transportFailure`; a place that configuration does not allow is the same for every message. */
function outcomeOfFailure(error: unknown): SendOutcome {
  const refused = error instanceof HttpFailure && error.code === addressRefused;
  return refused ? { kind: "misconfigured", code: addressRefused } : transportFailure(error);
}
