import type { Intent, IntentState } from "../../../src/core/model/contact.ts";
import type { Committed } from "../sightings.ts";

export type Calling = Intent & { readonly state: Extract<IntentState, { kind: "calling" }> };

/** The messages whose call was begun by this very commit: the moment of speaking. */
export function beganCalls({ before, after }: Pick<Committed, "before" | "after">): readonly Calling[] {
  return Object.values(after.intents).filter(
    (intent): intent is Calling =>
      intent.state.kind === "calling" && before?.intents[intent.id]?.attempt !== intent.attempt,
  );
}
