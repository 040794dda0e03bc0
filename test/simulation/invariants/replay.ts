import { decide } from "../../../src/core/decide.ts";
import { type Contact, newContact } from "../../../src/core/model/contact.ts";
import type { Witnessed } from "../../../src/runtime/parts.ts";
import { encodeContact } from "../../../src/runtime/contact-codec.ts";
import type { Violate, Watch } from "../sightings.ts";

interface Decided {
  readonly witnessed: Witnessed;
  readonly body: Uint8Array;
}

/**
 * I13: what was decided follows from what came in, and from nothing else. At the end every document is made once more
 * from nothing by its inputs, in the order of its commits, and must become the same, byte by byte.
 */
export function replay(violate: Violate): Watch {
  const chains = new Map<string, Decided[]>();
  return {
    see(sighting) {
      if (sighting.kind !== "committed") return;
      const { key, decided: witnessed, body } = sighting;
      const chain = chains.get(key) ?? [];
      chain.push({ witnessed, body });
      chains.set(key, chain);
    },
    atRest() {
      for (const [key, chain] of chains) {
        let contact: Contact = newContact(key);
        for (const [index, { witnessed, body }] of chain.entries()) {
          const { input, answers, now, deployed } = witnessed;
          const decision = decide(deployed.workspace.rulebook, contact, input, answers, now);
          const same = !("ask" in decision) && Buffer.compare(encodeContact(decision.contact), body) === 0;
          if (!same) {
            violate(`${key} becomes another document when its inputs are decided again, at ${input.id} (${index + 1})`);
            break;
          }
          contact = decision.contact;
        }
      }
    },
  };
}
