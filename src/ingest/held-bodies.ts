import type { DoorLimits } from "./limits.ts";

/**
 * How many bytes of bodies are in memory at once: strangers may send them, and nobody is known before the last byte. A
 * request takes what it announces, or all that it may send, before it is read. Those beyond the usual size have an account
 * of their own, so that mails with their attachments keep no report waiting.
 */
export interface HeldBodies {
  /** Gives the place back when called. Null when there is none now. */
  take(bytes: number): (() => void) | null;
}

export function createHeldBodies(limits: Pick<DoorLimits, "bodyBytes" | "heldBytes" | "heldLargeBytes">): HeldBodies {
  const usual = createAccount(limits.heldBytes);
  const large = createAccount(limits.heldLargeBytes);
  return { take: (bytes) => (bytes <= limits.bodyBytes ? usual : large)(bytes) };
}

/** What is larger than the whole account gets in alone. */
function createAccount(most: number): HeldBodies["take"] {
  let held = 0;
  return (bytes) => {
    if (held > 0 && held + bytes > most) return null;
    held += bytes;
    let isGiven = false;
    return () => {
      if (!isGiven) held -= bytes;
      isGiven = true;
    };
  };
}
