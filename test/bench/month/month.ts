import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import { identityKey } from "../../../src/core/model/identity.ts";
import type { CompiledWorkspace } from "../../../src/rulebook/compile-workspace.ts";
import { createAgenda } from "./agenda.ts";
import { type Act, type Behaviour, DAY, drawsOfDay, MINUTE, SECOND } from "./behaviour.ts";
import { drawsOf } from "./draws.ts";
import { type Person, personOf } from "./people.ts";
import { createProduction, type Sent } from "./production.ts";

/** A month that is to be recorded. */
export interface MonthSettings {
  readonly workspace: CompiledWorkspace;
  readonly behaviour: Behaviour;
  readonly contacts: number;
  readonly days: number;
  readonly seed: number;
  /** Midnight UTC of the first day, in epoch milliseconds. */
  readonly from: number;
}

/** Whoever writes it down. What comes in comes in the order in which it came in. */
export interface Recorder {
  event(event: CanonicalEvent): void;
  sent(message: Sent): void;
}

/** How much there was to write down. */
interface Recordings {
  readonly events: number;
  readonly sent: number;
}

interface Arrival {
  readonly person: Person;
  readonly event: Omit<CanonicalEvent, "received_at">;
}

/**
 * Lives a month: production runs by the rules, people do what they do, and answer what they were sent. Some news comes
 * late, some twice. The same settings always give the same month.
 */
export async function recordMonth(settings: MonthSettings, recorder: Recorder): Promise<Recordings> {
  const { workspace, behaviour, contacts, days, seed, from } = settings;
  const agenda = createAgenda<Arrival | { readonly wake: string }>();
  const until = from + days * DAY;
  let [events, messages] = [0, 0];
  let named = 0;
  const put = (person: Person, act: Act, since: number): void => {
    const draws = drawsOf(seed, "way", person.number, act.type, act.after, since);
    const at = since + act.after;
    const late = draws.chance(0.01) ? draws.between(5, 90) * MINUTE : draws.between(20, 400);
    const event = eventOf(person, act, `e${(named += 1)}`, at);
    agenda.put(at + late, 0, { person, event });
    if (draws.chance(0.01)) agenda.put(at + late + draws.between(1, 600) * SECOND, 0, { person, event });
  };
  const people = Array.from({ length: contacts }, (_, number) => personOf(seed, number));
  const byId = new Map(people.map((person) => [person.id, person]));
  const production = createProduction(workspace, {
    wake: (key, at) => agenda.put(at, 1, { wake: key }),
    sent: (message, sent) => {
      recorder.sent(sent);
      messages += 1;
      const person = byId.get(message.contactId ?? "");
      if (person === undefined) return;
      const draws = drawsOf(seed, "reacts", message.intentId);
      for (const act of behaviour.reacts(person, message, draws)) put(person, act, sent.at);
    },
  });
  for (let day = 0; day < days; day += 1) {
    const began = from + day * DAY;
    for (const person of people) {
      for (const act of behaviour.acts(person, day, drawsOfDay(seed, person, day))) put(person, act, began);
    }
    for (const end = Math.min(began + DAY, until); agenda.nextAt() < end;) {
      const due = agenda.take();
      if (due === undefined) break;
      if ("wake" in due.item) {
        await production.wake(due.item.wake, due.at);
        continue;
      }
      const event = { ...due.item.event, received_at: new Date(due.at).toISOString() };
      events += 1;
      recorder.event(event);
      const key = identityKey(event);
      if (key !== null) await production.take(key, event, due.at);
    }
  }
  return { events, sent: messages };
}

const PROVIDERS: Readonly<Record<Act["by"], string>> = { app: "app", mail: "mailer", carrier: "carrier" };

function eventOf(person: Person, act: Act, id: string, at: number): Arrival["event"] {
  const { email, phone } = person;
  const whose = {
    app: { contact_id: person.id, ...(act.introduces === true && { address: { email, phone } }) },
    mail: { channel: "email", contact_id: person.id, address: { email } },
    carrier: { channel: "sms", address: { phone } },
  }[act.by];
  return {
    schema_version: 1,
    event_id: id,
    event_type: act.type,
    occurred_at: new Date(at).toISOString(),
    provider: PROVIDERS[act.by],
    ...whose,
    ...(act.message !== undefined && { message_id: act.message }),
    data: act.data,
  };
}
