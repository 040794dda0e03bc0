import { randomUUID } from "node:crypto";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { outboxApi } from "../console/outbox-api.ts";
import { statusRoutes } from "../console/status.ts";
import type { Clock } from "../core/model/clock.ts";
import { problemAnswer, sendAnswer } from "../ingest/answer.ts";
import { createAuthorizer } from "../ingest/authorize.ts";
import { createDoor, createNotFound, type DoorContext } from "../ingest/door.ts";
import { defaultDoorLimits } from "../ingest/limits.ts";
import { problem } from "../ingest/problem.ts";
import type { Tally } from "../ingest/tally.ts";
import { faultFields, type Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Provider } from "../providers/provider.ts";
import { readOutbox } from "../providers/outbox/journal.ts";
import type { Store } from "../store/store.ts";

export interface HttpParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Those of the newest deployed workspace. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly apiToken: string;
  readonly country: string;
  readonly dataDirectory: string;
}

/** Everything Heed answers over HTTP, in the order it is looked up. */
export function createHttpApp(parts: HttpParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  const door: DoorContext = { ...parts, limits: defaultDoorLimits, tally: createTally(parts), newId: () => randomUUID() };
  app.use(createDoor(door));
  app.use(statusRoutes(parts.store, parts.metrics));
  app.use("/api", requireToken(parts), outboxApi((page) => readOutbox(parts.dataDirectory, page)));
  app.use(createNotFound(door));
  app.use(lastResort(parts));
  return app;
}

function requireToken({ apiToken, clock }: HttpParts) {
  const isAuthorized = createAuthorizer(apiToken);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (isAuthorized(request.headers.authorization)) return next();
    const headers = { "www-authenticate": "Bearer" };
    sendAnswer(request, response, problemAnswer(problem(401), randomUUID(), headers), clock, 0);
  };
}

/** Express would print the error, body included; we tell its class and an id. */
function lastResort({ log, clock }: HttpParts) {
  return (fault: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const id = randomUUID();
    log.error("a request failed", { id, ...faultFields(fault) });
    sendAnswer(request, response, problemAnswer(problem(500), id), clock, 0);
  };
}

function createTally({ log, metrics }: HttpParts): Tally {
  return {
    accepted(source, counts) {
      metrics.webhookAccepted(source, counts.fresh);
      if (counts.duplicates > 0) metrics.webhookDuplicate(source, counts.duplicates);
      if (counts.quarantined > 0) {
        metrics.webhookQuarantined(source, counts.quarantined);
        log.warn("part of a webhook was not understood and is in quarantine", { source, quarantined: counts.quarantined });
      }
    },
    refused(source, reason) {
      metrics.webhookRejected(source, reason);
    },
    failed(id, error) {
      log.error("a request could not be taken", { id, ...faultFields(error) });
    },
  };
}
