import { readMarker } from "../marker.ts";
import type { Violate, Watch } from "../sightings.ts";

/** I11: whatever is published meanwhile, each message is made of exactly one set of rules, and of one that was published. */
export function oneVersion(violate: Violate): Watch {
  const published = new Set<number>();
  return {
    see(sighting) {
      if (sighting.kind === "published") published.add(sighting.version);
      if (sighting.kind !== "called") return;
      const { content, intentId } = sighting.message;
      const versions = new Set(Object.values(content).map((text) => readMarker(text)?.version ?? 0));
      if (versions.size !== 1) violate(`message ${intentId} mixes versions ${[...versions].join(" and ")}`);
      for (const version of versions) {
        if (!published.has(version)) violate(`message ${intentId} is of version ${version}, which was not published`);
      }
    },
  };
}
