import type { IncomingMessage, ServerResponse } from "node:http";
import { Router } from "express";
import type { RequestHandler } from "express";
import type { Inbound } from "../providers/provider.ts";
import { Unavailable } from "../store/store.ts";
import { createAuthorizer } from "./authorize.ts";
import { problemAnswer, sendAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { DoorContext, Refused } from "./door-context.ts";
import { createHeldBodies } from "./held-bodies.ts";
import { problem } from "./problem.ts";
import { takeContact } from "./take-contact.ts";
import { takeEvents } from "./take-events.ts";
import { takeUnsubscribe } from "./take-unsubscribe.ts";
import { takeWebhook } from "./take-webhook.ts";
import { createEventValidator } from "./validate-event.ts";

export type { DoorContext } from "./door-context.ts";

export interface Door {
  readonly routes: Router;
  /** Answers the webhooks of known vendors, past Express, and says so; false leaves a request to the routes. */
  readonly takes: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Names of providers are like this; any other spelling of one is for the routes to read. */
const webhookPath = /^\/webhooks\/([a-z0-9_-]+)(?:\?|$)/;

/**
 * The way in: `POST /webhooks/:provider` for vendors, `POST /v1/events` and `PUT /v1/contacts/:id` for your own systems.
 * A 2xx means that every event of the request is durable; whatever else happens, the sender hears a status that makes it
 * come again exactly when that makes sense.
 */
export function createDoor(given: DoorContext): Door {
  const context = { ...given, held: createHeldBodies(given.limits) };
  const router = Router({ caseSensitive: true, strict: true });
  const isAuthorized = createAuthorizer(context.apiToken);
  const validate = createEventValidator();

  router.all("/webhooks/:provider", (request, response) => {
    const name = request.params.provider;
    const inbound = context.providers.get(name)?.inbound ?? null;
    if (inbound === null) {
      return refuse(context, request, response, "none", { refused: "unknown_provider", problem: problem(404) });
    }
    return serve(context, request, response, webhookFor(name, inbound), () =>
      takeWebhook(context, name, inbound, request),
    );
  });
  router.all("/v1/events", (request, response) =>
    serve(context, request, response, { source: "api", methods: ["POST"] }, () =>
      takeEvents(context, validate, isAuthorized, request),
    ),
  );
  router.all("/v1/contacts/:id", (request, response) => {
    const asked = { id: request.params.id, validate, isAuthorized };
    return serve(context, request, response, { source: "api", methods: ["PUT"] }, () =>
      takeContact(context, asked, request),
    );
  });
  router.all("/unsubscribe/:token", (request, response) =>
    serve(context, request, response, { source: "none", methods: ["GET", "HEAD", "POST"] }, () =>
      takeUnsubscribe(context, request.params.token, request),
    ),
  );
  router.all(["/v1/:call", "/webhooks/:provider/:part"], (request, response, next) => {
    const found = providerAt(context.providers, request.path);
    if (found === null) return next();
    const { name, inbound, bodyBytes } = found;
    return serve(context, request, response, webhookFor(name, inbound), () =>
      takeWebhook(context, name, inbound, request, bodyBytes),
    );
  });
  return {
    routes: router,
    takes(request, response) {
      const name = webhookPath.exec(request.url ?? "")?.[1];
      const inbound = name === undefined ? null : (context.providers.get(name)?.inbound ?? null);
      if (name === undefined || inbound === null) return false;
      const taken = serve(context, request, response, webhookFor(name, inbound), () =>
        takeWebhook(context, name, inbound, request),
      );
      // Without an answer the sender comes again.
      taken.catch(() => response.destroy());
      return true;
    },
  };
}

/** The provider that is reached at a path of its own. */
function providerAt(providers: DoorContext["providers"], path: string) {
  for (const [name, { inbound }] of providers) {
    const bodyBytes = inbound?.paths?.get(path);
    if (inbound !== null && bodyBytes !== undefined) return { name, inbound, bodyBytes };
  }
  return null;
}

/** For paths that nobody serves. Mounted after everything else. */
export function createNotFound(context: DoorContext): RequestHandler {
  return (request, response) => {
    refuse(context, request, response, "none", { refused: "unknown_path", problem: problem(404) });
  };
}

interface Asked {
  /** Whom the tally counts it for. */
  readonly source: string;
  readonly methods: readonly string[];
}

function webhookFor(source: string, { methods = ["POST"] }: Inbound): Asked {
  return { source, methods };
}

async function serve(
  context: DoorContext,
  request: IncomingMessage,
  response: ServerResponse,
  { source, methods }: Asked,
  take: () => Promise<Answer | Refused>,
): Promise<void> {
  if (!methods.includes(request.method ?? "")) {
    const headers = { allow: methods.join(", ") };
    refuse(context, request, response, source, { refused: "method", problem: problem(405), headers });
    return;
  }
  try {
    const result = await take();
    if ("refused" in result) refuse(context, request, response, source, result);
    else sendAnswer(request, response, result, context.clock, context.limits.lingerMs);
  } catch (error) {
    answerFailure(context, request, response, source, error);
  }
}

function refuse(
  context: DoorContext,
  request: IncomingMessage,
  response: ServerResponse,
  source: string,
  refused: Refused,
): void {
  context.tally.refused(source, refused.refused);
  if (refused.problem === null) return;
  const answer = problemAnswer(refused.problem, context.newId(), refused.headers);
  sendAnswer(request, response, answer, context.clock, context.limits.lingerMs);
}

/** Our own trouble: 503 when another try makes sense, which is what every vendor retries on; 500 when we do not know. */
function answerFailure(
  context: DoorContext,
  request: IncomingMessage,
  response: ServerResponse,
  source: string,
  error: unknown,
): void {
  const id = context.newId();
  const { clock, limits, tally } = context;
  tally.failed(id, error);
  if (error instanceof Unavailable) {
    tally.refused(source, "unavailable");
    const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1_000));
    const answer = problemAnswer(problem(503), id, { "retry-after": String(seconds) });
    sendAnswer(request, response, answer, clock, limits.lingerMs);
    return;
  }
  tally.refused(source, "internal");
  sendAnswer(request, response, problemAnswer(problem(500), id), clock, limits.lingerMs);
}
