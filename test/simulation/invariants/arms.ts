import { createHash } from "node:crypto";
import type { Rulebook } from "../../../src/core/model/rulebook.ts";
import type { Violate, Watch } from "../sightings.ts";
import { beganCalls } from "./calls.ts";

/** I6: who is in the holdout is never messaged, and who is not rolled out to is never enrolled; drawn here once more. */
export function arms(violate: Violate, { workspace, rules }: Rulebook): Watch {
  /** By enrollment, the document that was enrolled: an arm is drawn once. */
  const enrolled = new Map<string, string>();
  return {
    see(sighting) {
      if (sighting.kind !== "committed") return;
      for (const { kind, rule, enrollment } of sighting.records) {
        if (kind !== "enrolled" || rule === undefined || enrollment === undefined) continue;
        enrolled.set(enrollment, sighting.key);
        const share = rules.get(rule)?.rollout ?? 1;
        if (fraction(workspace.name, "rollout", rule, sighting.key) >= share) {
          violate(`${sighting.key} was enrolled in ${rule}, which is not rolled out to them`);
        }
      }
      for (const { rule, enrollment } of beganCalls(sighting)) {
        const share = rules.get(rule)?.holdout ?? 0;
        if (fraction(workspace.name, rule, enrolled.get(enrollment) ?? "") < share) {
          violate(`${rule} spoke to ${sighting.key}, who is in its holdout`);
        }
      }
    },
  };
}

/** The first 53 bits of a hash, as a share. */
function fraction(...parts: readonly string[]): number {
  const digest = createHash("sha256").update(parts.join("\u0000")).digest();
  return ((digest.readUInt32BE(0) >>> 5) * 0x4000000 + (digest.readUInt32BE(4) >>> 6)) / 2 ** 53;
}
