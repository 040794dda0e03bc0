import type { ErrorRequestHandler } from "express";
import { problemAnswer, sendAnswer } from "./answer.ts";
import type { DoorContext } from "./door-context.ts";
import { problem } from "./problem.ts";

/**
 * Turns what escapes a handler into a constant answer. Express' own error page is never reached: it shows stack traces,
 * and prints the error, body included.
 */
export function createErrorHandler({ clock, limits, newId, tally }: DoorContext): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const id = newId();
    const status = statusOf(error);
    if (status === 500) tally.failed(id, error);
    tally.refused("none", status === 500 ? "internal" : "malformed");
    sendAnswer(request, response, problemAnswer(problem(status), id), clock, limits.lingerMs);
  };
}

/** Express marks what the sender did wrong (a path that cannot be decoded) with a status of its own. */
function statusOf(error: unknown): number {
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}
