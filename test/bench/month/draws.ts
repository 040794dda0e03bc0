/** Chance that is the same for the same names, so that what one person does never changes what another one does. */
export interface Draws {
  /** In [0, 1). */
  fraction(): number;
  chance(probability: number): boolean;
  /** Whole, both ends included. */
  between(least: number, most: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

export function drawsOf(...names: readonly (string | number)[]): Draws {
  let state = seedOf(names.join("/"));
  const fraction = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    fraction,
    chance: (probability) => fraction() < probability,
    between: (least, most) => least + Math.floor(fraction() * (most - least + 1)),
    pick: (list) => list[Math.floor(fraction() * list.length)] ?? list[0],
  };
}

/** FNV-1a, with its bits mixed once more, so that names which differ in their last letter draw differently. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
