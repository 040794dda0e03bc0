import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import { START_TEXTS, STOP_TEXTS } from "../events.ts";

/** Something that was said about being spoken to. */
export interface Word {
  readonly about: string | null;
  readonly means: "stop" | "start" | "complaint" | "bounce" | "granted" | "denied" | "withdrawn";
  /** The channel that consent is about. */
  readonly channel: "sms" | "email";
  readonly at: number;
  /** The scheduler's step at which a document learnt it. */
  readonly step: number;
}

export interface Silence {
  readonly suppressed: boolean;
  /** `unheard`: nobody has said anything here. */
  readonly consent: "granted" | "denied" | "withdrawn" | "unheard";
}

/** What an event says about being spoken to; null when nothing. YES lifts a STOP that is known, and is a reply else. */
export function wordOf(
  event: CanonicalEvent,
  at: number,
  step: number,
  about: string | null,
  known: readonly Word[],
): Word | null {
  const word = (means: Word["means"], channel: Word["channel"]): Word => ({ about, means, channel, at, step });
  switch (event.event_type) {
    case "sms.opted_out":
      return word("stop", "sms");
    case "sms.opted_in":
      return word("start", "sms");
    case "email.complained":
      return word("complaint", "email");
    case "email.bounced":
      return word("bounce", "email");
    case "email.unsubscribed":
      return word("denied", "email");
    case "email.resubscribed":
      return word("withdrawn", "email");
    case "consent.granted":
    case "consent.denied": {
      const { channel } = event.data;
      if (channel !== "sms" && channel !== "email") return null;
      return word(event.event_type === "consent.granted" ? "granted" : "denied", channel);
    }
    case "sms.received": {
      const { text } = event.data;
      if (typeof text !== "string") return null;
      if (STOP_TEXTS.includes(text)) return word("stop", "sms");
      if (START_TEXTS.includes(text)) return word("start", "sms");
      return text === "YES" && isStopped(known, about) ? word("start", "sms") : null;
    }
    default:
      return null;
  }
}

/** A naive sum: complaints and bounces last, of STOP and START the later one counts, and of two at once the STOP. */
export function silenceOf(words: readonly Word[], address: string, channel: "sms" | "email"): Silence {
  const lasting = words.some(({ about, means }) => about === address && (means === "complaint" || means === "bounce"));
  const said = words
    .filter((word) => word.channel === channel && /^(granted|denied|withdrawn)$/.test(word.means))
    .toSorted((a, b) => a.at - b.at || Number(a.means === "denied") - Number(b.means === "denied"));
  const last = said.at(-1)?.means;
  const consent = last === "granted" || last === "denied" || last === "withdrawn" ? last : "unheard";
  return { suppressed: lasting || isStopped(words, address), consent };
}

function isStopped(words: readonly Word[], address: string | null): boolean {
  const last = words
    .filter(({ about, means }) => about === address && (means === "stop" || means === "start"))
    .toSorted((a, b) => a.at - b.at || Number(a.means === "stop") - Number(b.means === "stop"))
    .at(-1);
  return last?.means === "stop";
}
