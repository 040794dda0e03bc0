import type { ReasonPages } from "./page.ts";

/** Why an event starts a rule for a contact, or does not. */
export const startingReasons = {
  "event.duplicate": {
    says: "the same event had been taken in before",
    what: "This event was known already. The copy changes nothing and starts nothing.",
    why: "Providers repeat a webhook until they see it accepted, and systems of your own do so when an answer is lost. Two events are the same when they come from the same provider with the same `event_id`.",
    todo: "Nothing, as a rule. If two different happenings are taken for one, give each an `event_id` of its own.",
    example: { story: "SendGrid delivers `email.delivered` twice; the text message goes out once." },
  },
  "event.stale": {
    says: "the event was older than the rule's `max_age`",
    what: "The event arrived so late that the rule does not start on it.",
    why: "A source was down or sent its past again. A message about what happened days ago would surprise people.",
    todo: "If late news should start the rule, write a longer `max_age` into its `trigger`.",
    example: {
      in: "rule",
      lines: "trigger:\n  event: lead.created\n  max_age: 24h",
      story: "A lead of the day before yesterday arrives today: the rule does not start.",
    },
  },
  "trigger.no_match": {
    says: "no rule's trigger matched the event",
    what: "The event was taken in and remembered, and started no rule.",
    why: "No enabled rule names this type, or the `where` of those that do did not hold.",
    todo: "If a rule should have started, compare its `trigger` with the event: the type letter by letter, then each test of its `where` with the value in the event.",
    example: {
      in: "rule",
      lines: "trigger:\n  event: email.clicked\n  where: { event.data.url: { contains: /pricing } }",
      story: "Somebody clicks a link to /guides: nothing starts.",
    },
  },
  "reentry.active": {
    says: "the contact was in the rule already",
    what: "The event would have started the rule, but the contact is in it already, and the run that is under way goes on.",
    why: "`reentry` is `ignore` unless the rule says otherwise. With `restart`, an event that happened before the one that began the run restarts nothing; with `parallel`, one contact may be in a rule 50 times at once.",
    todo: "Write `reentry: restart` to begin anew, `parallel` to run side by side, or give it a `key` when each cart or order should have its own run.",
    example: {
      in: "rule",
      lines: "reentry: { policy: ignore, key: event.data.company }",
      story:
        "The same company comes again while its first run waits: nothing new starts. Another company has a run of its own.",
    },
  },
  "reentry.cooldown": {
    says: "the contact left the rule too short a time ago",
    what: "The event would have started the rule, but its `cooldown` for this contact is not over.",
    why: "The rule asks for a time of quiet between the end of one run and the beginning of the next.",
    todo: "Shorten or remove `cooldown` if the rule should start again sooner.",
    example: {
      in: "rule",
      lines: "reentry: { policy: ignore, cooldown: 7d }",
      story: "A second demo request three days after the first run ended starts nothing.",
    },
  },
  restarted: {
    says: "a newer trigger started the rule over",
    what: "This run ended, because its trigger came again and the rule begins anew with it.",
    why: "The rule says `reentry: restart`.",
    todo: "Nothing: the newer run goes on. If every trigger should have its say, write `reentry: parallel`.",
    example: {
      in: "rule",
      lines: "reentry: restart\ndelay: 3d",
      story: "Each visit starts the three days over; only after three days without one, the rule speaks.",
    },
  },
  rollout: {
    says: "the contact was not in the share that the rule was rolled out to",
    what: "The rule does not start for this contact, because `rollout` leaves it out.",
    why: "A rollout takes a stable share of contacts. The same contact is always in or always out, and those who are in stay in when the share grows.",
    todo: "Write a larger `rollout`, or remove it when the rule has proved itself.",
    example: { in: "rule", lines: "rollout: 5%", story: "19 of 20 contacts never start the rule." },
  },
  holdout: {
    says: "the contact was in the holdout, which is never messaged",
    what: "The contact went through the rule and would have been messaged here. It belongs to the holdout, so nothing was sent; the sequence goes on.",
    why: "A holdout is a stable share that a rule leaves alone, so that its `goal` can be compared between those it messaged and those it did not.",
    todo: "Nothing: it is the measurement. Remove `holdout` when the question is answered.",
    example: { in: "rule", lines: "holdout: 10%", story: "One contact in ten is measured and never messaged." },
  },
  quarantined: {
    says: "what was sent came from one who may, but could not be read",
    what: "A provider's webhook had a right signature and a content that Heed does not understand, or something that is no event was published into NATS for Heed. It is kept among the dead letters, with what is wrong with it, and became no event.",
    why: "The sender has begun to send something new, or sent something broken.",
    todo: "Look at it with `heed dlq list --reason quarantined` and `heed dlq show`. If it is something new, a newer version of Heed may know it.",
    example: {
      story:
        "A vendor reports a delivery status that did not exist before: the report is kept aside, and nobody guesses what it means.",
    },
  },
} as const satisfies ReasonPages;
