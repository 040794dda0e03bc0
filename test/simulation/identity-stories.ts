import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject } from "../../src/core/model/parse-json.ts";
import type { Chance } from "./chance.ts";
import type { Person } from "./people.ts";

const MINUTE = 60_000;

/** Something that your own systems say, so long after the story began. */
export interface Told {
  readonly afterMs: number;
  readonly event: JsonObject;
}

/** Who tells what of whom. */
interface Teller {
  readonly chance: Chance;
  readonly number: number;
  readonly who: Person;
}

/** What makes rules speak, to whoever it is about. */
function occasion({ chance, number }: Teller, index: number): JsonObject {
  return chance.pick<JsonObject>([
    { event_type: "Payment Failed", data: { amount: number } },
    { event_type: "Trial Started", data: { plan: chance.pick(["free", "pro"]) } },
    { event_type: "Survey Due" },
    { event_type: "Order Completed", data: { order_id: `order-${number}-${index}` } },
  ]);
}

const granted = (channel: string): JsonObject => ({
  event_type: "consent.granted",
  data: { channel, source: "form", wording: "Write to me." },
});
const identified = (first_name: string): JsonObject => ({
  event_type: "contact.identified",
  data: { traits: { first_name } },
});
const stop: JsonObject = { event_type: "sms.received", data: { text: "STOP" } };

/** The same person under two ids, which one day is noticed; now and then by two systems that disagree about who stays. */
export function merges(teller: Teller): readonly Told[] {
  const { chance, who, number } = teller;
  const other = `${who.id}b`;
  const phone = `+1202555${1_300 + (number % 20)}`;
  const either = (): string => chance.pick([who.id, other]);
  const moment = (): number => chance.between(0, chance.pick([500, 5_000, 40 * MINUTE]));
  const occasions = Array.from({ length: chance.between(2, 4) }, (_, index): Told => {
    return { afterMs: moment(), event: { ...occasion(teller, index), contact_id: either() } };
  });
  const known = { ...identified(who.firstName), contact_id: other, address: { phone } };
  const ids = chance.happens(0.8) ? [who.id, other] : [other, who.id];
  const [stays = "", goes = ""] = ids;
  return [
    { afterMs: 0, event: known },
    ...["sms", "email"].map((channel) => ({ afterMs: 0, event: { ...granted(channel), contact_id: other } })),
    ...occasions,
    ...(chance.happens(0.3) ? [{ afterMs: moment(), event: { ...stop, address: { phone } } }] : []),
    { afterMs: moment(), event: { event_type: "contact.merged", contact_id: stays, data: { from: goes } } },
    ...(chance.happens(0.3)
      ? [{ afterMs: moment(), event: { event_type: "contact.merged", contact_id: goes, data: { from: stays } } }]
      : []),
    ...(chance.happens(0.2) ? erases(teller) : []),
  ];
}

/** A visitor whom nobody knows, until they say who they are; the browser may be somebody else's by then. */
export function visits(teller: Teller): readonly Told[] {
  const { chance, who, number } = teller;
  const anonymous_id = `browser-${number % 3}`;
  const visit = (index: number): Told => {
    const event = occasion(teller, index);
    const data = isJsonObject(event["data"]) ? event["data"] : {};
    return { afterMs: chance.between(0, 20 * MINUTE), event: { ...event, data: { ...data, anonymous_id } } };
  };
  const known = { event_type: "contact.identified", data: { anonymous_id, traits: { first_name: who.firstName } } };
  return [
    ...[0, 1].map(visit),
    { afterMs: chance.between(0, 10 * MINUTE), event: { ...known, contact_id: who.id } },
    ...(chance.happens(0.3) ? [{ afterMs: 15 * MINUTE, event: { ...known, contact_id: `${who.id}x` } }] : []),
  ];
}

/** Somebody wants to be forgotten; the news of it is overtaken, and some come back later. */
export function erases(teller: Teller): readonly Told[] {
  const { chance, who } = teller;
  const moment = chance.between(0, chance.pick([500, 5_000, 20 * MINUTE]));
  const about = (afterMs: number, event: JsonObject): Told => ({ afterMs, event: { ...event, contact_id: who.id } });
  return [
    about(chance.between(0, moment), occasion(teller, 7)),
    ...(chance.happens(0.4) ? [{ afterMs: moment, event: { ...stop, address: { phone: who.phone } } }] : []),
    about(moment, { event_type: "contact.erased" }),
    about(moment + chance.between(0, 10 * MINUTE), occasion(teller, 8)),
    ...(chance.happens(0.3)
      ? [
          about(moment + 30 * MINUTE, { ...identified(who.firstName), address: { phone: who.phone } }),
          about(moment + 31 * MINUTE, occasion(teller, 9)),
        ]
      : []),
  ];
}
