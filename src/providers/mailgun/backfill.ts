import type { Clock } from "../../core/model/clock.ts";
import { withDeadline } from "../deadline.ts";
import type { Backfill } from "../provider.ts";
import { failureCode } from "../transport-failure.ts";
import { readEventsPage } from "./api.ts";
import type { EventsPage, MailgunApi } from "./api.ts";
import { normalizeMailgunEvent } from "./normalize-event.ts";
import { outcome } from "./normalize.ts";
import type { MailgunSettings } from "./settings.ts";

const pageSize = "300";

/** The list of events has them as webhooks bring them, under the same ids. Mailgun keeps them for days, by plan. */
export function backfillMailgun(api: MailgunApi, settings: MailgunSettings, clock: Clock): Backfill {
  const read = async (page: URLSearchParams | string): Promise<EventsPage> => {
    const answer = await withDeadline(clock, settings.timeoutMs, null, (signal) => api.events(page, signal)).catch(
      (error: unknown) => {
        throw new Error(`Mailgun could not be asked for its events: ${failureCode(error)}`);
      },
    );
    const found = answer?.status === 200 ? readEventsPage(answer.body) : null;
    if (found !== null) return found;
    const why = answer === null ? "timeout" : `status ${answer.status}`;
    throw new Error(`Mailgun could not be asked for its events: ${why}`);
  };

  return async function* (since, until) {
    let page: URLSearchParams | string = new URLSearchParams({
      begin: seconds(since),
      end: seconds(until),
      ascending: "yes",
      limit: pageSize,
    });
    for (;;) {
      const { items, next }: EventsPage = await read(page);
      const now = clock.now();
      const parts = items.map((item) => outcome(normalizeMailgunEvent(item, settings.contactVariable, now), item));
      if (parts.length > 0) {
        yield {
          events: parts.flatMap(({ events }) => events),
          quarantined: parts.flatMap(({ quarantined }) => quarantined),
        };
      }
      if (items.length === 0 || next === null) return;
      page = next;
    }
  };
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}
