import type { ReasonPages } from "./page.ts";

/** Why a run of a rule ended, or went another way than its steps say. */
export const endingReasons = {
  completed: {
    says: "the rule came to its end",
    what: "The last step is done, and the run has ended.",
    why: "It is what happens when nothing stops a run. It does not say that each message was sent: each has its own reason.",
    todo: "Nothing.",
    example: { story: "A rule with one text sends it, and has ended." },
  },
  "guard.false": {
    says: "the guard did not hold",
    what: "The rule's `guard` was false, so the run ended, and nothing more is sent.",
    why: "A guard is asked before the first step and again right before every send, with what is known then. Something has changed since the trigger, or a value that it needs is missing: a missing value equals nothing. It is false, too, where it hinges on what a contact did before this condition was first deployed: Heed keeps of the past what conditions ask for, and sends nothing because of an absence that nobody could have seen. The account then has `unseen`, with the moment from which on it is known.",
    todo: "Compare each test of the guard with the contact as it was at that moment. For a value that may be missing, `not` and `exists: false` hold.",
    example: {
      in: "rule",
      lines: "guard: { contact.status: { not: verified } }\ndelay: 15m",
      story: "The contact becomes verified within the 15 minutes: nothing is sent.",
    },
  },
  "when.false": {
    says: "the step's `when` did not hold",
    what: "The step was skipped, and the sequence goes on with the next one.",
    why: "A `when` is asked when its step's turn comes, for a send right before it is sent.",
    todo: "Compare the step's `when` with the contact as it was at that moment. What should end the whole rule belongs into `guard`.",
    example: {
      in: "rule",
      lines: "actions:\n  - send: sms\n    when: { contact.status: new }\n    text: Hello.",
      story: "A contact who is not new gets no text, and the rule goes on.",
    },
  },
  "stopped.by_event": {
    says: "an event of the rule's `stop_on` came",
    what: "The run ended at once, because an event came that the rule waits for as its end.",
    why: "The contact did what the rule would have asked for, or the event was known already when a late trigger arrived. Only events of no earlier than the trigger count.",
    todo: "If the wrong event stopped it, narrow its `stop_on` with a `where`, or with `same: message_id`.",
    example: {
      in: "rule",
      lines: "stop_on: [{ event: email.opened }]\ndelay: 15m",
      story: "The email is opened after ten minutes: no text is sent.",
    },
  },
  "stopped.by_reply": {
    says: "the contact replied",
    what: "The contact has written back, so the run ended: a person takes over.",
    why: "Marketing rules end on any reply by text or email; `replies.stop` in heed.yaml says whether others do, too.",
    todo: "Write `replies: { stop: none }` in heed.yaml if rules should speak on, or `all` if all of them should end.",
    example: { story: "A lead answers the first of three emails: the other two are never sent." },
  },
  "stopped.by_opt_out": {
    says: "the contact opted out",
    what: "The contact has opted out of messages or complained about one. Its marketing runs ended at once.",
    why: "An opt-out keyword such as STOP, an unsubscription or a complaint came, on whichever channel.",
    todo: "Nothing. Whoever wants messages again says START, or gives consent anew.",
    example: { story: "STOP comes while a sequence waits for its second text: the sequence ends." },
  },
  "stopped.by_step": {
    says: "a `stop` step ended the rule",
    what: "The run came to a `stop` step and ended there.",
    why: "The rule says so, usually on one way of a `branch`.",
    todo: "See which way led to the step. Its text is recorded with the reason.",
    example: { in: "rule", lines: "actions:\n  - stop: handed over to sales", story: "The run ends with this text." },
  },
  "rule.disabled": {
    says: "the rule was switched off or removed",
    what: "The rule says `enabled: false`, or its file is no longer there. Its live runs ended.",
    why: "Switching a rule off concerns those who are in it as well, whatever version they began with.",
    todo: "To make a rule wait and go on later, use `heed pause` instead. A file that was renamed needs `moved: { from: old-id }`.",
    example: { in: "rule", lines: "enabled: false", story: "Everybody who waited in the rule leaves it." },
  },
  "rule.shadow": {
    says: "the rule was in shadow mode",
    what: "All was decided as if the rule were live, and nothing was sent or changed.",
    why: "The rule says `mode: shadow`, which is for watching a new rule with real events.",
    todo: "Write `mode: live`, or remove the line, when what it would have sent looks right.",
    example: { in: "rule", lines: "mode: shadow", story: "The records say what would have been sent to whom." },
  },
  "rule.changed": {
    says: "a new version of the rule has no such step or channel",
    what: "The run stood at a step, or had a message for a channel, that the deployed rules do not have any more, so it ended.",
    why: "A rule with `on_change: migrate` lost or moved a step, or a channel was removed from heed.yaml.",
    todo: "Give steps an `id`, which keeps its place when steps are added or moved, or write `on_change: finish`.",
    example: {
      in: "rule",
      lines: "on_change: migrate\nactions:\n  - id: hello\n    send: sms\n    text: Hello.",
      story: "Whoever waits at the step `hello` finds it again, wherever it stands in the next version.",
    },
  },
  cancelled: {
    says: "the run was cancelled, by a person or by a new version of its rule",
    what: "Somebody ended this run, or its rule was changed and the new version says that earlier runs end.",
    why: "A person cancelled it on the contact's page or with `heed contact cancel`: the account says who and why. Or the rule says `on_change: cancel`.",
    todo: "Of a rule: write `finish` to let runs end with the version they began with, or `migrate` to move them to the new one.",
    example: { in: "rule", lines: "on_change: cancel", story: "A deploy with another text ends all runs that wait." },
  },
  expired: {
    says: "the rule's `expires` was over",
    what: "So much time had passed since the trigger that nothing more is sent, and the run ended.",
    why: "Waits, closed windows, quiet hours, a pause or a full cap held the message longer than `expires` allows (30 days unless the rule says otherwise).",
    todo: "See what it waited for before. Write a longer `expires` if a late message is better than none.",
    example: {
      in: "rule",
      lines: "expires: 2h",
      story: "A text that could not go out within two hours of its trigger is never sent.",
    },
  },
  merged: {
    says: "two contacts turned out to be one person",
    what: "What was known and under way goes on with one of them. Where both were in the same run of a rule, the one ended that re-entry would not have left.",
    why: "A `contact.merged` named both, so that they are the same person.",
    todo: "Look at the other contact. If they are two people, the system that sent the event mixed them up.",
    example: { story: "A visitor known by an email address signs up: from now on there is one contact." },
  },
  erased: {
    says: "the contact was erased",
    what: "All that was known of this contact was deleted, and its runs ended. Only what keeps a silenced address silent stays. What still came for it was left alone.",
    why: "A `contact.erased` named it: somebody asked for it, as people may.",
    todo: "Nothing.",
    example: {
      story: "A request for erasure comes while a sequence waits: the sequence ends, and nothing of it is kept.",
    },
  },
} as const satisfies ReasonPages;
