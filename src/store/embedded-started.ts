import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";

/**
 * Which deliveries are at work, in a small file beside the database: it is written without flushing, which survives
 * the end of the process by any signal and costs microseconds. So an event that kills the process is counted as an
 * attempt when the store is opened again. Slots of 16 bytes hold the fingerprints of deliveries; zeros are free.
 */
export interface StartedDeliveries {
  /** Fingerprints of what was at work when the process before this one ended. */
  readonly leftOver: readonly Buffer[];
  /** Forgets what was left over; call when its attempts have been counted. */
  clear(): void;
  /** Writes down a delivery; the returned function takes it back. */
  begin(fingerprint: Buffer): () => void;
  close(): void;
}

const SLOT = 16;
const FREE = Buffer.alloc(SLOT);

export function openStartedDeliveries(path: string): StartedDeliveries {
  const file = openSync(path, "a+", 0o600);
  closeSync(file);
  const fd = openSync(path, "r+", 0o600);
  const slots = Math.floor(fstatSync(fd).size / SLOT);
  const leftOver: Buffer[] = [];
  for (let slot = 0; slot < slots; slot += 1) {
    const buffer = Buffer.alloc(SLOT);
    readSync(fd, buffer, 0, SLOT, slot * SLOT);
    if (!buffer.equals(FREE)) leftOver.push(buffer);
  }
  const free: number[] = [];
  let end = 0;
  let closed = false;
  return {
    leftOver,
    clear() {
      for (let slot = 0; slot < slots; slot += 1) writeSync(fd, FREE, 0, SLOT, slot * SLOT);
    },
    begin(fingerprint) {
      const slot = free.pop() ?? end++;
      if (!closed) writeSync(fd, fingerprint, 0, SLOT, slot * SLOT);
      return () => {
        if (closed) return;
        writeSync(fd, FREE, 0, SLOT, slot * SLOT);
        free.push(slot);
      };
    },
    close() {
      if (closed) return;
      closed = true;
      // Handlers that are still at work at an orderly end did not kill anything.
      for (let slot = 0; slot < end; slot += 1) writeSync(fd, FREE, 0, SLOT, slot * SLOT);
      closeSync(fd);
    },
  };
}
