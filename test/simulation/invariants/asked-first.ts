import type { Answer } from "../../../src/core/model/decision.ts";
import { readMarker } from "../marker.ts";
import type { Violate, Watch } from "../sightings.ts";

/**
 * I16: a message that hinges on a look-up is spoken only on the word of an answer of its own decision: one that came, in
 * the shape that is declared, that lets it speak, and that it repeats.
 */
export function askedFirst(violate: Violate): Watch {
  return {
    see(sighting) {
      if (sighting.kind !== "committed") return;
      const { decision, answers } = sighting.decided;
      for (const effect of decision.effects) {
        if (effect.kind !== "call" || effect.message.ruleId !== "asker") continue;
        const text = effect.message.content["text"] ?? "";
        const said = [...answers.values()].flatMap(statusIn);
        const told = /is (\S+)\.$/.exec(text)?.[1];
        const fits = said.some((status) => status !== "customer" && typeof status === "string" && status === told);
        if (!fits)
          violate(`${readMarker(text)?.event ?? text} was answered though the CRM said ${JSON.stringify(said)}`);
      }
    },
  };
}

/** Nobody known there is an answer, too. */
function statusIn(answer: Answer): readonly unknown[] {
  if (answer.kind !== "lookup" || answer.found.kind !== "value") return [];
  return [answer.found.value["status"] ?? "unknown"];
}
