import { type Act, type Behaviour, introduction, MINUTE, SECOND, usualReactions } from "./behaviour.ts";
import { drawsOf } from "./draws.ts";
import type { Person } from "./people.ts";

/**
 * What the customers of many rules (`many-rules.ts`) do: steps with products, some of which are done later. Each of them
 * does so on a few days of the month; together they make the events of a big shop.
 */
export function manyRulesBehaviour(rules: number): Behaviour {
  return {
    acts(person, day, draws) {
      const acts: Act[] = [];
      if (day === joiningDay(person))
        acts.push(...introduction(person, draws.between(0, 3_600) * SECOND, { score: 40 }));
      if (day < joiningDay(person) || !draws.chance(0.08)) return acts;
      const number = draws.between(0, rules - 1);
      const after = draws.between(90, 23 * 60) * MINUTE + draws.between(0, 59_999);
      const data = {
        product: `product-${number}`,
        cart_id: `cart-${person.number}-${day}`,
        amount: draws.between(1, 300),
        source: draws.pick(["account-verification", "the guide", "ads", "partner"]),
      };
      acts.push({ type: `Step ${number}`, by: "app", after, data });
      if (draws.chance(0.4)) {
        acts.push({ type: `Done ${number}`, by: "app", after: after + draws.between(1, 3_000) * MINUTE, data: {} });
      }
      return acts;
    },
    reacts: usualReactions,
  };
}

function joiningDay({ number }: Person): number {
  const draws = drawsOf("joining", number);
  return draws.chance(0.5) ? 0 : draws.between(0, 20);
}
