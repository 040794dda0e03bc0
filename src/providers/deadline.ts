import type { Clock } from "../core/model/clock.ts";

/** How long an aborted call may take to say how far it got, which decides between retryable and ambiguous. */
export const abortGraceMs = 500;

/**
 * Runs `call` and aborts its signal after `ms`, whatever bytes keep dripping in. A call that does not even react to
 * the abort is given up `abortGraceMs` later with `gaveUp`. Rejects as `call` does.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  gaveUp: T,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let cancel = (): void => undefined;
  const end = new Promise<T>((resolve) => {
    cancel = clock.after(ms, () => {
      cancel = clock.after(abortGraceMs, () => resolve(gaveUp));
      controller.abort();
    });
  });
  try {
    return await Promise.race([call(controller.signal), end]);
  } finally {
    cancel();
  }
}
