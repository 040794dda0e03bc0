import type { RequestListener } from "node:http";
import express from "express";
import type { RequestHandler, Router } from "express";
import { createNotFound } from "./door.ts";
import type { Door } from "./door.ts";
import type { DoorContext } from "./door-context.ts";
import { createErrorHandler } from "./error-handler.ts";

/**
 * The whole HTTP surface: the door, whose webhooks go past Express, for each costs there nearly as much as its signature;
 * the given routers in order, then a constant 404, then the place where an error becomes an answer.
 */
export function createApp(
  context: DoorContext,
  door: Door | null,
  routers: readonly (Router | RequestHandler)[] = [],
): RequestListener {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  if (door !== null) app.use(door.routes);
  for (const router of routers) app.use(router);
  app.use(createNotFound(context));
  app.use(createErrorHandler(context));
  return (request, response) => {
    if (door?.takes(request, response) !== true) app(request, response);
  };
}
