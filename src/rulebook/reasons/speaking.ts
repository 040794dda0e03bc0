import type { ReasonPages } from "./page.ts";

/** Why a message may not go out to this contact, or must wait: what is judged at the moment of speaking. */
export const speakingReasons = {
  paused: {
    says: "everything, the rule or the channel was paused",
    what: "The message waits until the pause is lifted or its time is over, and is then judged afresh.",
    why: "Somebody used the kill switch.",
    todo: "`heed resume` lifts it. A message whose rule `expires` meanwhile is not sent any more.",
    example: {
      story:
        "`heed pause channel:sms --reason 'wrong link'` stops all texts; after `heed resume channel:sms` those still wanted go out.",
    },
  },
  self_paused: {
    says: "the rule paused itself",
    what: "The rule has stopped by itself, and its messages wait until somebody has looked at it.",
    why: "A new rule sent more in its first 24 hours than `limits.first_day` of heed.yaml allows, and has no cap `per: rule` that says how many are meant. Or it sends far more than is usual for it, or more opt-outs, bounces or errors come of it than `self_protection` allows. Or rules trigger each other. The pause says which it was.",
    todo: "See who was messaged, and mend the rule. Then `heed resume` it with a `--reason`: for a day, the same does not pause it again. Give a new rule a cap `per: rule`.",
    example: {
      in: "rule",
      lines: "caps:\n  - { max: 5000, per: rule, within: 24h }",
      story: "The author has said how many are meant, so that the rule does not pause itself.",
    },
  },
  held: {
    says: "another rule asked this one to wait",
    what: "The message or step waits until the hold is over.",
    why: "Another run of this contact did a `hold` that concerns this rule.",
    todo: "See which rule holds it. Shorten the hold, or name other rules in it.",
    example: {
      in: "rule",
      lines: "actions:\n  - hold: { class: marketing, for: 3d }",
      story: "A contact with an open complaint gets no marketing for three days.",
    },
  },
  "rules.outdated": {
    says: "the process at work had older rules than the run",
    what: "The message waits ten seconds, another step a minute, for a process that has the rules which began the run.",
    why: "New rules are rolled out from process to process, and this one had not got them yet: to it, the rule was unknown or another one.",
    todo: "Nothing, while a deployment is under way. If it goes on, reload (SIGHUP) or restart the processes that still have the old rules: their log says so.",
    example: {
      story:
        "A decider that has the new rule already starts a run; the dispatcher that takes its ticket is reloaded a second later.",
    },
  },
  "consent.missing": {
    says: "there was no consent for marketing on this channel",
    what: "The message was not sent. `on_failure` runs if the step has one, and the sequence goes on.",
    why: "This channel needs recorded consent (`opt_in` in heed.yaml) and there is none, or the contact has objected.",
    todo: "Send the consent as an event, `consent.granted` with its channel, source and wording. A message that people asked for themselves may be `class: transactional`.",
    example: {
      in: "heed.yaml",
      lines: "consent: { sms: opt_in, email: opt_out }",
      story: "A contact without recorded consent gets no marketing by text.",
    },
  },
  suppressed: {
    says: "the address was silenced",
    what: "Nothing of any class goes to this address. `on_failure` runs if the step has one, and the sequence goes on.",
    why: "Its owner said STOP or complained, or email to it bounced for good.",
    todo: "Nothing for a STOP: START from the same number lifts it. After a bounce the contact needs another address.",
    example: { story: "After STOP, not even a password reset goes to this number by text." },
  },
  "address.missing": {
    says: "the contact had no address for this channel",
    what: "There was nowhere to send to. `on_failure` runs if the step has one, and the sequence goes on.",
    why: "No event has given this contact an email address, a phone number or the token of a device, or the step's `to` came out empty.",
    todo: "Send the address with `contact.identified`, or name a second channel: `send: [sms, email]`.",
    example: {
      in: "rule",
      lines: "actions:\n  - send: [sms, email]\n    subject: Welcome\n    text: Welcome.",
      story: "Without a phone number the message goes by email.",
    },
  },
  "address.invalid": {
    says: "the contact's address could not be right",
    what: "No provider could deliver to this address. `on_failure` runs if the step has one, and the sequence goes on.",
    why: "A phone number without country or with too few digits, an email address without @, or one that a provider has called dead: a mailbox that is gone, an app that was removed.",
    todo: "Correct it where it comes from. Phone numbers are written as +12025550143; `country` in heed.yaml completes those without a prefix.",
    example: { story: "A form let through the phone number 12345." },
  },
  "window.deferred": {
    says: "the rule's `window` was closed",
    what: "The message waits until the window opens, and is then judged afresh.",
    why: "It was outside the days and hours that the rule speaks in, by the contact's clock unless `zone` says otherwise.",
    todo: "Nothing, if the hours are meant. See which zone was used if they seem wrong: it may come from the phone number.",
    example: {
      in: "rule",
      lines: 'window: { days: [mon, tue, wed, thu, fri], from: "09:15", to: "17:00", zone: contact }',
      story: "A message of Saturday morning goes out on Monday at 9:15.",
    },
  },
  "quiet_hours.deferred": {
    says: "it was quiet hours where the contact is",
    what: "The marketing message waits until the channel's quiet hours are over, and is then judged afresh.",
    why: "The channel is quiet at this hour, as heed.yaml says. If the contact's zone is not known for sure, it has to be day in all that are possible.",
    todo: "Nothing. Transactional messages pass.",
    example: { story: 'With `quiet_hours: { from: "21:00", to: "08:00" }` a text of 22:10 goes out at 8:00.' },
  },
  "template.missing": {
    says: "the text could not be made",
    what: "A text of the step failed while it was filled in, or a value it is made of was not there. The step was skipped and the sequence goes on.",
    why: "The data has another form than the text expects, or is too large for it.",
    todo: "Give every output a `default`. Look at the event or contact that the text was made from.",
    example: { story: "`{{ event.data.items | join: ', ' }}` meets items without end: the text is given up." },
  },
  "template.empty": {
    says: "the text came out empty",
    what: "The message had nothing to say, so it was not sent. The sequence goes on.",
    why: "Everything the text consists of was missing or blank for this contact.",
    todo: "Write a text that says something to everybody, or give its outputs a `default`.",
    example: { story: "A text that is only `{{ event.data.note | default: '' }}` is empty when there is no note." },
  },
  "segments.exceeded": {
    says: "the text was longer than heed.yaml allows",
    what: "The text would have gone out in more parts than `limits.sms_segments` allows, so it was not sent. The sequence goes on.",
    why: "A long name or value made it longer, or a character such as an emoji, which halves what fits into each part.",
    todo: "Shorten the text, cut values with `truncate: 20`, or raise the limit.",
    example: {
      in: "heed.yaml",
      lines: "limits: { sms_segments: 2 }",
      story: "A text of 320 plain characters needs three parts and is not sent.",
    },
  },
  "cap.reached": {
    says: "a cap was reached",
    what: "As many messages as a cap allows had been sent, so this one was dropped. The sequence goes on.",
    why: "A cap of the rule or of heed.yaml counts this message, and its window is full.",
    todo: "If the message should wait instead, write `on_exceed: defer` into the cap.",
    example: {
      in: "rule",
      lines: "caps:\n  - { max: 1, per: contact, channel: sms, within: 24h }",
      story: "A second text within 24 hours is dropped.",
    },
  },
  "cap.deferred": {
    says: "a cap was full for the time being",
    what: "As many messages as a cap allows had been sent. This one waits until the window has room, and is then judged afresh.",
    why: "The cap says `on_exceed: defer`.",
    todo: "Write `drop` if a late message is worse than none. `expires` limits how long it waits.",
    example: {
      in: "rule",
      lines: "caps:\n  - { max: 1, per: contact, within: 24h, on_exceed: defer }",
      story: "A second message goes out 24 hours after the first.",
    },
  },
  "budget.reached": {
    says: "the channel's budget was spent",
    what: "Sending might have cost more than what was left of the budget, so the message was dropped. The sequence goes on.",
    why: "The budget in heed.yaml says `on_exceed: drop`.",
    todo: "Raise the budget, or write `on_exceed: hold` to let messages wait for the next day or month.",
    example: { story: "50 USD for texts are spent by noon; later texts of the day are dropped." },
  },
  "budget.held": {
    says: "the channel's budget was spent for the time being",
    what: "Sending might have cost more than what was left of the budget. The message waits until the budget begins anew.",
    why: "A budget in heed.yaml is used up for this day, week or month.",
    todo: "Raise the budget, or write `on_exceed: drop` if a late message is worse than none.",
    example: { story: "50 USD for texts are spent by noon; the others go out after midnight." },
  },
} as const satisfies ReasonPages;
