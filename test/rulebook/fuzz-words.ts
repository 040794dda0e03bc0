import { jsonPathAttacks } from "./jsonpath-attacks.ts";

/** What is put into files to upset whoever reads them: marks of YAML and Liquid, values that surprise, words of the language where they do not belong. */
export const scraps: readonly string[] = [
  ..."{ } [ ] : , - ? # | > ' \" \\ ` % @ & * ! ~ null true yes 0x10 +1 01 .inf 1e999 -0 9007199254740993".split(" "),
  ..."2026-02-30 25:61 0s -5m 999999999999w {{ }} {% %} ${X} ${ &a *a !x !!binary".split(" "),
  "\n",
  "  ",
  "\t",
  "\r",
  ": ",
  "- ",
  "? ",
  "|\n",
  ">-\n",
  "<<: *a\n",
  "---\n",
  "...\n",
  "%YAML 1.1\n",

  "\ufeff",
  "\u0000",
  "\u0085",
  "\u2028",
  "\u200b",
  "\u202e",
  "\u0455",
  "\ud83c",
  "\u2019",
  "é🎉",
  "x".repeat(3_000),
  "{{ contact.x }}",
  "{% if %}",
  "__proto__: 1\n",
  "constructor: {}\n",
  "toString: x\n",
  "when: {}\n",
  "all: []\n",
  "not: not\n",
  "did: {}\n",
  "send: sms\n",
  "stop: {}\n",
  "# heed allow\n",
  "# heed allow HEED601 until 2027-01-01: x\n",
  ...jsonPathAttacks,
];

const names =
  "contact event trigger lookup rule now forloop x data name tags constructor __proto__ contact.name event.data.x contact.tags[0] contact['a'] trigger.items.size";
const values = "'text' '’🎉' 5 -1.5 nil true empty (1..9) (1..1000000000) '%A %9999d'";
const tags =
  "if unless elsif else endif endunless for in endfor case when endcase assign comment endcomment break continue capture include render raw";
const filters = "default date truncate append replace split join map size upcase strip_html nofilter times";
const marks = "| : , = == != < > and or contains limit: ' \" [ ] . # -";

/** Words of Liquid, in no order. */
export const liquidWords: readonly string[] = [names, values, tags, filters, marks].flatMap((list) => list.split(" "));

/** Parts of texts that are right by themselves, and parts that break what is around them. */
export const liquidPieces: readonly string[] = [
  "{{ contact.name | default: 'x' }}",
  "{% if contact.name %}",
  "{% else %}",
  "{% endif %}",
  "{% for i in contact.tags %}",
  "{% endfor %}",
  "{%- assign x = contact.name | default: 'y' -%}",
  "{% comment %}",
  "{% endcomment %}",
  "Hello ",
  "é’🎉",
  "\u202e",
  "{{",
  "}}",
  "{%",
  "%}",
  "{",
  "\n",
  "{{-",
  "-%}",
];

export const conditionPaths: readonly string[] = (
  "contact.plan event.data.amount trigger.x consent.sms last.sms.status event.data.items.0 " +
  "contact.toString contact.constructor.name event.data.__proto__"
).split(" ");

export const conditionOperators: readonly string[] = (
  "is not in not_in gt gte lt lte contains not_contains starts_with ends_with exists before after within " +
  "matches constructor"
).split(" ");

/** Keys that are none, or belong elsewhere. */
export const oddKeys: readonly string[] = [
  ...jsonPathAttacks,
  ..."__proto__ constructor contact contact. contact..x 🎉.x all any not did was_sent event where within rule channel".split(
    " ",
  ),
  "",
];
