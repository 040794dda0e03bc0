import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import { type RequestHandler, Router } from "express";
import { contactsApi } from "../console/contacts-api.ts";
import { deadLettersApi } from "../console/dead-letters-api.ts";
import { overviewPage } from "../console/overview-page.ts";
import { outboxApi } from "../console/outbox-api.ts";
import { pausesApi, type PausesPort } from "../console/pauses-api.ts";
import { createRefs } from "../console/refs.ts";
import { releasesPage, rollbackDeed } from "../console/releases-page.ts";
import { releasesApi } from "../console/releases-api.ts";
import { consoleRoutes } from "../console/routes.ts";
import { rulePage } from "../console/rule-page.ts";
import { rulesPage } from "../console/rules-page.ts";
import { type StatusParts, statusRoutes } from "../console/status.ts";
import { watchFigures } from "../console/watch-figures.ts";
import type { Clock } from "../core/model/clock.ts";
import { problemAnswer, sendAnswer } from "../ingest/answer.ts";
import { createApp } from "../ingest/app.ts";
import { createAuthorizer } from "../ingest/authorize.ts";
import { createDoor, type DoorContext } from "../ingest/door.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { problem } from "../ingest/problem.ts";
import type { Tally } from "../ingest/tally.ts";
import type { Unsubscribing } from "../ingest/unsubscribing.ts";
import { faultFields, type Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Provider } from "../providers/provider.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import { readOutbox } from "../providers/outbox/journal.ts";
import { createEndedSessions } from "../runtime/ended-sessions.ts";
import { quietDoors } from "../runtime/quiet-doors.ts";
import type { Store } from "../store/store.ts";
import { cancelPort } from "./contact-cancel.ts";
import { deadLettersPort } from "./dead-letters-port.ts";
import { createLiveRuns } from "./live-runs.ts";
import { peoplePages } from "./people-pages.ts";
import { releasesPort } from "./releases-port.ts";
import type { Role, Roles } from "./roles.ts";

export interface HttpParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Those of the newest deployed workspace. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly apiToken: string;
  /** Of those who may look at the console and change nothing; null when there are none. */
  readonly viewerToken: string | null;
  readonly country: string;
  readonly contacts: DoorContext["contacts"];
  readonly unsubscribing: () => Unsubscribing | null;
  readonly dataDirectory: string;
  readonly roles: Roles;
  readonly running: StatusParts["running"];
  /** What runs. */
  readonly workspace: () => CompiledWorkspace;
  /** Null until the engine runs. */
  readonly pauses: () => PausesPort | null;
}

/** What both ways in share: HTTP, and what other systems publish into the store. */
export function createDoorContext(parts: HttpParts): DoorContext {
  return { ...parts, limits: defaultLimits, tally: createTally(parts), newId: () => randomUUID() };
}

/** What this process answers over HTTP, in the order it is looked up. Every one says how it is, whatever its roles. */
export function createHttpApp(parts: HttpParts): RequestListener {
  const { roles } = parts;
  const door = createDoorContext(parts);
  const ingests = roles.has("ingest");
  return createApp(door, ingests ? createDoor(door) : null, [
    ...(ingests ? [] : [elsewhere(door, "ingest", ["/webhooks", "/v1", "/unsubscribe"])]),
    statusRoutes(parts),
    ...(roles.has("console") ? [createApi(door, parts), createConsole(parts)] : [elsewhere(door, "console", ["/api"])]),
  ]);
}

/** Whoever comes to the wrong process comes again: a balancer may lead it to another, or somebody mends the way there. */
function elsewhere({ clock, limits, newId, tally }: DoorContext, role: Role, paths: string[]): Router {
  const title = `This process does not serve this path: it needs one that runs with --role ${role}`;
  return Router().use(paths, (request, response) => {
    tally.refused("none", "not_served");
    sendAnswer(request, response, problemAnswer(problem(503, title), newId()), clock, limits.lingerMs);
  });
}

/** Every page and every deed of the console, with the ports that it needs. */
function createConsole(parts: HttpParts): Router {
  const { store, clock, log, apiToken, viewerToken, workspace } = parts;
  const people = peoplePages(parts);
  const refs = createRefs(apiToken);
  const rules = {
    ...parts,
    rulebook: () => workspace().rulebook,
    live: createLiveRuns(store, clock),
    refs,
    quietDoors,
  };
  const released = { releases: releasesPort(store, clock), zone: () => workspace().rulebook.workspace.timeZone };
  return consoleRoutes({
    clock,
    ended: createEndedSessions(store, clock),
    tokens: { operator: apiToken, ...(viewerToken !== null && { viewer: viewerToken }) },
    pages: [overviewPage(rules), rulesPage(rules), rulePage(rules), ...people.pages, releasesPage(released)],
    deeds: [...people.deeds, rollbackDeed(released)],
    newId: () => randomUUID(),
    onFault: (id, fault) => log.error("a page could not be made", { id, ...faultFields(fault) }),
    onNews: watchFigures(store, clock),
  });
}

function createApi(door: DoorContext, parts: HttpParts): Router {
  const api = Router();
  api.use(
    "/api",
    requireToken(door),
    contactsApi(cancelPort(parts.store, parts.clock)),
    deadLettersApi(deadLettersPort(parts.store, parts.clock)),
    outboxApi((page) => readOutbox(parts.dataDirectory, page)),
    pausesApi(parts.pauses),
    releasesApi(releasesPort(parts.store, parts.clock)),
  );
  return api;
}

function requireToken({ apiToken, clock, limits, newId, tally }: DoorContext): RequestHandler {
  const isAuthorized = createAuthorizer(apiToken);
  return (request, response, next) => {
    if (isAuthorized(request.headers.authorization)) return next();
    tally.refused("none", "unauthorized");
    const answer = problemAnswer(problem(401), newId(), { "www-authenticate": "Bearer" });
    sendAnswer(request, response, answer, clock, limits.lingerMs);
  };
}

function createTally({ log, metrics }: HttpParts): Tally {
  return {
    accepted(source, counts) {
      metrics.webhookAccepted(source, counts.fresh);
      if (counts.duplicates > 0) metrics.webhookDuplicate(source, counts.duplicates);
      if (counts.unknown !== undefined && counts.unknown > 0) metrics.webhookUnknown(source, counts.unknown);
      if (counts.quarantined > 0) {
        metrics.webhookQuarantined(source, counts.quarantined);
        log.warn("part of what was sent to us was not understood and is in quarantine", {
          source,
          quarantined: counts.quarantined,
        });
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
