import type { Pages } from "./page.ts";

/** The pages of what reading files and their YAML reports. */
export const yamlPages = {
  HEED001: {
    what: "A file or folder of the workspace cannot be read.",
    why: "A workspace is deployed as a whole or not at all, and a file that cannot be read may hold anything. Files are UTF-8, have at most 256 KiB, and lie inside of the folder: a link that leads out of it could change without a review.",
    example: { in: "words", bad: "a file that is saved as Latin-1", good: "the same file saved as UTF-8" },
  },
  HEED002: {
    what: "The file is not YAML.",
    why: "Nothing in the file can be judged before it can be read. Most often a text holds a colon or begins with a character that means something in YAML, and wants quotes.",
    example: { in: "rule", bad: "description: Reminder: call back", good: 'description: "Reminder: call back"' },
  },
  HEED003: {
    what: "A key is written twice in the same map.",
    why: "Only one of the two would count, and which one differs between tools. A reviewer reads one and the system runs the other.",
    example: { in: "rule", bad: "delay: 5m\ndelay: 10m", good: "delay: 10m" },
  },
  HEED004: {
    what: "An anchor (`&name`) or an alias (`*name`) is used.",
    why: "A rule must be readable from top to bottom, and a few aliases are enough to make a small file immense.",
    example: { in: "rule", bad: "delay: &short 5m", good: "delay: 5m" },
  },
  HEED005: {
    what: "A YAML tag (`!name`) is used.",
    why: "Tags make a value something other than it looks like, in some tools even code.",
    example: { in: "rule", bad: "delay: !duration 5m", good: "delay: 5m" },
  },
  HEED006: {
    what: "A merge key (`<<`) is used.",
    why: "YAML 1.2 has no merge keys, and what they merge is not to be seen where it takes effect.",
    example: {
      in: "rule",
      bad: "retry:\n  <<: { attempts: 3 }\n  within: 10m",
      good: "retry:\n  attempts: 3\n  within: 10m",
    },
  },
  HEED007: {
    what: "The file holds more than one YAML document.",
    why: "A rule is found by the name of its file, so that a file holds one rule.",
    example: { in: "rule", bad: "delay: 5m\n---\nexpires: 2d", good: "delay: 5m\nexpires: 2d" },
  },
  HEED008: {
    what: "A tab is used for indentation.",
    why: "Editors show tabs in different widths, so YAML forbids them where the width decides what belongs to what.",
    example: { in: "rule", bad: "retry:\n\tattempts: 3", good: "retry:\n  attempts: 3" },
  },
  HEED009: {
    what: "The file nests deeper than 64 levels.",
    why: "No person can read that, and it is a way to exhaust whoever parses it.",
    example: { in: "words", bad: "a condition inside of seventy `not:`", good: "the condition, once" },
  },
  HEED010: {
    what: "The file contains an invisible control character or a byte order mark.",
    why: "What cannot be seen cannot be reviewed, and a message that contains it arrives garbled or not at all.",
    example: { in: "words", bad: "a text, pasted from elsewhere, with U+0000 in it", good: "the same text, typed" },
  },
  HEED011: {
    what: "A value would be read as a number other than the one that is written.",
    why: "`+12025550100` would lose its plus sign, `0123` its zero and a long id its last digits. A phone number or an id is a text, and quotes say so.",
    example: {
      in: "heed.yaml",
      bad: "channels:\n  sms: { kind: sms, provider: outbox, from: +12025550100 }",
      good: 'channels:\n  sms: { kind: sms, provider: outbox, from: "+12025550100" }',
    },
  },
  HEED012: {
    what: "The file is empty.",
    why: "An empty rule file is a rule that somebody lost. Delete it if nothing is meant to be there.",
    example: { in: "words", bad: "hello.yaml with comments only", good: "hello.yaml with a rule" },
  },
  HEED013: {
    what: "A key is not a plain text, or is a name that must not be used.",
    why: "A number or a list as a key is read as something else, and names such as `__proto__` mean something to programs.",
    example: { in: "rule", bad: "guard:\n  7: new", good: "guard:\n  contact.status: new" },
  },
  HEED014: {
    what: "The workspace has more files than can be loaded.",
    why: "More than 10,000 files are most likely the wrong folder, and reading them would keep everybody waiting.",
    example: { in: "words", bad: "a workspace of 10,001 files", good: "two workspaces of 5,000" },
  },
  HEED015: {
    what: "A file ends in `.yml`, or in capitals.",
    why: "Only `.yaml` is loaded, so this rule would silently not exist.",
    example: { in: "words", bad: "leads/hello.yml", good: "leads/hello.yaml" },
  },
  HEED016: {
    what: "Two names differ in case alone.",
    why: "On some machines they are one file, so that a checkout loses one of them.",
    example: {
      in: "words",
      bad: "leads/hello.yaml and Leads/hello.yaml",
      good: "leads/hello.yaml and leads/welcome.yaml",
    },
  },
  HEED017: {
    what: "The workspace has no `heed.yaml` that can be read.",
    why: "It says which channels and providers there are; without it no rule can speak. Perhaps another folder was meant.",
    example: { in: "words", bad: "a folder with rules alone", good: "the same folder with a heed.yaml" },
  },
  HEED018: {
    what: "A text that begins with `{{` or `{%` is not quoted.",
    why: "To YAML a brace opens a map, so the text would be read as data.",
    example: {
      in: "rule",
      bad: 'actions:\n  - send: sms\n    text: {{ contact.first_name | default: "there" }}, hello',
      good: "actions:\n  - send: sms\n    text: '{{ contact.first_name | default: \"there\" }}, hello'",
    },
  },
  HEED019: {
    what: "A `.liquid` file is not in the folder `templates/`.",
    why: "Shared texts are found by their name under `templates/`; elsewhere nobody would use them.",
    example: { in: "words", bad: "welcome/footer.liquid", good: "templates/footer.liquid" },
  },
  HEED020: {
    what: "A text that is not quoted holds ` #`, where YAML begins a comment.",
    why: "The message would silently end there. A comment behind a text has a space after its `#`, and holds no Liquid.",
    example: {
      in: "rule",
      bad: "actions:\n  - send: sms\n    text: Show this at the till, code #now",
      good: 'actions:\n  - send: sms\n    text: "Show this at the till, code #now"',
    },
  },
  HEED406: {
    what: "A name, an address or a text holds a character that cannot be seen, or letters that are not what they seem.",
    why: "A reviewer reads another name than the system does: `contact.plan` with a Cyrillic а is no field, `acme.example` with one is somebody else's server, and a character that turns the text around makes a line read otherwise than it is. Emoji and texts in any language are fine.",
    example: {
      in: "rule",
      bad: 'guard: { "contact.st\\u0430tus": new }',
      good: "guard: { contact.status: new }",
    },
  },
} as const satisfies Pages;
