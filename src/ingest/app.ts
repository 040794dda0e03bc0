import express from "express";
import type { Express, RequestHandler, Router } from "express";
import { createNotFound } from "./door.ts";
import type { DoorContext } from "./door-context.ts";
import { createErrorHandler } from "./error-handler.ts";

/** The whole HTTP surface: the given routers in order, then a constant 404, then the place where an error becomes an answer. */
export function createApp(context: DoorContext, routers: readonly (Router | RequestHandler)[]): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  for (const router of routers) app.use(router);
  app.use(createNotFound(context));
  app.use(createErrorHandler(context));
  return app;
}
