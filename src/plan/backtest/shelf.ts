/**
 * Texts out of the heap, where a garbage collector would look at each again and again and leave room between them: in
 * blocks of memory, cut into slots of a few sizes. A slot that becomes free is taken by the next text of its size.
 */
export interface Shelf {
  /** `instead`: the place of the text that this one replaces, or -1. Gives the place of this one. */
  put(text: string, instead: number): number;
  take(place: number): string;
}

const BLOCK = 1 << 20;
const GRAIN = 64;
/** Before each text stands how many bytes it has. */
const LENGTH = 4;

export function createShelf(): Shelf {
  const blocks: Buffer[] = [];
  /** By the number of grains, places that are free. */
  const free = new Map<number, number[]>();
  /** The block that is being filled, and how far. */
  let current = 0;
  let filled = BLOCK;
  const bufferAt = (place: number): Buffer => blocks[Math.floor(place / PER_BLOCK)] ?? Buffer.alloc(0);
  const grainsAt = (place: number): number => grainsOf(bufferAt(place).readUInt32LE(offsetOf(place)));
  const newPlace = (grains: number): number => {
    const again = free.get(grains)?.pop();
    if (again !== undefined) return again;
    const size = grains * GRAIN;
    if (size > BLOCK) return (blocks.push(Buffer.allocUnsafeSlow(size)) - 1) * PER_BLOCK;
    if (filled + size > BLOCK) {
      blocks.push(Buffer.allocUnsafeSlow(BLOCK));
      filled = 0;
      current = blocks.length - 1;
    }
    const place = current * PER_BLOCK + filled / GRAIN;
    filled += size;
    return place;
  };
  return {
    put(text, instead) {
      const bytes = Buffer.byteLength(text);
      const grains = grainsOf(bytes);
      const before = instead < 0 ? 0 : grainsAt(instead);
      if (before !== grains && instead >= 0) {
        const others = free.get(before) ?? [];
        others.push(instead);
        free.set(before, others);
      }
      const place = before === grains ? instead : newPlace(grains);
      const block = bufferAt(place);
      const offset = offsetOf(place);
      block.writeUInt32LE(bytes, offset);
      block.write(text, offset + LENGTH);
      return place;
    },
    take(place) {
      const block = bufferAt(place);
      const offset = offsetOf(place);
      const bytes = block.readUInt32LE(offset);
      return block.toString("utf8", offset + LENGTH, offset + LENGTH + bytes);
    },
  };
}

const PER_BLOCK = BLOCK / GRAIN;

function offsetOf(place: number): number {
  return (place % PER_BLOCK) * GRAIN;
}

/** Longer texts grow in longer steps, so that a text that grows a little mostly stays where it is. */
function grainsOf(bytes: number): number {
  const grains = Math.ceil((bytes + LENGTH) / GRAIN);
  const step = 2 ** Math.max(0, Math.floor(Math.log2(grains)) - 3);
  return Math.ceil(grains / step) * step;
}
