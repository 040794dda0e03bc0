/**
 * As many expectations as possible, each with a sighting of its own: a maximum matching by augmenting paths, so that two
 * expectations that fit the same message do not fail because the wrong one took it. Gives the sighting's place by the
 * expectation's, null where there is none.
 */
export function assign(
  expectations: number,
  sightings: number,
  fits: (a: number, b: number) => boolean,
): (number | null)[] {
  const holder: (number | null)[] = Array.from({ length: sightings }, () => null);
  const place = (expectation: number, tried: Set<number>): boolean => {
    for (let sighting = 0; sighting < sightings; sighting += 1) {
      if (tried.has(sighting) || !fits(expectation, sighting)) continue;
      tried.add(sighting);
      const other = holder[sighting] ?? null;
      if (other !== null && !place(other, tried)) continue;
      holder[sighting] = expectation;
      return true;
    }
    return false;
  };
  for (let expectation = 0; expectation < expectations; expectation += 1) place(expectation, new Set());
  return Array.from({ length: expectations }, (_, expectation) => {
    const found = holder.indexOf(expectation);
    return found < 0 ? null : found;
  });
}
