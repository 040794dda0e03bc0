import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { type Journal, openJournal } from "./journal.ts";

/** A disk that takes longer than this to confirm a line is a disk in trouble. */
const timeoutMs = 15_000;

/**
 * Accepts a message when its line is on disk, and an intent that it has already as if for the first time. The file is
 * opened with the first message, because it has one writer, and of several processes not all send.
 */
export function createOutbox(directory: string, capabilities: Capabilities, clock: Clock): Outbound {
  let opened: Promise<Journal> | null = null;
  let closed = false;
  const journal = async (): Promise<Journal> => {
    if (closed) throw new Error("the outbox is closed");
    opened ??= openJournal(directory).catch((fault: unknown) => {
      opened = null;
      throw fault;
    });
    return await opened;
  };
  /** Intents whose line is being written, so that two attempts at once become one line. */
  const writing = new Map<string, Promise<SendOutcome>>();

  const keep = async (message: OutgoingMessage): Promise<SendOutcome> => {
    try {
      const file = await journal();
      if (file.has(message.intentId)) return { kind: "accepted", providerMessageId: message.intentId };
      await file.append({
        at: new Date(clock.now()).toISOString(),
        intent: message.intentId,
        rule: message.ruleId,
        contact_id: message.contactId,
        channel: message.channel,
        kind: message.kind,
        from: message.from,
        to: message.to,
        content: message.content,
        ...(message.body !== undefined && { body: message.body }),
      });
      return { kind: "accepted", providerMessageId: message.intentId };
    } catch (error) {
      // Written or not, another attempt is harmless: the journal knows its intents.
      const code = error instanceof Error && "code" in error ? String(error.code) : "write_failed";
      return { kind: "retryable", code, afterMs: null };
    } finally {
      writing.delete(message.intentId);
    }
  };

  return {
    capabilities,
    timeoutMs: timeoutMs + abortGraceMs,
    async send(message) {
      if (!capabilities.kinds.includes(message.kind)) {
        return { kind: "rejected", code: "kind_unsupported", class: "other" };
      }
      const attempt = writing.get(message.intentId) ?? keep(message);
      writing.set(message.intentId, attempt);
      return withDeadline<SendOutcome>(clock, timeoutMs, { kind: "ambiguous", code: "timeout" }, () => attempt);
    },
    async reconcile({ message: { intentId } }) {
      if (writing.has(intentId)) return { kind: "unavailable", code: "being_written" };
      const file = await journal().catch(() => null);
      if (file === null) return { kind: "unavailable", code: "unreadable" };
      return file.has(intentId) ? { kind: "found", providerMessageId: intentId } : { kind: "not_found" };
    },
    async close() {
      closed = true;
      await (await opened)?.close();
    },
  };
}
