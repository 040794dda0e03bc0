import type { Clock } from "../core/model/clock.ts";
import { Unavailable } from "../store/store.ts";
import type { Fact, Store } from "../store/store.ts";

/**
 * Appends all facts in one call, so that a request is stored as a whole or not at all. Rejects with `Unavailable` after
 * `ms`: whether the facts were stored is then unknown, and the sender's repetition is deduplicated.
 */
export async function appendWithin(
  store: Pick<Store, "append">,
  facts: readonly Fact[],
  clock: Clock,
  ms: number,
): Promise<readonly { readonly fresh: boolean }[]> {
  if (facts.length === 0) return [];
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(new Unavailable(`the store did not confirm an append within ${ms} ms`)));
  });
  try {
    return await Promise.race([store.append(facts), late]);
  } finally {
    cancel();
  }
}
