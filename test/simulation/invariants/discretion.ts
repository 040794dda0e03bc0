import { CANARY } from "../people.ts";
import type { Violate, Watch } from "../sightings.ts";

/**
 * I12: no name, address or number of a person leaves the stores: not in a log, not in an answer to a stranger, not in the
 * reason of a dead letter. And no stranger gets in.
 */
export function discretion(violate: Violate): Watch {
  const judge = (where: string, text: string): void => {
    if (CANARY.test(text)) violate(`${where} names a person: ${text}`);
  };
  return {
    see(sighting) {
      if (sighting.kind === "logged") judge("a log line", sighting.text);
      if (sighting.kind === "buried") judge("a dead letter's reason", sighting.reason);
      if (sighting.kind !== "answered") return;
      judge("an answer", sighting.body);
      if (sighting.forged !== (sighting.status === 401)) {
        violate(`a ${sighting.forged ? "forged" : "genuine"} request was answered ${sighting.status}`);
      }
    },
  };
}
