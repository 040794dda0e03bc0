import type { ServerClient } from "postmark";
import type { Clock } from "../../core/model/clock.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { withDeadline } from "../deadline.ts";
import { readMs } from "../event-parts.ts";
import type { Backfill, Normalized } from "../provider.ts";
import { failureCode } from "../transport-failure.ts";
import { HttpFailure } from "../vendor-http.ts";
import { PostmarkRefusal } from "./client.ts";
import type { PostmarkApi } from "./client.ts";
import { readReceived, readRecord } from "./normalize.ts";
import type { PostmarkReading } from "./normalize.ts";
import type { PostmarkSettings } from "./settings.ts";

type Read = Extract<Normalized, { events: unknown }>;
/** Null when Postmark does not keep any more what it is asked for. */
type Ask = (call: (client: ServerClient) => Promise<unknown>) => Promise<JsonObject | null>;

/** The most that Postmark lists at once, and altogether. */
const pageSize = 500;
const mostListed = 10_000;
/** What is taken in at once: some of it needs a call of its own, so that a page would be long in coming. */
const batchSize = 100;
const dayMs = 86_400_000;
/** How long before it was delivered a mail may have been sent: as long as Postmark tries. */
const longestDeliveryMs = dayMs / 2;
/** Postmark keeps the details of a message for some weeks; after that there is no such message. */
const noSuchMessage = "701";

const cannotAsk = "Postmark could not be asked for what it reported";

/** Both inclusive, epoch milliseconds. */
interface Period {
  readonly since: number;
  readonly until: number;
}

export interface PostmarkBackfill {
  readonly settings: PostmarkSettings;
  readonly reading: PostmarkReading;
  readonly clock: Clock;
}

/**
 * What webhooks would have brought, put together from several lists, with the ids of webhooks: deliveries from the
 * details of each message, bounces and complaints, suppressions, received mail, opens and clicks. That an address was
 * taken off a suppression list can't be asked for.
 */
export function backfillPostmark(api: PostmarkApi, { settings, reading, clock }: PostmarkBackfill): Backfill {
  const ask: Ask = async (call) => {
    const answer = await withDeadline<unknown>(clock, settings.timeoutMs, new HttpFailure("timeout", true), (signal) =>
      api.ask(signal, call).catch((error: unknown) => error),
    );
    if (isForgotten(answer)) return null;
    // Not as its cause: Postmark's words may name an address.
    if (answer instanceof Error) throw new Error(`${cannotAsk}: ${codeOf(answer)}`);
    return readJson(answer);
  };
  return async function* (since, until) {
    const lists = new Lists(ask, { since, until });
    const read = (record: JsonObject): Read => readRecord(record, reading.contactMetadata, clock.now());
    const streams = [settings.messageStream, settings.marketingStream];
    for await (const records of batches(lists.records(streams))) yield together(records.map(read));
    for await (const mails of batches(lists.mails())) {
      yield together(mails.map((mail) => readReceived(mail, reading, clock.now())));
    }
    for await (const records of batches(lists.looks())) yield together(records.map(read));
  };
}

/** The lists of Postmark for one period, as the records that webhooks bring. */
class Lists {
  readonly #ask: Ask;
  readonly #period: Period;
  /** What travelled with each message; lists of what happened to it do not say. */
  readonly #metadata = new Map<string, Json>();

  constructor(ask: Ask, period: Period) {
    this.#ask = ask;
    this.#period = period;
  }

  /** Deliveries, then bounces and complaints, then suppressions. */
  async *records(streams: readonly string[]): AsyncGenerator<JsonObject> {
    yield* this.#deliveries();
    const bounces = (offset: number) =>
      this.#ask((client) => client.getBounces({ count: pageSize, offset, ...this.#days() }));
    for await (const bounce of listed("Bounces", bounces)) {
      if (!this.#isWithin(bounce["BouncedAt"])) continue;
      yield this.#completed(bounce, bounce["Type"] === "SpamComplaint" ? "SpamComplaint" : "Bounce");
    }
    for (const stream of new Set(streams)) yield* this.#suppressions(stream);
  }

  /** Opens and clicks can't be asked for by date: they come newest first, until they are too old. */
  async *looks(): AsyncGenerator<JsonObject> {
    const opens = (offset: number) => this.#ask((client) => client.getMessageOpens({ count: pageSize, offset }));
    const clicks = (offset: number) => this.#ask((client) => client.getMessageClicks({ count: pageSize, offset }));
    for (const [name, type, page] of [
      ["Opens", "Open", opens],
      ["Clicks", "Click", clicks],
    ] as const) {
      for await (const look of listed(name, page)) {
        if ((readMs(look["ReceivedAt"]) ?? 0) < this.#period.since) break;
        if (this.#isWithin(look["ReceivedAt"])) yield await this.#completed(look, type);
      }
    }
  }

  /** Received mail with its text, told as of the time that stands in it, since the list has no other. */
  async *mails(): AsyncGenerator<JsonObject> {
    const page = (offset: number) =>
      this.#ask((client) => client.getInboundMessages({ count: pageSize, offset, ...this.#days() }));
    for await (const mail of listed("InboundMessages", page)) {
      const date = Date.parse(textOf(mail["Date"]));
      const at = Number.isNaN(date) ? null : new Date(date).toISOString();
      // Blocked is what Postmark keeps from us by our own rules.
      if (mail["Status"] === "Blocked" || (at !== null && !this.#isWithin(at))) continue;
      const details = await this.#ask((client) => client.getInboundMessageDetails(textOf(mail["MessageID"])));
      if (details !== null) yield { ...details, ReceivedAt: at };
    }
  }

  /** By the day, with one to spare at either end, because Postmark reads days by its own time zone. */
  #days(): { readonly fromDate: string; readonly toDate: string } {
    const { since, until } = this.#period;
    return { fromDate: dayOf(since - dayMs), toDate: dayOf(until + dayMs) };
  }

  #isWithin(time: Json | undefined): boolean {
    const at = readMs(time);
    return at !== null && at >= this.#period.since && at <= this.#period.until;
  }

  async *#deliveries(): AsyncGenerator<JsonObject> {
    const { since, until } = this.#period;
    const page = (offset: number) =>
      this.#ask((client) => client.getOutboundMessages({ count: pageSize, offset, ...this.#days() }));
    for await (const message of listed("Messages", page)) {
      const id = textOf(message["MessageID"]);
      this.#metadata.set(id, message["Metadata"] ?? null);
      const sentAt = readMs(message["ReceivedAt"]) ?? since;
      if (sentAt < since - longestDeliveryMs || sentAt > until) continue;
      for (const event of objectsIn((await this.#details(id))?.["MessageEvents"])) {
        if (event["Type"] === "Delivered" && this.#isWithin(event["ReceivedAt"])) yield deliveryOf(message, event);
      }
    }
  }

  async *#suppressions(stream: string): AsyncGenerator<JsonObject> {
    const list = await this.#ask((client) => client.getSuppressions(stream));
    for (const suppression of objectsIn(list?.["Suppressions"])) {
      if (this.#isWithin(suppression["CreatedAt"])) yield changeOf(suppression, stream);
    }
  }

  async #completed(record: JsonObject, type: string): Promise<JsonObject> {
    const id = textOf(record["MessageID"]);
    if (!this.#metadata.has(id)) this.#metadata.set(id, (await this.#details(id))?.["Metadata"] ?? null);
    return { ...record, RecordType: type, Metadata: this.#metadata.get(id) ?? null };
  }

  #details(id: string): Promise<JsonObject | null> {
    return this.#ask((client) => client.getOutboundMessageDetails(id));
  }
}

async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function together(reads: readonly Read[]): Read {
  return {
    events: reads.flatMap(({ events }) => events),
    quarantined: reads.flatMap(({ quarantined }) => quarantined),
  };
}

/** All of a list, page by page. */
async function* listed(name: string, page: (offset: number) => Promise<JsonObject | null>): AsyncGenerator<JsonObject> {
  for (let offset = 0; offset < mostListed; offset += pageSize) {
    const items = objectsIn((await page(offset))?.[name]);
    yield* items;
    if (items.length < pageSize) return;
  }
  throw new Error(
    `Postmark lists ${mostListed} ${name} at most, and there are more; ask for a shorter time with --since and --until`,
  );
}

function deliveryOf(message: JsonObject, event: JsonObject): JsonObject {
  const details = isJsonObject(event["Details"]) ? event["Details"] : {};
  return {
    RecordType: "Delivery",
    MessageID: message["MessageID"] ?? null,
    MessageStream: message["MessageStream"] ?? null,
    Recipient: event["Recipient"] ?? null,
    Tag: message["Tag"] ?? null,
    DeliveredAt: event["ReceivedAt"] ?? null,
    Details: details["DeliveryMessage"] ?? null,
    Metadata: message["Metadata"] ?? null,
  };
}

/** Of no message: by which one it came about is not said. */
function changeOf(suppression: JsonObject, stream: string): JsonObject {
  return {
    RecordType: "SubscriptionChange",
    MessageStream: stream,
    Recipient: suppression["EmailAddress"] ?? null,
    ChangedAt: suppression["CreatedAt"] ?? null,
    Origin: suppression["Origin"] ?? null,
    SuppressSending: true,
    SuppressionReason: suppression["SuppressionReason"] ?? null,
  };
}

function isForgotten(answer: unknown): boolean {
  return answer instanceof PostmarkRefusal && answer.code === noSuchMessage;
}

function codeOf(error: Error): string {
  if (!(error instanceof PostmarkRefusal)) return failureCode(error);
  return error.code === null ? `status ${error.status}` : `error ${error.code}`;
}

/** What the SDK gives is what Postmark answered, whatever its types promise. */
function readJson(answer: unknown): JsonObject {
  const parsed = typeof answer === "object" ? parseJson(JSON.stringify(answer)) : null;
  if (parsed?.ok === true && isJsonObject(parsed.value)) return parsed.value;
  throw new Error(`${cannotAsk}: its answer can't be read`);
}

function objectsIn(list: Json | undefined): readonly JsonObject[] {
  return isJsonArray(list) ? list.filter(isJsonObject) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
