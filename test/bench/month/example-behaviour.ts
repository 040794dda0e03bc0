import {
  type Act,
  type Behaviour,
  DAY,
  HOUR,
  introduction,
  MINUTE,
  minutesOf,
  SECOND,
  usualReactions,
} from "./behaviour.ts";
import { type Draws, drawsOf } from "./draws.ts";
import type { Person } from "./people.ts";

/** What the customers of the example workspace (`rules/`) do. */
export const exampleBehaviour: Behaviour = {
  acts(person, day, draws) {
    const joins = joiningDay(person);
    if (day < joins) return [];
    const since = day === joins ? 4 * HOUR : 0;
    return [
      ...(day === joins ? lead(person, draws) : []),
      ...browsing(draws, since),
      ...checkout(person, day, draws, since),
      ...payments(person, day, draws, since),
    ];
  },
  reacts: usualReactions,
};

function joiningDay({ number }: Person): number {
  const draws = drawsOf("joining", number);
  return draws.chance(0.4) ? 0 : draws.between(0, 25);
}

function told(type: string, after: number, data: Act["data"]): Act {
  return { type, by: "app", after, data };
}

function mailed(type: string, after: number, message: string, data: Act["data"]): Act {
  return { type, by: "mail", after, data, message };
}

/** Somebody fills in a form, and is asked by another system to verify the address. */
function lead(person: Person, draws: Draws): readonly Act[] {
  const began = moment(draws, 0, 3);
  const source = draws.pick(["whitepaper", "webinar", "ads", "demo"]);
  const known = { source, page: "the onboarding guide", company: "Example Ltd" };
  const delivered = began + draws.between(20, 90) * SECOND;
  const verify = `verify-${person.number}`;
  const acts: Act[] = [
    ...introduction(person, began, { status: "lead" }),
    told("lead.created", began + 1_500, {
      ...known,
      ...(person.firstName !== null && { first_name: person.firstName }),
    }),
    mailed("email.delivered", delivered, verify, { template: "account-verification" }),
  ];
  if (source === "demo") acts.push(told("lead.demo_requested", began + 2_000, { company: "Example Ltd" }));
  if (draws.chance(0.4)) {
    const guide = `guide-${person.number}`;
    const clicked = began + minutesOf(draws, 600);
    acts.push(mailed("email.delivered", began + 5_000, guide, {}));
    acts.push(
      mailed("email.clicked", clicked, guide, { url: "https://acme.example/guides/onboarding", guide: "Onboarding" }),
    );
  }
  if (draws.chance(0.7)) acts.push(mailed("email.opened", delivered + minutesOf(draws, 90), verify, {}));
  return acts;
}

function browsing(draws: Draws, since: number): readonly Act[] {
  if (!draws.chance(0.1)) return [];
  return [told("Pricing Page Viewed", moment(draws, since, 16), { plan_name: draws.pick(["Pro", "Team"]) })];
}

function checkout({ number, eager }: Person, day: number, draws: Draws, since: number): readonly Act[] {
  if (!draws.chance(0.02 + 0.08 * eager)) return [];
  const cart = `cart-${number}-${day}`;
  const started = moment(draws, since, 14);
  const acts = [told("Checkout Started", started, { cart_id: cart, total: draws.between(10, 400) })];
  if (!draws.chance(0.5)) return acts;
  const ordered = started + minutesOf(draws, 300);
  acts.push(told("Order Completed", ordered, { order_id: `o-${number}-${day}`, cart_id: cart, revenue: 50 }));
  acts.push(told("contact.updated", ordered + 400, { traits: { status: "customer" } }));
  if (draws.chance(0.4)) acts.push(told("Project Created", ordered + moment(draws, 0, 40), { name: "First" }));
  return acts;
}

function payments({ number }: Person, day: number, draws: Draws, since: number): readonly Act[] {
  const acts: Act[] = [];
  if (draws.chance(0.01)) {
    const invoice = { invoice_id: `i-${number}-${day}` };
    const failed = moment(draws, since, 12);
    acts.push(told("Payment Failed", failed, { ...invoice, amount: draws.between(20, 200) }));
    if (draws.chance(0.6)) acts.push(told("Payment Succeeded", failed + draws.between(1, 4) * DAY, invoice));
  }
  if (draws.chance(0.01)) {
    const payment = { payment_id: `p-${number}-${day}`, amount: draws.between(100, 2_000) };
    const held = moment(draws, since, 12);
    acts.push(told("Payment Held", held, payment));
    const message = `approve-${number}-${day}`;
    const delivered = held + draws.between(5, 60) * SECOND;
    acts.push(mailed("email.delivered", delivered, message, { ...payment, template: "payment-approval" }));
    if (draws.chance(0.6)) {
      acts.push(mailed("email.opened", delivered + minutesOf(draws, 90), message, { payment_id: payment.payment_id }));
      acts.push(told("Payment Approved", delivered + 2 * HOUR, { payment_id: payment.payment_id }));
    }
  }
  return acts;
}

function moment(draws: Draws, since: number, hours: number): number {
  return since + draws.between(0, hours * 60) * MINUTE + draws.between(0, 59_999);
}
