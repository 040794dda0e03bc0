import { ruleYaml } from "./in-memory.ts";

/** A file made to hang, exhaust or mislead whoever reads it. */
export interface HostileFile {
  readonly what: string;
  readonly name: string;
  readonly text: string;
  /** Of one of its problems. */
  readonly code: string;
}

const aliasBomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, n) => `b${n}: &b${n} [${`*${n === 0 ? "a" : `b${n - 1}`}, `.repeat(9)}x]`).join("\n")}`;

/** As large as files may be, nearly. */
const roomBytes = 250_000;
const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join("");
const filled = (part: string): string => part.repeat(Math.floor(roomBytes / part.length));
const withText = (text: string): string => ruleYaml("a").replace("text: Hello.", `text: ${JSON.stringify(text)}`);
const withGuard = (condition: string): string => ruleYaml("a", `guard: ${condition}`);
const shared = "templates/a.liquid";
const html = "templates/a.html.liquid";
const loops = (depth: number, inside: string): string =>
  `${"{% for a in contact.tags %}".repeat(depth)}${inside}${"{% endfor %}".repeat(depth)}`;
/** What ran code in a well-known JSONPath library. */
const runsCode = "$[?(this.constructor.constructor('return process')().exit(7))]";

const rows: readonly (readonly [what: string, text: string, code: string, name?: string])[] = [
  ["50,000 open lists", "[".repeat(50_000), "HEED009"],
  ["50,000 open maps", "{a: ".repeat(50_000), "HEED009"],
  ["20,000 closed flow levels", "[".repeat(20_000) + "]".repeat(20_000), "HEED009"],
  ["50,000 list markers on one line", "- ".repeat(50_000) + "x", "HEED009"],
  ["list markers behind a bracket too many", `[a]] ${"- ".repeat(9_000)}x`, "HEED009"],
  ["lists as keys of each other", `${"[a]: ".repeat(3_000)}x`, "HEED009"],
  ["question marks in brackets", `a: [${"? ".repeat(6_000)}x]`, "HEED009"],
  ["list markers in brackets", `a: [${"- ".repeat(6_000)}x]`, "HEED009"],
  ["colons in brackets", `a: {${"b: ".repeat(4_000)}x}`, "HEED009"],
  ["50,000 question marks", "? ".repeat(50_000) + "x", "HEED009"],
  ["600 levels of indentation", Array.from({ length: 600 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"), "HEED009"],
  ["an alias bomb", aliasBomb, "HEED004"],
  ["an alias of itself", "a: &a [*a]", "HEED004"],
  ["a tag that runs code elsewhere", 'a: !!js/function "function(){}"', "HEED005"],
  ["a binary tag", "a: !!binary aGVsbG8=", "HEED005"],
  ["a list as a key", "? [a, b]\n: c", "HEED013"],
  ["a quarter of a megabyte of one text", `rule: ${"a".repeat(250_000)}`, "HEED102"],
  ["a key of a quarter of a megabyte", `${"a".repeat(250_000)}: b`, "HEED002"],
  ["100,000 spaces", " ".repeat(100_000), "HEED012"],
  ["nothing", "", "HEED012"],
  ["a number", "42", "HEED103"],
  ["a NUL", "rule: a\u0000b", "HEED010"],
  ["15,000 keys", times(15_000, (n) => `k${n}: ${n}\n`), "HEED001"],
  [
    "3,000 unknown keys",
    ruleYaml(
      "a",
      times(3_000, (n) => `k${n}: ${n}\n`),
    ),
    "HEED101",
  ],
  [
    "3,000 unknown keys like known ones",
    ruleYaml(
      "a",
      times(3_000, (n) => `gaurd${n}: x\n`),
    ),
    "HEED101",
  ],
  ["a condition that is code", withGuard(JSON.stringify({ [runsCode]: 1 })), "HEED111"],
  [
    "a condition of 60 negations",
    withGuard("{ not: ".repeat(60) + "{ contact.nobody: 1 }" + " }".repeat(60)),
    "HEED204",
  ],
  [
    "1,500 tests in one condition",
    withGuard(`{ any: [${times(1_500, (n) => `{ contact.f${n}: ${n} }, `)}] }`),
    "HEED204",
  ],
  ["30,000 values", withGuard(`{ contact.nobody: { in: [${times(30_000, (n) => `v${n}, `)}] } }`), "HEED001"],
  ["4,000 values", withGuard(`{ contact.nobody: { in: [${times(4_000, (n) => `v${n}, `)}] } }`), "HEED204"],
  ["a path of 100,000 segments", withGuard(`{ contact.${"a.".repeat(100_000)}a: 1 }`), "HEED013"],
  ["5,000 steps", ruleYaml("a") + "  - { send: nowhere, text: Hello. }\n".repeat(5_000), "HEED001"],
  ["900 steps", ruleYaml("a") + "  - { send: nowhere, text: Hello. }\n".repeat(900), "HEED105"],
  ["a template that never ends", filled("{% if contact.id %}"), "HEED501", shared],
  ["60 loops inside of each other", loops(60, "{{ nobody }}"), "HEED503", shared],
  ["10,000 loops inside of each other", loops(6_000, "{{ nobody }}"), "HEED501", shared],
  ["19,000 holes in a text", filled("{{ nobody }} "), "HEED501", shared],
  ["an output with 25,000 filters", `{{ contact.id ${filled("| nothing ")}}}`, "HEED501", shared],
  ["open braces, and nothing else", filled("{{"), "HEED501", shared],
  ["open brackets in an output", `{{ contact${filled("[")} }}`, "HEED501", shared],
  ["quotes in an output", `{{ contact${filled("'")} }}`, "HEED501", shared],
  ["a range of a billion", "{% for a in (1..1000000000) %}{{ nobody }}{% endfor %}", "HEED503", shared],
  ["60,000 emoji", `${"\u{1F600}".repeat(60_000)}{{ nobody }}`, "HEED501", shared],
  ["7,500 outputs", "{{ contact.first_name }} ".repeat(7_500), "HEED501", html],
  ["1,000 outputs without a fallback", "{{ contact.first_name }} ".repeat(1_000), "HEED502", html],
  ["1,000 outputs of a field that is not there", "{{ contact.nobody }} ".repeat(1_000), "HEED204", html],
  ["14,000 placeholders between comments", "<!--{a}-->{b}".repeat(14_000), "HEED506", html],
  ["120,000 accents on one letter", `e${"\u0301".repeat(120_000)}`, "HEED501", shared],
  ["a text of code", withText("{{ contact.constructor.constructor('return process')() }}"), "HEED501"],
  ["spaces before a mistake", ruleYaml("a", `delay: "${" ".repeat(200_000)}x"`), "HEED105"],
  ["a comment of 240,000 hashes", `${ruleYaml("a")}dealy: 5m\n${"#".repeat(240_000)}\n`, "HEED101"],
  ["240,000 empty lines before a directive", `${"\n".repeat(240_000)}%YAML 1.1\n`, "HEED002"],
  [
    "120,000 variables that never end",
    withGuard(`{ contact.nobody: ${JSON.stringify("${".repeat(120_000))} }`),
    "HEED204",
  ],
  ["80,000 marks of a direction on one line", `${ruleYaml("a")}# ${"\u200e".repeat(80_000)}\n`, "HEED406"],
  ["a text message of 1,900 tabs", withText("\t".repeat(1_900)), "HEED601"],
  ["5,000 comments like waivers", times(5_000, () => "# heed allow nothing\n") + ruleYaml("a"), "HEED901"],
  ["100,000 lines of nothing in a text", ruleYaml("a", `description: |\n${"  a\n".repeat(60_000)}`), "HEED003"],
];

export const hostileFiles: readonly HostileFile[] = rows.map(([what, text, code, name = "a.yaml"]) => ({
  what,
  name,
  text,
  code,
}));
