import {
  type Act,
  type Behaviour,
  HOUR,
  introduction,
  MINUTE,
  minutesOf,
  SECOND,
  usualReactions,
} from "../../bench/month/behaviour.ts";
import { type Draws, drawsOf } from "../../bench/month/draws.ts";
import type { Person } from "../../bench/month/people.ts";

/** What the customers of the planted workspace do. */
export const plantedBehaviour: Behaviour = {
  acts(person, day, draws) {
    const joins = joiningDay(person);
    if (day < joins) return [];
    const since = day === joins ? 4 * HOUR : 0;
    return [
      ...(day === joins ? signUp(person, draws) : []),
      ...orders(person, day, draws, since),
      ...reading(draws, since),
      ...(day % 3 === 2 ? [priceDrop(draws)] : []),
    ];
  },
  reacts: usualReactions,
};

/** Most were there before the month; others come during its first ten days. */
function joiningDay({ number }: Person): number {
  const draws = drawsOf("joining", number);
  return draws.chance(0.7) ? 0 : draws.between(0, 10);
}

/** Another system asks them to verify their address; its mails have names of its own. */
function signUp(person: Person, draws: Draws): readonly Act[] {
  const began = draws.between(0, 3 * 3_600) * SECOND + draws.between(0, 999);
  const mail = `verify-${person.number}`;
  const delivered = began + draws.between(20, 90) * SECOND;
  const acts: Act[] = [
    ...introduction(person, began, { status: "lead" }),
    { type: "Signed Up", by: "app", after: began + 3_000, data: {} },
    {
      type: "email.delivered",
      by: "mail",
      after: delivered,
      data: { template: "account-verification" },
      message: mail,
    },
  ];
  if (!draws.chance(0.75)) return acts;
  const opened = delivered + minutesOf(draws, 120);
  acts.push({ type: "email.opened", by: "mail", after: opened, data: {}, message: mail });
  if (!draws.chance(0.8)) return acts;
  const verified = opened + draws.between(5, 900) * SECOND + 7;
  acts.push({ type: "contact.updated", by: "app", after: verified, data: { traits: { status: "verified" } } });
  return acts;
}

function orders({ number, eager }: Person, day: number, draws: Draws, since: number): readonly Act[] {
  if (!draws.chance(0.06 + 0.14 * eager)) return [];
  const cart = { cart_id: `cart-${number}-${day}`, total: draws.between(10, 400) };
  const started = since + draws.between(0, 15 * 3_600) * SECOND + draws.between(0, 999);
  const acts: Act[] = [{ type: "Checkout Started", by: "app", after: started, data: cart }];
  if (!draws.chance(0.5)) return acts;
  const ordered = started + minutesOf(draws, 240);
  acts.push({ type: "Order Completed", by: "app", after: ordered, data: { cart_id: cart.cart_id } });
  const shipped = ordered + draws.between(8, 40) * HOUR + draws.between(0, 3_600_000);
  acts.push({ type: "Order Shipped", by: "app", after: shipped, data: { cart_id: cart.cart_id } });
  return acts;
}

function reading(draws: Draws, since: number): readonly Act[] {
  const read = (): Act => ({
    type: "Guide Read",
    by: "app",
    after: since + draws.between(0, 19 * 3_600) * SECOND + draws.between(0, 999),
    data: { guide: draws.pick(["pricing", "setup", "security"]) },
  });
  if (!draws.chance(0.12)) return [];
  return draws.chance(0.2) ? [read(), read()] : [read()];
}

/** A campaign of the shop's own, told for each customer within an hour. */
function priceDrop(draws: Draws): Act {
  const after = 15 * HOUR + draws.between(0, 60) * MINUTE + draws.between(0, 59_999);
  return { type: "Price Dropped", by: "app", after, data: { product: draws.pick(["Lamp", "Chair", "Desk"]) } };
}
