import type { World } from "./given.ts";

/** What documents tell each other, carried by the test: in what order, and whether twice, it decides. */

/** Lets arrive what is on its way, in an order that the test draws, until nothing is left. */
export function arrive(w: World, pick: (count: number) => number = () => 0): void {
  for (let left = w.mail?.length ?? 0; left > 0; left = w.mail?.length ?? 0) {
    const [hand] = w.mail?.splice(pick(left), 1) ?? [];
    if (hand !== undefined) w.deliver(hand.key, { id: hand.id, ...hand.what });
  }
}

/** Lets arrive what is for one document, and leaves the rest on its way. */
export function arriveAt(w: World, key: string): void {
  const mail = w.mail ?? [];
  w.mail = mail.filter((hand) => hand.key !== key);
  for (const hand of mail.filter((each) => each.key === key)) w.deliver(key, { id: hand.id, ...hand.what });
}

/** Something arrives, twice: whoever handed it on had died before it could say that it had. */
export function arriveTwice(w: World): void {
  for (let left = w.mail?.length ?? 0; left > 0; left = w.mail?.length ?? 0) {
    const [hand] = w.mail?.splice(0, 1) ?? [];
    for (let time = 0; hand !== undefined && time < 2; time++) w.deliver(hand.key, { id: hand.id, ...hand.what });
  }
}
