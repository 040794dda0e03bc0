/**
 * Where our message's id travels in a mail itself, so that an answer names the message it answers: in its Message-ID,
 * which mail programs repeat in `In-Reply-To` and `References`, or behind a plus sign in the address to answer to.
 */
const ownMessageId = /^<?heed\.([A-Za-z0-9_-]{1,64})@/;
const ownAddress = /\+([0-9a-f]{32})@/;

/** The Message-ID of a mail of ours, without its angle brackets; `domain` is that of its sender. */
export function messageIdOf(intentId: string, domain: string): string {
  return `heed.${intentId}@${domain}`;
}

/** The intent whose mail has this Message-ID; null when it is none of ours. */
export function intentOfMessageId(messageId: string): string | null {
  return ownMessageId.exec(messageId.trim())?.[1] ?? null;
}

/** The address to answer to, with the intent in it: `answers@mail.example` becomes `answers+3f…@mail.example`. */
export function answerAddressOf(address: string, intentId: string): string {
  return address.replace("@", `+${intentId}@`);
}

/** The intent in an address such as `answers+3f…@mail.example`; null when there is none. */
export function intentOfAddress(address: string): string | null {
  return ownAddress.exec(address.toLowerCase())?.[1] ?? null;
}

/** The ids in `In-Reply-To` or `References`, without their angle brackets, in the order written. */
export function messageIdsIn(header: string): readonly string[] {
  return [...header.slice(0, maxHeaderLength).matchAll(/<([^<>\s]{1,250})>/g)].map(([, id]) => id ?? "");
}

/** `References` grows with every answer; RFC 5322 lets a header be cut. */
const maxHeaderLength = 20_000;
