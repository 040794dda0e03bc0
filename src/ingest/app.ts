import express from "express";
import type { ErrorRequestHandler, Express, RequestHandler, Router } from "express";
import { problemAnswer, sendAnswer } from "./answer.ts";
import { createNotFound } from "./door.ts";
import type { DoorContext } from "./door.ts";
import { problem } from "./problem.ts";

/**
 * The whole HTTP surface: the given routers in order, then a constant 404, then the one place where an error becomes an
 * answer. Express' own error page is never reached: it shows stack traces and prints the error, body included.
 */
export function createApp(context: DoorContext, routers: readonly (Router | RequestHandler)[]): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  for (const router of routers) app.use(router);
  app.use(createNotFound(context));
  app.use(createErrorHandler(context));
  return app;
}

function createErrorHandler({ clock, limits, newId, tally }: DoorContext): ErrorRequestHandler {
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
