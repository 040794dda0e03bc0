import type { ReasonPages } from "./page.ts";

/** What came of asking others: a source of truth, or the provider that carries the message. */
export const sendingReasons = {
  sent: {
    says: "the provider took the message",
    what: "The provider has accepted the message for delivery.",
    why: "Every gate let it pass, and the provider said yes. Whether it arrived is told by later events, such as `sms.delivered`.",
    todo: "Nothing.",
    example: { story: "15 minutes after its trigger the text goes out." },
  },
  "provider.rejected": {
    says: "the provider refused the message for good",
    what: "The provider will not deliver this message, now or later, so it is not tried again. `on_failure` runs if the step has one, and the sequence goes on.",
    why: "The provider calls the address dead or opted out, or refuses sender or content. Its own code is recorded with the reason.",
    todo: "Look up the provider's code. An address it calls dead or opted out is remembered as such.",
    example: {
      story: "Twilio answers 21610, because the number has opted out there: the number is silenced here, too.",
    },
  },
  "provider.failed": {
    says: "the provider failed to take the message",
    what: "The provider could not take the message at this attempt. It is tried again as `retry` says; when that is over, it is kept among the dead letters, `on_failure` runs if the step has one, and the sequence goes on.",
    why: "The provider was down, too busy, or unreachable. It has surely not been sent.",
    todo: "See the provider's status page and your account's limits. A rule that may wait longer says so in `retry`. `heed dlq replay --reason provider.failed` lets those that were given up try again.",
    example: {
      in: "rule",
      lines: "retry: { attempts: 5, within: 15m }",
      story: "The provider answers 503 twice and then accepts: the message is sent once.",
    },
  },
  "provider.unknown": {
    says: "nobody knows yet whether the provider took the message",
    what: "The call ended without an answer, so that the message may have been sent. Heed asks the provider and listens for its webhooks; until it knows, the message counts as sent and is not repeated.",
    why: "The connection broke after the message was handed over, or a worker died waiting for the answer.",
    todo: "Look in the provider's log if it stays unknown, and decide: `heed dlq discard` leaves it as it is, `heed dlq replay --may-double` sends it again. `on_ambiguous: retry` prefers a second copy to none.",
    example: {
      in: "rule",
      lines: "actions:\n  - send: sms\n    text: Your table is ready.\n    on_ambiguous: retry",
      story: "The answer is lost; Heed would rather send it twice than not at all.",
    },
  },
  "lookup.failed": {
    says: "a look-up got no answer",
    what: "A source that the rule asks did not answer. With `on_error: hold` the message waits and asks again later; with `skip` the run ends.",
    why: "The source was down, too slow for its `timeout`, or refused the question.",
    todo: "See whether the source is well. `on_error: treat_as_missing` goes on without the value, so that only `exists: false` and `not` hold for it.",
    example: {
      story:
        "The CRM is down for an hour: messages whose guard asks it go out an hour later, if the guard still holds.",
    },
  },
  "lookup.invalid": {
    says: "a look-up's answer had another shape than declared",
    what: "A source answered, but not with what `fields` of the look-up declares. It is treated like a failed look-up.",
    why: "The source has changed, or `fields` does not say what it really gives.",
    todo: "Compare the source's answer with `fields` in heed.yaml.",
    example: { story: '`fields: { seats: { type: integer } }` is declared, and the source says "many".' },
  },
} as const satisfies ReasonPages;
