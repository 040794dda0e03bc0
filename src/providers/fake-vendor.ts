import type { Clock } from "../core/model/clock.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { ReportKind } from "./fake-behaviours.ts";
import type { SignedRequest } from "./signed-request.ts";

/**
 * A vendor played on this machine: its API for the vendor's own SDK, and its signed webhooks back to Heed. Tests use it,
 * and authors do as `heed run --fake` and `heed fake`. To play one more vendor, in its folder:
 *
 * 1. `fake.ts` starts its API with `startFakeServer(handle, port, reporter)`. The handler checks credentials, asks
 *    `next(recipient)` what to do with a create, translates that word into an answer of the vendor's own, and, whenever it
 *    takes a message, whatever it then answers, says so: `reporter?.taken(recipient, message)`.
 * 2. `const webhooks: FakeWebhooks<M, P>` says how the vendor tells what became of a message `M`: `report` gives its
 *    own payload (null for what it never reports), `request` makes one signed request of one or more.
 * 3. `export const <vendor>Fake: FakeVendor` reads the settings, opens the reporter with `openReporter(context, webhooks)`
 *    and starts the server. Ids begin at `context.clock.now() * 1_000`, so that a second run repeats none.
 * 4. The definition names it: `fake: async () => (await import("./fake.ts")).<vendor>Fake`.
 *
 * See `twilio/fake.ts` for one report in each request, `sendgrid/fake.ts` for batches and a key of our own.
 */
export interface FakeVendor {
  start(context: FakeContext): Promise<RunningFake>;
}

export interface FakeContext {
  /** As heed.yaml has them under `providers.<name>`. What the environment lacks still stands there as `${NAME}`. */
  readonly settings: JsonObject;
  /** 0 for any. */
  readonly port: number;
  readonly clock: Clock;
  /** Where Heed takes webhooks, such as `http://127.0.0.1:8080`; null as long as it does not. */
  readonly door: () => string | null;
  readonly tell: (news: FakeNews) => void;
}

export interface RunningFake {
  /**
   * What Heed's settings must say instead to speak to this fake and to nobody else: the base URL, whatever is required
   * and may be missing, the keys of which only the vendor has the other half, and a webhook.
   */
  readonly settings: JsonObject;
  close(): Promise<void>;
}

/** What a fake tells about itself: never an address or a text. */
export type FakeNews =
  /** A create came, and was taken or not. */
  | { readonly what: "message"; readonly behaviour: string; readonly answer: string }
  /** A webhook was sent, and the vendor is done with it or will send it again. */
  | {
      readonly what: "report";
      readonly kind: ReportKind;
      readonly count: number;
      readonly signature: "good" | "forged" | "stale";
      readonly end: "taken" | "again" | "dropped";
      readonly answer: DoorAnswer;
    };

/** How a vendor reports on messages `M`, in payloads `P`. */
export interface FakeWebhooks<M, P> {
  /** How many payloads one request takes. */
  readonly batch: number;
  readonly retries: RetryLaw;
  /** Null when the vendor reports no such thing. The same `serial` gives the same ids. */
  report(kind: ReportKind, message: M, moment: ReportMoment): P | null;
  /** Has at least one payload. */
  request(payloads: readonly P[], signing: FakeSigning): FakeWebhook;
}

export interface ReportMoment {
  /** Epoch milliseconds. */
  readonly happenedAt: number;
  /** A number of its own for each report. */
  readonly serial: number;
}

export interface FakeSigning {
  /** Epoch milliseconds, for vendors who sign the time. */
  readonly at: number;
  /** To be signed with a key or secret that is not the right one. */
  readonly forged: boolean;
}

export interface FakeWebhook extends Omit<SignedRequest, "body"> {
  readonly body: string | Uint8Array;
}

/** What a vendor makes of the answer to its webhook. */
export interface RetryLaw {
  after(answer: DoorAnswer): "taken" | "again" | "dropped";
  /** Milliseconds between attempts, as the vendor waits; a fake is sixty times as quick. After the last it gives up. */
  readonly waitsMs: readonly number[];
}

/** An HTTP status, or how the call failed: nobody listened, or nobody answered. */
export type DoorAnswer = number | "no_connection" | "no_answer";

/** The text at this path of the settings, or `otherwise` when it is not there or the environment lacks it. */
export function settingOf(settings: JsonObject, path: readonly string[], otherwise: string): string {
  let found: Json | undefined = settings;
  for (const key of path) found = isJsonObject(found) ? found[key] : undefined;
  return typeof found === "string" && found !== "" && !found.includes("${") ? found : otherwise;
}
