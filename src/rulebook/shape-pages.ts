import type { Pages } from "./page.ts";

/** The pages of what the schemas and the language of conditions report. */
export const shapePages = {
  HEED101: {
    what: "A key is not part of the rule language.",
    why: "A misspelt key would be ignored, and the delay, guard or cap that it names would not be there.",
    example: { in: "rule", bad: "delya: 15m", good: "delay: 15m" },
  },
  HEED102: {
    what: "A key that must be there is missing.",
    why: "There is no default for it that would be right for everybody.",
    example: {
      in: "rule",
      bad: "caps:\n  - { max: 1, per: contact }",
      good: "caps:\n  - { max: 1, per: contact, within: 24h }",
    },
  },
  HEED103: {
    what: "A value is of the wrong type.",
    why: "Guessing what was meant would be right most of the time, and wrong when it matters. `yes` is a text in YAML 1.2.",
    example: { in: "rule", bad: "enabled: yes", good: "enabled: true" },
  },
  HEED104: {
    what: "A value is none of those that are possible here.",
    why: "The system knows no other, so it could only ignore it.",
    example: { in: "rule", bad: "class: transactionl", good: "class: transactional" },
  },
  HEED105: {
    what: "A value does not have the form, length or size that it must have.",
    why: "A duration without a unit or a name with a space means something different to everybody who reads it.",
    example: { in: "rule", bad: "delay: 15 minutes", good: "delay: 15m" },
  },
  HEED106: {
    what: "A step has no verb, or more than one.",
    why: "A step does one thing. Of two verbs in one map it could not be said which comes first.",
    example: {
      in: "rule",
      bad: "actions:\n  - text: Hello.",
      good: "actions:\n  - send: sms\n    text: Hello.",
    },
  },
  HEED107: {
    what: "A key belongs to another verb than that of its step.",
    why: "The step would ignore it: a wait says nothing, so its text would never be sent.",
    example: {
      in: "rule",
      bad: "actions:\n  - wait: 5m\n    text: Hello.\n  - send: sms\n    text: Hello.",
      good: "actions:\n  - wait: 5m\n  - send: sms\n    text: Hello.",
    },
  },
  HEED110: {
    what: "A condition does not have the form of a condition.",
    why: "An empty condition is most likely a lost one, and it would hold for everybody.",
    example: { in: "rule", bad: "guard: {}", good: "guard:\n  contact.status: new" },
  },
  HEED111: {
    what: "A condition names a path that cannot be read.",
    why: "A path begins with what it is about: `event.`, `trigger.`, `contact.`, `consent.`, `message.`, `last.` or `lookup.`. Paths only read values; they never run anything.",
    example: { in: "rule", bad: "guard:\n  status: new", good: "guard:\n  contact.status: new" },
  },
  HEED112: {
    what: "A condition uses an operator that does not exist.",
    why: "Equality is `path: value`; the operators are is, not, in, not_in, gt, gte, lt, lte, contains, not_contains, starts_with, ends_with, exists, before, after and within.",
    example: {
      in: "rule",
      bad: "guard:\n  contact.status: { equals: new }",
      good: "guard:\n  contact.status: { is: new }",
    },
  },
  HEED113: {
    what: "An operator cannot compare with this value.",
    why: "The comparison could never hold, so that the rule would never, or always, apply.",
    example: {
      in: "rule",
      bad: "guard:\n  contact.status: { exists: yes }",
      good: "guard:\n  contact.status: { exists: true }",
    },
  },
} as const satisfies Pages;
