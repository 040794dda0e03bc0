import type { ConsumeOptions, Key } from "./store.ts";

/**
 * Keys are spread over this many partitions, and shards share partitions among themselves. The number is part of the
 * subjects of stored events, so it never changes; 64 is far above the number of deciders one store can feed.
 */
export const PARTITIONS = 64;

/** FNV-1a over the UTF-8 bytes: stable for ever, on every machine, and cheap. */
export function partitionOf(key: Key): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  // FNV's low bits are its weakest: fold the high half in.
  return (((hash >>> 16) ^ hash) >>> 0) % PARTITIONS;
}

/** Whether the shard owns the partition. Without a shard every partition is ours. Throws RangeError for a shard that can't be. */
export function ownsPartition(shard: ConsumeOptions["shard"], partition: number): boolean {
  if (shard === undefined) return true;
  const [index, of] = shard;
  if (!Number.isInteger(of) || !Number.isInteger(index) || of < 1 || index < 0 || index >= of) {
    throw new RangeError(`a shard is [index, of] with 0 <= index < of, found [${index}, ${of}]`);
  }
  return partition % of === index;
}
